package jobs

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"telltale/base/limit"
)

// ask is what the payload of a request says. (aws: iot/jobs-mqtt-api)
type ask struct {
	token        string // clientToken
	hasToken     bool
	status       status
	details      map[string]string
	expected     *int64 // version; nil: any
	number       int64  // of the execution; 0: the newest
	wantState    bool
	wantDocument bool
	step         *int64 // minutes, -1: end the step timer; nil: not said
}

// parseAsk reads the payload of a request. The client token is read even if the rest is refused.
func parseAsk(v *verb, payload []byte) (a ask, err error) {
	a.wantDocument = v == describe || v == startNext
	if len(bytes.TrimSpace(payload)) == 0 && v != update {
		return a, nil // nothing is required
	}
	if !utf8.Valid(payload) {
		return a, refuse(invalidJSON, "The payload is not UTF-8.")
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(payload, &members) != nil || members == nil {
		return a, refuse(invalidJSON, "The payload is not a JSON object.")
	}
	for _, f := range fields {
		raw, said := members[f.name]
		if !said || string(raw) == "null" || !f.of(v) {
			continue
		}
		if !f.read(&a, raw) {
			return a, refuse(invalidRequest, "The value of %s is not allowed: it must be %s.", f.name, f.allowed)
		}
	}
	return a, a.check(v)
}

// readToken reads the client token alone, of a payload that is refused for other reasons.
func (a *ask) readToken(payload []byte) {
	var body struct {
		Token *string `json:"clientToken"`
	}
	if json.Unmarshal(payload, &body) == nil && body.Token != nil {
		a.token, a.hasToken = *body.Token, true
	}
}

// field is one member of a payload. The client token is the first, so that it is known when another is refused.
type field struct {
	name    string
	verbs   []*verb // that know it; nil: all
	allowed string  // in words
	read    func(a *ask, raw json.RawMessage) bool
}

var fields = []field{
	{"clientToken", nil, "a string", func(a *ask, raw json.RawMessage) bool {
		a.hasToken = json.Unmarshal(raw, &a.token) == nil
		return a.hasToken
	}},
	{"status", []*verb{update}, "a string", func(a *ask, raw json.RawMessage) bool { return json.Unmarshal(raw, &a.status) == nil }},
	{"statusDetails", []*verb{update, startNext}, "an object whose values are strings", func(a *ask, raw json.RawMessage) bool {
		return json.Unmarshal(raw, &a.details) == nil
	}},
	{"expectedVersion", []*verb{update}, "a number from 0", func(a *ask, raw json.RawMessage) bool {
		a.expected = new(int64(0))
		return readNumber(a.expected, raw, 0)
	}},
	{"executionNumber", []*verb{update, describe}, "a number from 1", func(a *ask, raw json.RawMessage) bool { return readNumber(&a.number, raw, 1) }},
	{"includeJobExecutionState", []*verb{update}, "true or false", func(a *ask, raw json.RawMessage) bool { return json.Unmarshal(raw, &a.wantState) == nil }},
	{"includeJobDocument", []*verb{update, describe}, "true or false", func(a *ask, raw json.RawMessage) bool { return json.Unmarshal(raw, &a.wantDocument) == nil }},
	{"stepTimeoutInMinutes", []*verb{update, startNext}, "a number", func(a *ask, raw json.RawMessage) bool {
		return json.Unmarshal(raw, &a.step) == nil
	}},
}

func (f *field) of(v *verb) bool {
	for _, x := range f.verbs {
		if x == v {
			return true
		}
	}
	return f.verbs == nil
}

// readNumber reads a number, which some devices send as a string.
func readNumber(n *int64, raw json.RawMessage, least int64) bool {
	text := string(raw)
	if unquoted, err := strconv.Unquote(text); err == nil && strings.HasPrefix(text, `"`) {
		text = unquoted
	}
	var err error
	*n, err = strconv.ParseInt(text, 10, 64)
	return err == nil && *n >= least
}

// The limits of what an execution may be told. (aws: iot/job-limits, iot/API_iot-jobs-data_UpdateJobExecution)
const (
	maxDetails     = 10
	maxDetailKey   = 128
	maxDetailValue = 1024
	maxStep        = 10080 // minutes
)

// check refuses what is well formed and yet not allowed.
func (a *ask) check(v *verb) error {
	if v == update && a.status == none {
		return refuse(invalidRequest, "The status is missing.")
	}
	if v == update && !isStatus(a.status) {
		return refuse(invalidRequest, "The status %q is not allowed: it must be IN_PROGRESS, SUCCEEDED, FAILED or REJECTED.", a.status)
	}
	if a.number < 0 || a.expected != nil && *a.expected < 0 {
		return refuse(invalidRequest, "The executionNumber and the expectedVersion must not be negative.")
	}
	if err := checkDetails(a.details); err != nil {
		return err
	}
	return a.checkStep(v)
}

func (a *ask) checkStep(v *verb) error {
	switch {
	case a.step == nil, *a.step >= 1 && *a.step <= maxStep:
		return nil
	case v == update && *a.step == -1 && a.status == inProgress:
		return nil
	case v == update:
		return refuse(invalidRequest, "The stepTimeoutInMinutes %d is not allowed: it must be 1 to %d, or -1 with the status IN_PROGRESS.", *a.step, maxStep)
	}
	return refuse(invalidRequest, "The stepTimeoutInMinutes %d is not allowed: it must be 1 to %d.", *a.step, maxStep)
}

func isStatus(s status) bool {
	for _, x := range statuses {
		if x == s {
			return true
		}
	}
	return false
}

// checkDetails refuses status details that are too many or too long.
func checkDetails(details map[string]string) error {
	if len(details) > maxDetails {
		return refuse(invalidRequest, "The statusDetails have %d pairs; allowed are %d.", len(details), maxDetails)
	}
	for k, v := range details {
		if !limit.IsName(k, maxDetailKey, ":_-") {
			return refuse(invalidRequest, "A key of the statusDetails is not allowed: it must have 1 to %d letters, digits or : _ -", maxDetailKey)
		}
		if v == "" || utf8.RuneCountInString(v) > maxDetailValue || strings.ContainsFunc(v, func(r rune) bool { return unicode.Is(unicode.C, r) }) {
			return refuse(invalidRequest, "The value of %s in the statusDetails is not allowed: it must have 1 to %d printable characters.", k, maxDetailValue)
		}
	}
	return nil
}

// stepTimer is the step timer that is asked for, as cause has it.
func (a *ask) stepTimer() time.Duration {
	if a.step == nil {
		return 0
	}
	return time.Duration(*a.step) * time.Minute
}
