// Package shadowdoc decides what an update makes of a device shadow's document, what differs between the desired and the reported
// state, and in which words a request is refused.
//
// A document is a tree of values that each know when they were set; state, metadata and delta are three ways to print it. Documents
// are never changed: Apply makes a new one that shares what stayed the same, so they may be kept and read by anyone.
//
// Members are kept and printed in the order of their names.
//
// (aws: iot/device-shadow-document, iot/device-shadow-data-flow)
package shadowdoc

import "slices"

// Document is the desired and the reported state of a shadow with the time of each value. The zero Document is that of a shadow that
// was never written.
type Document struct{ desired, reported value } // objects, or absent

// Limits are the quotas of a document. (aws: general/iot_device_management#device-shadow-limits)
type Limits struct {
	StateBytes int // most bytes of the state, printed without blanks and without metadata
	Levels     int // most objects and arrays one inside the other below desired and reported
	TokenBytes int // longest client token
}

// DefaultLimits are those of AWS.
func DefaultLimits() Limits { return Limits{StateBytes: 8 << 10, Levels: 6, TokenBytes: 64} }

// maxPayload is the largest request that is looked at: what the message broker lets through.
const maxPayload = 128 << 10

// IsEmpty reports whether d has neither section.
func (d *Document) IsEmpty() bool { return d.desired.kind == absent && d.reported.kind == absent }

// StateSize is the number of bytes that count against Limits.StateBytes.
func (d *Document) StateSize() int {
	own := d.sections()
	state := value{kind: object, list: slices.DeleteFunc(own[:], func(s section) bool { return s.kind == absent })}
	return state.size()
}

// Apply returns the document that u makes of d at a time in epoch seconds. d stays as it is. It fails with a *Refusal if the document
// would be too large.
func (d *Document) Apply(u *Update, now int64, limits Limits) (*Document, error) {
	next := &Document{
		desired:  mergeSection(d.desired, u.desired, now),
		reported: mergeSection(d.reported, u.reported, now),
	}
	if next.StateSize() > limits.StateBytes {
		return nil, refuse(413, tooLarge)
	}
	return next, nil
}

// mergeSection merges the desired or reported state.
func mergeSection(old, change value, now int64) value {
	switch change.kind {
	case absent:
		return old
	case null:
		return value{}
	}
	return merge(old, change, now)
}
