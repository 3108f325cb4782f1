package rules

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"telltale/base/caller"
	"telltale/lang/rulesql"
	"telltale/lang/shape/iot"
	"telltale/lang/topic"
	"telltale/service/rules/action"
)

// rule is a rule ready to run. It does not change; a rule that is replaced becomes another one.
type rule struct {
	scope   caller.Scope
	name    string
	from    string // "" for Basic Ingest only
	enabled bool

	query   *rulesql.Query
	actions []*step
	onError *step    // nil for none
	asks    bool     // the statement or a template asks other services
	roles   []string // in whose name the statement and the templates ask
	waits   bool     // some action is no inline one
	err     error    // why the rule cannot run, nil if it can

	questions lane // of messages for which the statement asks other services

	busy    atomic.Int64 // executions that have not ended
	retired atomic.Bool  // it is no longer there: the last execution closes it
	closing sync.Once
}

// step is an action of a rule, and those who wait for it.
type step struct {
	kind   *action.Kind
	action action.Action
	lane   lane
}

func (r *rule) listens() bool { return r.enabled && r.from != "" }

// compile makes a rule of its record. The error tells the author what is wrong.
func (e *Engine) compile(row *record) (*rule, error) {
	doc := &row.Document
	version := rulesql.Version(doc.AwsIotSqlVersion)
	if version == "" {
		version = rulesql.V20151008 // what an omitted version means (aws: iot/iot-rule-sql-version)
	}
	query, err := rulesql.Parse(doc.Sql, version)
	if err != nil {
		return nil, err
	}
	if from := query.From(); from != "" {
		if err := topic.ValidateFilter(from); err != nil {
			return nil, fmt.Errorf("FROM: %w", err)
		}
	}
	r := &rule{scope: row.Scope, name: row.Name, from: query.From(), enabled: !row.Disabled, query: query,
		questions: e.newLane()}
	if err := e.checkExternals(query); err != nil {
		return nil, err
	}
	r.asks = len(query.Externals()) > 0
	compiler := &action.Compiler{Needs: &e.needs.Actions, Scope: row.Scope, Rule: row.Name, Query: query}
	for i := range doc.Actions {
		s, err := e.compileStep(compiler, &doc.Actions[i])
		if err != nil {
			return nil, fmt.Errorf("actions[%d]: %w", i, err)
		}
		r.actions = append(r.actions, s)
	}
	if doc.ErrorAction != nil {
		compiler.ErrorAction = true
		if r.onError, err = e.compileStep(compiler, doc.ErrorAction); err != nil {
			return nil, fmt.Errorf("errorAction: %w", err)
		}
	}
	r.asks, r.roles = r.asks || compiler.Asks, append(compiler.Roles, query.Roles()...)
	r.waits = slices.ContainsFunc(r.actions, func(s *step) bool { return !s.kind.Inline })
	return r, nil
}

func (e *Engine) compileStep(c *action.Compiler, a *iot.Action) (*step, error) {
	kind, compiled, err := c.Compile(a)
	if err != nil {
		return nil, err
	}
	return &step{kind: kind, action: compiled, lane: e.newLane()}, nil
}

func (e *Engine) newLane() lane { return lane{limit: e.cfg.Waiting, parallel: e.cfg.Parallel} }

// build makes a rule of a record that is stored. One that was good when it was made may not be any more, because an endpoint is no longer
// configured: it still listens, so that each message it should have taken is told.
func (e *Engine) build(row *record) *rule {
	r, err := e.compile(row)
	if err == nil {
		return r
	}
	e.needs.Diary.Warn("a rule cannot run", "rule", row.Name, "account", row.Account, "region", row.Region, "error", err)
	return &rule{scope: row.Scope, name: row.Name, from: row.from(), enabled: !row.Disabled, err: err}
}

// enter counts an execution.
func (r *rule) enter() { r.busy.Add(1) }

// leave counts that an execution has ended.
func (r *rule) leave() {
	if r.busy.Add(-1) == 0 && r.retired.Load() {
		r.close()
	}
}

// retire closes a rule that is no longer there, now or when it has nothing left to do. r may be nil.
func (r *rule) retire() {
	if r == nil {
		return
	}
	r.retired.Store(true)
	if r.busy.Load() == 0 {
		r.close()
	}
}

// close closes the connections of actions that keep some.
func (r *rule) close() {
	r.closing.Do(func() {
		for _, s := range r.steps() {
			if c, ok := s.action.(interface{ Close() }); ok {
				c.Close()
			}
		}
	})
}

// prepare makes what actions need to be there once, such as destinations. It may be there already, and stays if the rule is not made.
func (r *rule) prepare(ctx context.Context) error {
	for _, s := range r.steps() {
		if a, ok := s.action.(action.Prepared); ok {
			if err := a.Prepare(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// steps are the actions and the error action.
func (r *rule) steps() []*step {
	if r.onError == nil {
		return r.actions
	}
	return append(slices.Clip(r.actions), r.onError)
}
