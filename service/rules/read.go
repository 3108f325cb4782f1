package rules

import (
	"context"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/base/page"
	"telltale/lang/rulesql"
	"telltale/lang/shape/iot"
	"telltale/lang/topic"
	"telltale/store/state"
)

// GetTopicRule returns the document of a rule. (aws: iot/API_GetTopicRule)
func (e *Engine) GetTopicRule(ctx context.Context, in *iot.GetTopicRuleInput) (*iot.GetTopicRuleOutput, error) {
	const op = "GetTopicRule"
	var row *record
	err := e.needs.State.View(ctx, func(tx *state.Tx) (err error) {
		row, err = e.get(tx, op, scopeOf(ctx), in.RuleName)
		return err
	})
	if err != nil {
		return nil, blame(op, err)
	}
	doc := &row.Document
	version := doc.AwsIotSqlVersion
	if version == "" {
		version = string(rulesql.V20151008)
	}
	return &iot.GetTopicRuleOutput{RuleArn: row.arn(), Rule: &iot.TopicRule{
		RuleName: row.Name, Sql: doc.Sql, Description: doc.Description, CreatedAt: row.Created, Actions: doc.Actions,
		RuleDisabled: &row.Disabled, AwsIotSqlVersion: version, ErrorAction: doc.ErrorAction,
	}}, nil
}

// get returns a rule. That there is none is told as AWS does, with the error of one who may not know. (decision: there is no other error
// in the model)
func (e *Engine) get(tx *state.Tx, op string, s caller.Scope, name string) (*record, error) {
	row, err := stored.Get(tx, at(s, name))
	if isAbsent(err) {
		return nil, refuse(op, fault.Denied, "Access to topic rule '%s' was denied: there is no such rule in account %s, region %s.", name, s.Account, s.Region).
			Named(iot.UnauthorizedException)
	}
	return row, err
}

// The sizes of a page of rules. (aws: iot/API_ListTopicRules)
const (
	defaultPage = 100
	maxPage     = 10_000
)

// ListTopicRules lists rules by name, those that listen to a topic or are disabled if asked so. (aws: iot/API_ListTopicRules)
func (e *Engine) ListTopicRules(ctx context.Context, in *iot.ListTopicRulesInput) (*iot.ListTopicRulesOutput, error) {
	const op = "ListTopicRules"
	limit := defaultPage
	if in.MaxResults != nil {
		limit = int(*in.MaxResults)
	}
	if limit < 1 || limit > maxPage {
		return nil, refuse(op, fault.Invalid, "maxResults is %d; allowed are 1 to %d.", limit, maxPage).Named(iot.InvalidRequestException)
	}
	var after state.Key
	if err := page.Parse(op, in.NextToken, &after); err != nil {
		return nil, err
	}
	out := new(iot.ListTopicRulesOutput)
	err := e.needs.State.View(ctx, func(tx *state.Tx) error {
		rows, next, err := stored.PageWhere(tx, at(scopeOf(ctx)), after, limit, func(r *record) bool { return r.isAsked(in) })
		if err == nil {
			out.Rules, out.NextToken = page.List(op, rows, next, (*record).item)
		}
		return err
	})
	if err != nil {
		return nil, blame(op, err)
	}
	return out, nil
}

// isAsked reports whether a listing wants the rule.
func (r *record) isAsked(in *iot.ListTopicRulesInput) bool {
	if in.RuleDisabled != nil && *in.RuleDisabled != r.Disabled {
		return false
	}
	return in.Topic == "" || topic.Match(r.from(), in.Topic, topic.AWS)
}

// from is the topic filter of the statement.
func (r *record) from() string {
	q, err := rulesql.Parse(r.Document.Sql, rulesql.Version(r.Document.AwsIotSqlVersion))
	if err != nil {
		return ""
	}
	return q.From()
}

func (r *record) item() iot.TopicRuleListItem {
	return iot.TopicRuleListItem{RuleArn: r.arn(), RuleName: r.Name, TopicPattern: r.from(), CreatedAt: r.Created, RuleDisabled: &r.Disabled}
}
