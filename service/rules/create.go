package rules

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/rulesql"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// maxDocument is the bytes that the document of a rule may take. (aws: general/iot-core#rules-limits)
const maxDocument = 128 << 10

// CreateTopicRule makes a rule. (aws: iot/API_CreateTopicRule)
func (e *Engine) CreateTopicRule(ctx context.Context, in *iot.CreateTopicRuleInput) (*iot.CreateTopicRuleOutput, error) {
	const op = "CreateTopicRule"
	row := &record{Scope: scopeOf(ctx), Name: in.RuleName, Created: now()}
	if err := row.fill(op, in.TopicRulePayload); err != nil {
		return nil, err
	}
	tags, err := parseTags(op, in.Tags)
	if err != nil {
		return nil, err
	}
	err = e.install(ctx, op, row, func(tx *state.Tx) error {
		if n := e.book(row.Scope).size(); n >= e.cfg.Rules { // nobody else changes it meanwhile
			return refuse(op, fault.Limit, "The account has %d rules in region %s, the most that are allowed.", n, row.Region).Named(iot.InvalidRequestException)
		}
		if err := stored.Insert(tx, row); err != nil {
			return err
		}
		return e.needs.Registry.PutTags(tx, row.Scope, row.resource(), tags)
	})
	if errors.Is(err, state.ErrExists) {
		err = refuse(op, fault.Exists, "The rule %s already exists in account %s, region %s.", row.Name, row.Account, row.Region).
			Named(iot.ResourceAlreadyExistsException).With("resourceId", row.Name).With("resourceArn", row.arn())
	}
	if err != nil {
		return nil, err
	}
	return &iot.CreateTopicRuleOutput{}, nil
}

// ReplaceTopicRule gives a rule another document. (aws: iot/API_ReplaceTopicRule)
func (e *Engine) ReplaceTopicRule(ctx context.Context, in *iot.ReplaceTopicRuleInput) (*iot.ReplaceTopicRuleOutput, error) {
	const op = "ReplaceTopicRule"
	row := &record{Scope: scopeOf(ctx), Name: in.RuleName}
	if err := row.fill(op, in.TopicRulePayload); err != nil {
		return nil, err
	}
	err := e.install(ctx, op, row, func(tx *state.Tx) error {
		old, err := e.get(tx, op, row.Scope, row.Name)
		if err != nil {
			return err
		}
		row.Created = old.Created
		return stored.Put(tx, row)
	})
	if err != nil {
		return nil, err
	}
	return &iot.ReplaceTopicRuleOutput{}, nil
}

// install compiles a rule, stores it, and lets messages meet it: in that order, so that nothing is stored that cannot run, and nothing runs
// that is not stored.
func (e *Engine) install(ctx context.Context, op string, row *record, store func(*state.Tx) error) error {
	r, err := e.compile(row)
	if err != nil {
		return notARule(op, err)
	}
	for _, role := range r.roles { // those of actions are asked for by the gateway
		if err := e.needs.Roles.Allow(ctx, caller.From(ctx), "iam:PassRole", role); err != nil {
			r.close()
			return blame(op, err)
		}
	}
	if err := r.prepare(ctx); err != nil {
		r.close()
		return blame(op, err)
	}
	e.change.Lock()
	defer e.change.Unlock()
	if err := e.needs.State.Update(ctx, store); err != nil {
		r.close()
		return blame(op, err)
	}
	e.book(row.Scope).put(r).retire()
	e.generation.Add(1)
	return nil
}

// notARule is the error about a document: one of the statement says where it is wrong.
func notARule(op string, err error) error {
	code := iot.InvalidRequestException
	if at, ok := errors.AsType[*rulesql.Error](err); ok && err == error(at) {
		code = iot.SqlParseException
	}
	return refuse(op, fault.Invalid, "%s", err.Error()).Named(code)
}

// fill takes the document of a request.
func (r *record) fill(op string, doc *iot.TopicRulePayload) error {
	text, err := json.Marshal(doc)
	switch {
	case err != nil:
		return blame(op, err)
	case len(text) > maxDocument:
		return refuse(op, fault.Invalid, "The rule has %d bytes; at most %d are allowed.", len(text), maxDocument).Named(iot.InvalidRequestException)
	}
	r.Document = *doc
	r.Disabled = doc.RuleDisabled != nil && *doc.RuleDisabled
	return nil
}

// now is the present moment as stored: shapes carry milliseconds.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
