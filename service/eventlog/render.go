package eventlog

import (
	"strconv"

	"telltale/base/event"
	"telltale/store/logseg"
)

// shape is one layout of a kind's entries, and the store's template for it. Optional fields give a kind several shapes.
type shape struct {
	level  event.Level
	status string
	fields []event.Field // names and types; values are unset
	tmpl   uint32
}

func (s *shape) fits(level event.Level, status string, fields []event.Field) bool {
	if s.level != level || s.status != status || len(s.fields) != len(fields) {
		return false
	}
	for i := range fields {
		if s.fields[i].Name != fields[i].Name || s.fields[i].Type != fields[i].Type {
			return false
		}
	}
	return true
}

// shape finds the shape of an entry, or makes it.
func (s *shard) shape(w Writer, k *event.Kind, level event.Level, o event.Outcome, fields []event.Field) (*shape, error) {
	status := o.Status()
	for _, sh := range s.shapes[k] {
		if sh.fits(level, status, fields) {
			return sh, nil
		}
	}
	id, err := w.Template(layout(k.Name, level, status, fields))
	if err != nil {
		return nil, err
	}
	sh := &shape{level: level, status: status, tmpl: id, fields: make([]event.Field, len(fields))}
	for i, f := range fields {
		sh.fields[i] = event.Field{Name: f.Name, Type: f.Type}
	}
	s.shapes[k] = append(s.shapes[k], sh)
	return sh, nil
}

// layout is the template of an entry: the six common attributes in documented order, then the kind's own fields.
// One compact JSON object, as AWS writes it. (aws: iot/cwl-format#common-attributes)
func layout(name string, level event.Level, status string, fields []event.Field) logseg.Template {
	slot := func(s logseg.Slot) logseg.Part { return logseg.Part{Slot: s} }
	parts := []logseg.Part{
		logseg.Lit(`{"timestamp":`), slot(logseg.SlotTime),
		logseg.Lit(`,"logLevel":"` + level.String() + `","traceId":`), slot(logseg.SlotUUID),
		logseg.Lit(`,"accountId":`), slot(logseg.SlotString),
		logseg.Lit(`,"status":"` + status + `","eventType":` + strconv.Quote(name)),
	}
	for _, f := range fields {
		parts = append(parts, logseg.Lit(`,"`+f.Name+`":`), slot(slotOf[f.Type]))
	}
	return logseg.Template{Parts: append(parts, logseg.Lit("}"))}
}

var slotOf = [...]logseg.Slot{event.Text: logseg.SlotString, event.Number: logseg.SlotInt, event.Bool: logseg.SlotJSON, event.JSON: logseg.SlotJSON}
