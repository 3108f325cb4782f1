package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"telltale/lang/rulesql"
	"telltale/service/rules/action"
)

// compiledAction is an action with its templates compiled.
type compiledAction struct {
	kind      *action.Kind
	templates []actionTemplate
}

type actionTemplate struct {
	parameter string
	*rulesql.Template
	literal bool // ${…} has no meaning in this parameter
}

// renderedAction is what an action would be told to do.
type renderedAction struct {
	Kind       string              `json:"kind"`
	Parameters []renderedParameter `json:"parameters,omitempty"` // those that have ${…} or may have it
	Error      string              `json:"error,omitempty"`
}

type renderedParameter struct {
	Name     string `json:"name"` // headers.userProperties[0].value
	Template string `json:"template"`
	Text     string `json:"text"`
	Literal  bool   `json:"literal,omitempty"` // sent as it is: the parameter takes no ${…}
}

// readActions reads an action or a list of actions in the JSON of the API.
func readActions(text []byte) (list []map[string]json.RawMessage, err error) {
	if text = bytes.TrimSpace(text); len(text) > 0 && text[0] == '[' {
		err = json.Unmarshal(text, &list)
	} else {
		list = make([]map[string]json.RawMessage, 1)
		err = json.Unmarshal(text, &list[0])
	}
	if err != nil {
		return nil, fmt.Errorf("--action: want an object such as {\"republish\":{…}} or a list of them: %w", err)
	}
	return list, nil
}

func compileActions(q *rulesql.Query, list []map[string]json.RawMessage) ([]compiledAction, error) {
	var out []compiledAction
	for i, a := range list {
		if len(a) != 1 {
			return nil, fmt.Errorf("action %d has %d keys %q; an action has one, which is its kind, such as republish", i+1, len(a), slices.Sorted(maps.Keys(a)))
		}
		for kind, text := range a {
			var parameters map[string]any
			if err := json.Unmarshal(text, &parameters); err != nil {
				return nil, fmt.Errorf("action %d, %s: its parameters are no JSON object: %w", i+1, kind, err)
			}
			known := slices.IndexFunc(action.Kinds, func(k *action.Kind) bool { return k.Key == kind && k.Name != "" })
			if known < 0 {
				return nil, fmt.Errorf("action %d: this version of telltale does not run the action %q; those it runs are %s", i+1, kind, strings.Join(actionKeys(), ", "))
			}
			c := compiledAction{kind: action.Kinds[known]}
			if err := c.walk(q, "", parameters); err != nil {
				return nil, fmt.Errorf("action %d, %s: %w", i+1, kind, err)
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// walk compiles every text in the parameters of an action that has ${…} or may have it.
func (c *compiledAction) walk(q *rulesql.Query, path string, v any) error {
	switch v := v.(type) {
	case string:
		if !strings.Contains(v, "${") && !c.takesTemplates(path) {
			return nil
		}
		t, err := q.Template(v)
		if err != nil {
			return fmt.Errorf("%s: %w", path, pointed(v, err))
		}
		c.templates = append(c.templates, actionTemplate{path, t, !c.takesTemplates(path)})
	case []any:
		for i, x := range v {
			if err := c.walk(q, fmt.Sprintf("%s[%d]", path, i), x); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if err := c.walk(q, strings.TrimPrefix(path+"."+name, "."), v[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

func actionKeys() []string {
	var list []string
	for _, k := range action.Kinds {
		if k.Name != "" { // else rules that use it are refused
			list = append(list, k.Key)
		}
	}
	return list
}

// takesTemplates reports whether ${…} has a meaning in a parameter.
func (c *compiledAction) takesTemplates(path string) bool {
	var plain strings.Builder // without the numbers of items
	for part := range strings.SplitSeq(path, "[") {
		_, rest, inside := strings.Cut(part, "]")
		if !inside {
			rest = part
		}
		plain.WriteString(rest)
	}
	return slices.ContainsFunc(c.kind.Templates, func(t string) bool {
		return plain.String() == t || strings.HasPrefix(plain.String(), t+".")
	})
}

// render puts the values of the last message in place of the expressions.
func (c *compiledAction) render(e *rulesql.Evaluator) renderedAction {
	a := renderedAction{Kind: c.kind.Key}
	for _, t := range c.templates {
		p := renderedParameter{Name: t.parameter, Template: t.Text(), Text: t.Text(), Literal: t.literal}
		if !t.literal {
			var err error
			if p.Text, err = e.Render(t.Template); err != nil {
				a.Error = fmt.Sprintf("%s: %v", t.parameter, err)
				return a
			}
		}
		a.Parameters = append(a.Parameters, p)
	}
	return a
}
