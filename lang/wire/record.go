package wire

import "reflect"

// Hidden stands in records for what must not be shown.
const Hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// WriteInput writes an input the way records of calls show it: all members wherever they stood in the request, called by the
// model's names with a lower-case first letter, secrets hidden. in is a pointer to the operation's input struct.
func (op *Op) WriteInput(w Writer, in any) {
	writeRecord(w, op.Service.plan(op.in), reflect.ValueOf(in).Elem())
}

// WriteOutput writes an output the same way.
func (op *Op) WriteOutput(w Writer, out any) {
	writeRecord(w, op.Service.plan(op.out), reflect.ValueOf(out).Elem())
}

func writeRecord(w Writer, p *plan, v reflect.Value) {
	w.BeginStruct()
	for i := range p.members {
		m := &p.members[i]
		field, ok := present(m, v)
		if !ok || m.Stream {
			continue
		}
		w.Field(m.path)
		if m.Secret {
			w.Text(Hidden)
			continue
		}
		writeRecordValue(w, m.plan, field)
	}
	w.EndStruct()
}

// writeRecordValue looks for structures in lists; all else is written as on the wire.
func writeRecordValue(w Writer, p *plan, v reflect.Value) {
	switch {
	case p.kind == kindStruct:
		writeRecord(w, p, v)
	case p.kind == kindList:
		w.BeginList(v.Len(), p.form)
		for i := range v.Len() {
			writeRecordValue(w, p.elem, v.Index(i))
		}
		w.EndList()
	case p.kind == kindMap:
		keys := sortedKeys(v)
		w.BeginMap(len(keys), p.form)
		for _, key := range keys {
			w.Key(key.String())
			writeRecordValue(w, p.elem, v.MapIndex(key))
		}
		w.EndMap()
	default:
		writeValue(w, p, v)
	}
}
