package destination

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// record is a destination as it is kept. Times are milliseconds since the epoch.
type record struct {
	caller.Scope
	ID        string
	URL       string // the confirmation URL
	Status    string
	Reason    string
	Confirmed bool
	Created   int64
	Updated   int64

	// While it is to be confirmed.
	Token   string
	Expires int64
	Sent    bool // the request was delivered; nothing but the answer, or the token's end, is waited for
	Tries   int
	Due     int64 // when to try to send, or when the token expires
}

var records = state.Table[record]{
	Name: "destination_destinations",
	Key:  func(r *record) state.Key { return r.key() },
	Index: []state.Index[record]{
		{Name: "url", Unique: true, Key: func(r *record) []state.Key { return []state.Key{urlKey(r.Scope, r.URL)} }},
		{Name: "token", Unique: true, Key: func(r *record) []state.Key {
			if r.Token == "" {
				return nil
			}
			return []state.Key{state.K(r.Token)}
		}},
		{Name: "due", Key: func(r *record) []state.Key {
			if r.Status != iot.TopicRuleDestinationStatusInProgress {
				return nil
			}
			return []state.Key{state.K(r.Due)}
		}},
	},
}

func at(s caller.Scope, id string) state.Key { return state.K(s.Account, s.Region, id) }

func (r *record) key() state.Key { return at(r.Scope, r.ID) }

// urlKey finds a destination by its URL, which may be longer than a key.
func urlKey(s caller.Scope, url string) state.Key {
	sum := sha256.Sum256([]byte(url))
	return state.K(s.Account, s.Region, hex.EncodeToString(sum[:]))
}

func (r *record) arn() string { return arn.IoT(r.Scope, "ruledestination/http", r.ID) }

// tokenLife is how long an owner may take to confirm. AWS does not say how long its tokens last.
const tokenLife = 3 * 24 * time.Hour

// ask makes a new token, which is to be sent at once. Older ones are of no more use.
func (r *record) ask(now time.Time) {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails
	r.set(iot.TopicRuleDestinationStatusInProgress, "", now)
	r.Token, r.Confirmed, r.Sent, r.Tries = base64.RawURLEncoding.EncodeToString(secret[:]), false, false, 0
	r.Due, r.Expires = now.UnixMilli(), now.Add(tokenLife).UnixMilli()
}

// fail gives up asking.
func (r *record) fail(reason string, now time.Time) {
	r.set(iot.TopicRuleDestinationStatusError, reason, now)
	r.Token = ""
}

func (r *record) set(status, reason string, now time.Time) {
	r.Status, r.Reason, r.Updated = status, reason, now.UnixMilli()
}

func (r *record) shape() *iot.TopicRuleDestination {
	return &iot.TopicRuleDestination{
		Arn: r.arn(), Status: r.Status, StatusReason: r.Reason, CreatedAt: time.UnixMilli(r.Created), LastUpdatedAt: time.UnixMilli(r.Updated),
		HttpUrlProperties: &iot.HttpUrlDestinationProperties{ConfirmationUrl: r.URL},
	}
}

func (r *record) summary() iot.TopicRuleDestinationSummary {
	return iot.TopicRuleDestinationSummary{
		Arn: r.arn(), Status: r.Status, StatusReason: r.Reason, CreatedAt: time.UnixMilli(r.Created), LastUpdatedAt: time.UnixMilli(r.Updated),
		HttpUrlSummary: &iot.HttpUrlDestinationSummary{ConfirmationUrl: r.URL},
	}
}

func isAbsent(err error) bool { return errors.Is(err, state.ErrNotFound) }
