package eventlog

import (
	"context"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/redact"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// captureOptions say how the entries of a resource show the payloads of its messages.
type captureOptions struct {
	Encoding string
	Limit    int      // bytes of a payload that are shown at most
	Redact   []string `json:",omitempty"` // paths of what is never shown
}

// captureLimit is how much of a payload is shown unless more is asked for.
const captureLimit = 1024

// SetPayloadCapture lets the Publish-In and Publish-Out entries of a resource show payloads for some time, beyond AWS. They are never shown
// unless it is set.
func (l *Log) SetPayloadCapture(ctx context.Context, in *iot.SetPayloadCaptureInput) (*iot.SetPayloadCaptureOutput, error) {
	const op = "eventlog.SetPayloadCapture"
	t, err := newTemporary(ctx, op, temporaryCapture, in.LogTarget, in.DurationSeconds)
	if err != nil {
		return nil, err
	}
	t.Capture = &captureOptions{Encoding: in.Encoding, Limit: captureLimit, Redact: in.Redact}
	if in.Encoding == "" {
		t.Capture.Encoding = encodingText
	}
	if in.MaximumBytes != nil {
		t.Capture.Limit = int(*in.MaximumBytes)
	}
	if _, err := t.Capture.compile(); err != nil {
		return nil, fault.New(op, fault.Invalid, "What to redact cannot be read: %s.", err)
	}
	_, err = l.setTemporary(ctx, op, t)
	return &iot.SetPayloadCaptureOutput{ExpiresAt: t.Until}, err
}

// DeletePayloadCapture ends a capture before its time; one that is not there is no error.
func (l *Log) DeletePayloadCapture(ctx context.Context, in *iot.DeletePayloadCaptureInput) (*iot.DeletePayloadCaptureOutput, error) {
	err := l.deleteTemporary(ctx, "eventlog.DeletePayloadCapture", temporaryCapture, target{in.TargetType, in.TargetName})
	return &iot.DeletePayloadCaptureOutput{}, err
}

// ListPayloadCaptures lists every capture that lasts. There are few: the quota is small.
func (l *Log) ListPayloadCaptures(ctx context.Context, _ *iot.ListPayloadCapturesInput) (*iot.ListPayloadCapturesOutput, error) {
	out := &iot.ListPayloadCapturesOutput{PayloadCaptures: []iot.PayloadCapture{}}
	err := l.needs.State.View(ctx, func(tx *state.Tx) error {
		list, err := lasting(tx, caller.From(ctx).Scope, temporaryCapture)
		for _, t := range list {
			limit := int32(t.Capture.Limit)
			out.PayloadCaptures = append(out.PayloadCaptures, iot.PayloadCapture{LogTarget: &iot.LogTarget{TargetType: t.Type, TargetName: t.Name},
				Encoding: t.Capture.Encoding, MaximumBytes: &limit, Redact: t.Capture.Redact, ExpiresAt: t.Until})
		}
		return err
	})
	return out, fault.Wrap("eventlog.ListPayloadCaptures", fault.Internal, err)
}

// compile reads the paths.
func (o *captureOptions) compile() (*capture, error) {
	c := &capture{encoding: o.Encoding, limit: o.Limit}
	for _, text := range o.Redact {
		p, err := redact.Parse(text)
		if err != nil {
			return nil, err
		}
		c.hidden = append(c.hidden, p)
	}
	return c, nil
}
