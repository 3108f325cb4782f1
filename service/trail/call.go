package trail

import (
	"context"
	"crypto/tls"
	"time"

	"telltale/base/caller"
	"telltale/lang/wire"
	"telltale/store/logseg"
)

// Call is one API call as the gateway saw it.
type Call struct {
	Caller  *caller.Caller
	Service *wire.Service
	Name    string // of the operation
	// Input and Output are pointers to the operation's generated structs; nil where the call did not get that far.
	Input, Output any
	Error         *wire.Error // nil on success
	Time          time.Time   // completion; zero: now
	Host          string      // the Host header the client sent
	TLS           *tls.ConnectionState
}

// RecordCall writes the record of a call, if it is one that is recorded (see Config). The record survives the death of the process
// when RecordCall returns, also when ctx has ended meanwhile. A record that cannot be kept goes to the diary as a whole.
func (t *Trail) RecordCall(ctx context.Context, c *Call) {
	readOnly := isReadOnly(c.Name)
	if !t.wants(c, readOnly) {
		return
	}
	at := c.Time
	if at.IsZero() {
		at = time.Now()
	}
	message, err := newRecord(c, at, readOnly).encode()
	if err == nil {
		err = t.append(context.WithoutCancel(ctx), c.Caller.Scope, at, message)
	}
	if err != nil {
		t.needs.Diary.Error("API call not recorded", "operation", c.Service.Name+"."+c.Name, "error", err, "record", string(message))
	}
}

func (t *Trail) append(ctx context.Context, s caller.Scope, at time.Time, message []byte) error {
	id, err := t.group(ctx, s)
	if err != nil {
		return err
	}
	return t.needs.Store.Append(ctx, []logseg.Entry{{Group: id, Stream: stream, TS: at.UnixMilli(), Raw: message}})
}
