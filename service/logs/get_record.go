package logs

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/logs"
	"telltale/store/logseg"
	"telltale/store/state"
)

// maxRecordFields is the number of fields of a JSON message that a record shows.
const maxRecordFields = 200

// GetLogRecord reads the one event that a pointer means, which is its eventId. The fields of a JSON message are shown beside the message,
// nested ones under names joined with dots. (aws: logs/API_GetLogRecord)
func (l *Logs) GetLogRecord(ctx context.Context, in *logs.GetLogRecordInput) (*logs.GetLogRecordOutput, error) {
	const op = "logs.GetLogRecord"
	scope := caller.From(ctx).Scope
	id, at, ok := parseEventID(in.LogRecordPointer)
	if !ok || at.Seq == 0 {
		return nil, invalid(op, "The logRecordPointer %q is not one: want the @ptr of a query or an eventId.", in.LogRecordPointer)
	}
	noRecord := fault.New(op, fault.NotFound, "The specified log record does not exist.").Named(logs.ResourceNotFoundException)
	var g *group
	err := l.view(ctx, op, func(tx *state.Tx) (err error) {
		g, err = groupsTable.Find(tx, "id", state.K(id))
		if errors.Is(err, state.ErrNotFound) || err == nil && g.scope() != scope {
			return noRecord
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	req := logseg.ScanReq{Groups: []uint32{id}, From: at.TS, To: at.TS + 1, After: logseg.Cursor{TS: at.TS, Seq: at.Seq - 1}}
	events, _, err := l.collect(ctx, req, 1)
	if err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, err)
	}
	if len(events) == 0 || events[0].at != at {
		return nil, noRecord
	}
	names, err := l.streamNames(ctx, op, events)
	if err != nil {
		return nil, err
	}
	return &logs.GetLogRecordOutput{LogRecord: record(g, names[events[0].stream], &events[0])}, nil
}

func record(g *group, stream string, e *found) map[string]string {
	fields := map[string]string{}
	var message any
	if json.Unmarshal([]byte(e.message), &message) == nil {
		flatten(fields, "", message)
	}
	const layout = "2006-01-02 15:04:05.000"
	fields["@timestamp"] = time.UnixMilli(e.at.TS).UTC().Format(layout)
	fields["@ingestionTime"] = time.UnixMilli(e.ingested).UTC().Format(layout)
	fields["@message"], fields["@logStream"], fields["@log"] = e.message, stream, g.Account+":"+g.Name
	fields["@ptr"] = eventID(g.ID, e.at)
	return fields
}

// flatten adds the values in v to fields. Only objects and arrays have fields.
func flatten(fields map[string]string, name string, v any) {
	if len(fields) >= maxRecordFields {
		return
	}
	under := func(key string) string {
		if name == "" {
			return key
		}
		return name + "." + key
	}
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			flatten(fields, under(key), value)
		}
	case []any:
		for i, value := range v {
			flatten(fields, under(strconv.Itoa(i)), value)
		}
	case string:
		addField(fields, name, v)
	case nil:
	default:
		text, _ := json.Marshal(v) // a number or a boolean, which cannot fail
		addField(fields, name, string(text))
	}
}

// addField adds a field that was found; one that begins with @ is shown with @@, apart from ours. A message that is a single value has no
// name and no field.
func addField(fields map[string]string, name, value string) {
	switch {
	case name == "":
	case name[0] == '@':
		fields["@"+name] = value
	default:
		fields[name] = value
	}
}
