package trail

import (
	"slices"
	"strings"
	"time"

	"telltale/lang/wire"
	"telltale/lang/wire/jsontext"
)

// removed stands where a value was that nobody may read. aws: awscloudtrail/cloudtrail-event-reference-record-contents
const removed = "<sensitiveDataRemoved>"

// secretNames are members whose values are never kept, in lower case.
var secretNames = []string{"privatekey", "certificateownershiptoken", "token", "password", "appkey", "nwkkey", "genappkey",
	"secretaccesskey", "sessiontoken"}

// secretSuffixes end the names of further such members: LoRaWAN session keys, tokens of tunnels.
var secretSuffixes = []string{"SKey", "SessionKey", "SIntKey", "SEncKey", "AccessToken", "Password"}

// bulkyNames are members whose values are kept only up to maxText: they are documents for devices, not parameters.
var bulkyNames = []string{"document", "payload"}

// redactor writes JSON without the values that records must not show. Members the model itself calls sensitive are hidden by
// package wire already; this list is for the others.
type redactor struct {
	jsontext.Writer
	next verdict // about the value that follows
	deep int     // containers open inside a value that is left out
}

// verdict says what becomes of a value.
type verdict uint8

const (
	shown verdict = iota
	shortOnly
	hidden
)

func judge(name string) verdict {
	lower := strings.ToLower(name)
	switch {
	case slices.Contains(secretNames, lower),
		slices.ContainsFunc(secretSuffixes, func(suffix string) bool { return strings.HasSuffix(name, suffix) }):
		return hidden
	case slices.Contains(bulkyNames, lower):
		return shortOnly
	}
	return shown
}

// skips decides about the value that comes now, of the given size, and reports whether it is left out.
func (r *redactor) skips(size int) bool {
	if r.deep > 0 {
		return true
	}
	v := r.next
	r.next = shown
	if v == hidden || v == shortOnly && size > maxText {
		r.Writer.Text(removed)
		return true
	}
	return false
}

func (r *redactor) begin(open func()) {
	if r.skips(0) {
		r.deep++
		return
	}
	open()
}

func (r *redactor) end(closing func()) {
	if r.deep > 0 {
		r.deep--
		return
	}
	closing()
}

func (r *redactor) BeginStruct()                 { r.begin(r.Writer.BeginStruct) }
func (r *redactor) EndStruct()                   { r.end(r.Writer.EndStruct) }
func (r *redactor) BeginMap(n int, f wire.Form)  { r.begin(func() { r.Writer.BeginMap(n, f) }) }
func (r *redactor) EndMap()                      { r.end(r.Writer.EndMap) }
func (r *redactor) BeginList(n int, f wire.Form) { r.begin(func() { r.Writer.BeginList(n, f) }) }
func (r *redactor) EndList()                     { r.end(r.Writer.EndList) }
func (r *redactor) Key(key string)               { r.Field(key) }

func (r *redactor) Field(name string) {
	if r.deep == 0 {
		r.Writer.Field(name)
		r.next = judge(name)
	}
}

func (r *redactor) Text(s string) {
	if !r.skips(len(s)) {
		r.Writer.Text(s)
	}
}

func (r *redactor) Bool(b bool) {
	if !r.skips(0) {
		r.Writer.Bool(b)
	}
}

func (r *redactor) Int(i int64) {
	if !r.skips(0) {
		r.Writer.Int(i)
	}
}

func (r *redactor) Float(f float64, bits int) {
	if !r.skips(0) {
		r.Writer.Float(f, bits)
	}
}

func (r *redactor) Blob(b []byte) {
	if !r.skips(len(b)) {
		r.Writer.Blob(b)
	}
}

func (r *redactor) Time(t time.Time, iso bool) {
	if !r.skips(0) {
		r.Writer.Time(t, iso)
	}
}
