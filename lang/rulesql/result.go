package rulesql

import (
	"slices"
	"strings"
)

// Result is what a statement makes of a message.
type Result struct {
	// Matched tells whether the WHERE clause lets the actions run. Without a match there is no payload.
	Matched bool
	// Payload is the outgoing message. That of SELECT * is the incoming one and shares its memory; any other belongs to the caller.
	Payload []byte
	// Raw tells that Payload is the incoming one, which need not be JSON.
	Raw bool
	// NotJSON tells why the payload could not be read, if the statement asked for something in it. Attributes are Undefined then.
	NotJSON error
	// Calls are the external functions that the statement called, in order.
	Calls []Call
}

// IsJSON reports whether the payload is JSON text; for that of SELECT * it reads it.
func (r Result) IsJSON() bool {
	if !r.Raw {
		return len(r.Payload) > 0
	}
	var s slab
	_, err := s.readJSON(string(r.Payload), V20151008)
	return err == nil
}

// Call is the call of an external function.
type Call struct {
	Function string // "get_thing_shadow"
	Resource string // its first argument, or for decode the name of the message type
	Err      error  // nil if there was an answer
}

// Trace tells how a result came about, for people. Values are JSON text, or Undefined.
type Trace struct {
	Variables []Step // those that the statement used
	Condition string // what stands behind WHERE
	Where     string // its value; empty without a WHERE clause
	Reads     []Step // the attributes of the payload that WHERE read, each once
	Fields    []Step // the SELECT list, with the name each has in the result; * for all of the payload
	Calls     []Step // functions in the order they returned
}

// Step is a part of a statement and its value.
type Step struct{ Name, Source, Value string }

// Trace is Eval that also tells how the result came about.
func (e *Evaluator) Trace(q *Query, env Env, payload []byte) (Result, *Trace, error) {
	e.Bind(q, env, payload)
	t := &Trace{}
	e.trace = t
	r, err := e.run()
	if err != nil {
		return r, t, err
	}
	for i, v := range q.variables {
		if e.vars[i].known {
			t.Variables = append(t.Variables, Step{"@" + v.name, v.source, e.show(e.vars[i].value)})
		}
	}
	return r, t, nil
}

// note records a step. It does not count what it writes, so that a traced statement ends like any other.
func (e *Evaluator) note(list *[]Step, name, source string, v value) {
	if len(*list) < maxTerms {
		*list = append(*list, Step{name, source, e.show(v)})
	}
}

func (e *Evaluator) noteRead(path []string, v value) {
	name := strings.Join(path, ".")
	if !slices.ContainsFunc(e.trace.Reads, func(s Step) bool { return s.Name == name }) {
		e.note(&e.trace.Reads, name, name, v)
	}
}

// show is a value for people.
func (e *Evaluator) show(v value) string {
	if v.kind == undefined {
		return "Undefined"
	}
	before := e.err
	e.err = nil
	s := string(e.appendJSON(nil, v, maxShown))
	if e.err != nil {
		s += "…"
	}
	e.err = before
	return s
}

// maxShown bounds what a trace shows of one value, roughly.
const maxShown = 4 << 10
