package rulesql

import "fmt"

// Evaluator runs statements. It keeps memory from one message to the next and is not safe for concurrent use; keep one per goroutine or
// in a pool.
type Evaluator struct {
	// Of the message.
	query    *Query
	env      Env
	payload  []byte
	source   string // the payload as a string, once it is needed
	document value
	notJSON  error
	parsed   bool
	version  Version
	rows     []value // of nested queries, the innermost last
	vars     [MaxVariables]variableState
	varBytes int
	steps    int
	once     map[string]bool // functions that a statement may call once
	calls    []Call
	trace    *Trace
	reading  bool // The trace is to tell which attributes are read.
	err      error

	// Kept from message to message.
	slab
	args        []value
	scratch     []byte
	regexps     map[string]pattern
	descriptors descriptors
}

type variableState struct {
	value value
	known bool
}

// NewEvaluator returns an Evaluator that is ready for any statement.
func NewEvaluator() *Evaluator { return &Evaluator{regexps: map[string]pattern{}} }

// eval is a compiled expression.
type eval func(e *Evaluator) value

// fail ends the evaluation, soon: expressions check e.err where they repeat something.
func (e *Evaluator) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf("rule SQL: "+format, args...)
	}
}

// spend counts the work of an evaluation.
func (e *Evaluator) spend(steps int) {
	if e.steps += steps; e.steps > MaxSteps {
		e.fail("the evaluation takes more than %d steps", MaxSteps)
	}
}

// Bind readies the evaluator for Render against a message without running the statement. q may be nil, for a template that names no
// variables.
func (e *Evaluator) Bind(q *Query, env Env, payload []byte) {
	e.query, e.env, e.payload = q, env, payload
	e.version = V20160323
	if q != nil {
		e.version = q.version
	}
	e.source, e.document, e.notJSON, e.parsed = "", value{}, nil, false
	e.rows, e.args, e.scratch = e.rows[:0], reuse(e.args), reuse(e.scratch)
	e.steps, e.varBytes, e.calls, e.trace, e.reading, e.err = 0, 0, nil, nil, false, nil
	if q != nil {
		clear(e.vars[:len(q.variables)])
	}
	clear(e.once)
	e.slab.reset()
}

// payloadText is the payload as a string.
func (e *Evaluator) payloadText() string {
	if e.source == "" && len(e.payload) > 0 {
		e.source = string(e.payload)
	}
	return e.source
}

// message is the payload as a value, or Undefined if it is empty or not JSON.
func (e *Evaluator) message() *value {
	if !e.parsed {
		e.parsed = true
		if len(e.payload) > 0 {
			e.document, e.notJSON = e.readJSON(e.payloadText(), e.version)
		}
	}
	return &e.document
}

// lookup finds an attribute: in the rows of nested queries from the inside out, then in the payload.
func (e *Evaluator) lookup(name string) value {
	for i := len(e.rows) - 1; i >= 0; i-- {
		if v, ok := e.member(&e.rows[i], name); ok {
			return v
		}
	}
	v, _ := e.member(e.message(), name)
	return v
}

// member finds a member of an Object.
func (e *Evaluator) member(v *value, name string) (value, bool) {
	e.spend(1 + v.size()/16)
	return v.find(name)
}

// variable is the value of a variable, which is computed when it is first needed.
func (e *Evaluator) variable(i int) value {
	state := &e.vars[i]
	if !state.known {
		state.known = true
		rows := e.rows
		e.rows = nil // A variable knows the message only.
		v := e.query.variables[i].run(e)
		e.rows = rows
		start := len(e.scratch)
		e.scratch = e.appendJSON(e.scratch, v, start+MaxResult)
		if e.varBytes += len(e.scratch) - start; e.varBytes > MaxVariable {
			e.fail("the variables hold more than %d bytes", MaxVariable)
		}
		e.scratch = e.scratch[:start]
		state.value = v
	}
	return state.value
}

// textOf is a String value.
func (e *Evaluator) textOf(s string) value {
	if len(s) > MaxResult {
		e.fail("a text is longer than %d bytes", MaxResult)
		return value{}
	}
	e.spend(1 + len(s)/64)
	return value{kind: text, text: s}
}

// textIf is a String value, or Undefined.
func (e *Evaluator) textIf(s string, ok bool) value {
	if !ok {
		return value{}
	}
	return e.textOf(s)
}

// read is readJSON of a text that is not the payload.
func (e *Evaluator) read(source string) (value, error) {
	e.spend(len(source) / 2)
	if e.err != nil {
		return value{}, e.err
	}
	return e.readJSON(source, e.version)
}
