package trail

import (
	"encoding/json"
	"reflect"

	"telltale/lang/wire"
)

// maxTree is the size up to which requestParameters and responseElements are kept, in bytes.
const maxTree = 100 << 10

// inputTree renders a call's input as requestParameters: all members, wherever in the request they stood, by the model's names.
func inputTree(c *Call) json.RawMessage {
	op, ok := c.Service.Op(c.Name)
	if !ok || !isA(c.Input, op.NewInput()) {
		return nil
	}
	return tree(func(w wire.Writer) { op.WriteInput(w, c.Input) })
}

// outputTree renders a call's output as responseElements.
func outputTree(c *Call) json.RawMessage {
	op, ok := c.Service.Op(c.Name)
	if !ok || !isA(c.Output, op.NewOutput()) {
		return nil
	}
	return tree(func(w wire.Writer) { op.WriteOutput(w, c.Output) })
}

// isA reports whether v is a pointer of the same type as model that points to something.
func isA(v, model any) bool {
	return reflect.TypeOf(v) == reflect.TypeOf(model) && !reflect.ValueOf(v).IsNil()
}

// tree renders what write writes, redacted. No members at all and too many give nil, which the record shows as null.
func tree(write func(wire.Writer)) json.RawMessage {
	var w redactor
	write(&w)
	if text := w.Bytes(); len(text) > len("{}") && len(text) <= maxTree {
		return text
	}
	return nil
}
