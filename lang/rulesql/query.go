package rulesql

import (
	"bytes"
	"slices"
	"strings"
)

// Query is a compiled statement. It does not change; any number of Evaluators may run it at the same time.
type Query struct {
	text      string
	version   Version
	from      string
	variables []variable
	body      selection
	externals []string
	roles     []string
	warnings  []*Error
}

type variable struct {
	name   string
	source string
	run    eval
}

// selection is SELECT ... WHERE ..., of the statement or of a nested query.
type selection struct {
	alone       bool // SELECT VALUE, or one object literal without a name: the item is the result
	value       bool // SELECT VALUE
	passthrough bool // SELECT *
	items       []item
	where       eval
	condition   string // source of where
	source      eval   // of a nested query; nil for the row around it
}

// item is a part of the SELECT list.
type item struct {
	path   []string // in the result
	star   bool     // the members of the row, without a path
	run    eval
	source string
}

// Text is the statement as it was written.
func (q *Query) Text() string { return q.text }

// Version is the version of the language that the statement is in.
func (q *Query) Version() Version { return q.version }

// From is the topic filter. It is empty for a statement that serves Basic Ingest only.
func (q *Query) From() string { return q.from }

// Externals lists the external functions that the statement may call, each once.
func (q *Query) Externals() []string { return q.externals }

// Roles lists the ARNs of the roles in whose name the statement asks other services, each once. They stand in the statement as texts in
// quotes, so that who makes a rule can be asked whether he may pass them.
func (q *Query) Roles() []string { return q.roles }

// TakesBytes reports whether the SELECT list takes the payload whole, so that the statement has a result for one that is not JSON.
// aws: iot/binary-payloads
func (q *Query) TakesBytes() bool {
	return q.body.passthrough || slices.ContainsFunc(q.body.items, func(it item) bool { return it.star })
}

// Warnings are mistakes that the service accepts: calls that are Undefined whatever the message holds, and divisions by a number such as
// 2.0, which is an Int.
func (q *Query) Warnings() []*Error { return q.warnings }

// Eval runs a statement over one message. The error is a limit that the evaluation exceeded, or a second call of a function that a
// statement may call once; the actions do not run then.
//
// aws: iot/iot-sql-reference
func (e *Evaluator) Eval(q *Query, env Env, payload []byte) (Result, error) {
	e.Bind(q, env, payload)
	return e.run()
}

func (e *Evaluator) run() (Result, error) {
	body := &e.query.body
	r := Result{Matched: e.admits(body)}
	if r.Matched && e.err == nil {
		if body.passthrough {
			r.Payload, r.Raw = e.payload, true
		} else {
			r.Payload = e.output(body)
		}
	}
	r.NotJSON, r.Calls = e.notJSON, e.calls
	if e.err != nil {
		return Result{NotJSON: e.notJSON, Calls: e.calls}, e.err
	}
	return r, nil
}

// admits runs the WHERE clause.
func (e *Evaluator) admits(s *selection) bool {
	if s.where == nil {
		return true
	}
	top := e.trace != nil && s == &e.query.body
	e.reading = e.reading || top
	v := s.where(e)
	if top {
		e.reading = false
		e.trace.Where, e.trace.Condition = e.show(v), s.condition
	}
	is, _ := truth(v)
	return is
}

func (e *Evaluator) output(body *selection) []byte {
	v := e.project(body)
	if body.value && e.version == V20151008 && (v.kind == array || v.kind == object) {
		v = value{} // The old version has scalars only at the top.
	}
	e.scratch = e.appendJSON(e.scratch[:0], v, MaxResult)
	return bytes.Clone(e.scratch)
}

// project makes one row of a result.
func (e *Evaluator) project(s *selection) value {
	top := e.trace != nil && s == &e.query.body
	if s.alone {
		v := s.items[0].run(e)
		if top {
			e.note(&e.trace.Fields, "", s.items[0].source, v)
		}
		return v
	}
	base := len(e.openMembers)
	for i := range s.items {
		it := &s.items[i]
		if it.star {
			if top {
				e.note(&e.trace.Fields, "*", "*", e.star())
			}
			e.spread()
			continue
		}
		v := it.run(e)
		if top {
			e.note(&e.trace.Fields, strings.Join(it.path, "."), it.source, v)
		}
		if v.kind != undefined {
			e.put(base, it.path, v)
		}
	}
	return e.object(base)
}

// spread opens the members of the row. A payload that is no object is there as base64 text. aws: iot/binary-payloads
func (e *Evaluator) spread() {
	row := e.row()
	switch {
	case row.kind == object:
		e.spend(row.size())
		e.openMembers = append(e.openMembers, row.inner.members...)
	case len(e.rows) == 0 && len(e.payload) > 0:
		e.openMembers = append(e.openMembers, member{"payload", e.encodedPayload()})
	}
}

// row is what * stands for.
func (e *Evaluator) row() value {
	if n := len(e.rows); n > 0 {
		return e.rows[n-1]
	}
	return *e.message()
}

// put sets a member of the object that is open from base on.
func (e *Evaluator) put(base int, path []string, v value) {
	open := e.openMembers[base:]
	e.spend(1 + len(open)/16)
	for i := len(open) - 1; i >= 0; i-- {
		if open[i].name == path[0] {
			v = e.with(open[i].value, path[1:], v) // which may move openMembers
			e.openMembers[base+i].value = v
			return
		}
	}
	if len(path) > 1 {
		v = e.with(value{}, path[1:], v)
	}
	e.openMembers = append(e.openMembers, member{path[0], v})
}

// with is old with v at a path inside of it. Values are shared, so what changes is copied.
func (e *Evaluator) with(old value, path []string, v value) value {
	if len(path) == 0 {
		return v
	}
	base := len(e.openMembers)
	if old.kind == object {
		e.spend(old.size())
		e.openMembers = append(e.openMembers, old.inner.members...)
	}
	e.put(base, path, v)
	return e.object(base)
}

// nested is the value of a nested query: a row for each item of an Array, one row for an Object. aws: iot/iot-sql-nested-queries
func (e *Evaluator) nested(s *selection) value {
	source := e.row()
	if s.source != nil {
		source = s.source(e)
	}
	switch source.kind {
	case object:
		v, _ := e.nestedRow(s, source)
		return v
	case array:
		base := len(e.openItems)
		for i := range source.inner.items {
			if e.err != nil {
				break
			}
			if v, ok := e.nestedRow(s, source.inner.items[i]); ok && v.kind != undefined {
				e.openItems = append(e.openItems, v)
			}
		}
		return e.array(base)
	}
	return value{}
}

func (e *Evaluator) nestedRow(s *selection, row value) (v value, ok bool) {
	e.spend(2)
	e.rows = append(e.rows, row)
	if ok = e.admits(s); ok {
		if v = row; !s.passthrough {
			v = e.project(s)
		}
	}
	e.rows = e.rows[:len(e.rows)-1]
	return v, ok
}
