package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"telltale/lang/rulesql"
)

// printError writes for programs why there is no report, with the place in the statement or template if it is a mistake there.
func printError(w io.Writer, err error) error {
	out := struct {
		Error  string `json:"error"`
		Line   int    `json:"line,omitempty"`
		Column int    `json:"column,omitempty"`
		Offset int    `json:"offset,omitempty"`
		Runs   bool   `json:"runs"`
	}{Error: err.Error()}
	var mistake *rulesql.Error
	if errors.As(err, &mistake) {
		out.Line, out.Column, out.Offset = mistake.Line, mistake.Column, mistake.Offset
	}
	return json.NewEncoder(w).Encode(out)
}

// print writes the report and says by its error, for the exit status, how it went.
func (r *ruleReport) print(w io.Writer, asJSON bool) error {
	if asJSON {
		text := json.NewEncoder(w)
		text.SetEscapeHTML(false)
		if err := text.Encode(r); err != nil {
			return err
		}
	} else {
		r.tell(w)
	}
	switch {
	case r.Error != "":
		return &ended{2, errors.New(r.Error)}
	case !r.Runs:
		return &ended{1, nil}
	}
	return nil
}

// tell writes the stages in words, a line for each thing.
func (r *ruleReport) tell(w io.Writer) {
	line := func(stage, format string, args ...any) {
		fmt.Fprintf(w, "%-9s %s\n", stage, fmt.Sprintf(format, args...))
	}
	for _, text := range r.Warnings {
		line("warning", "%s", text)
	}
	r.Match.tell(line, r.Topic)
	if r.NotJSON != "" {
		line("payload", "is not JSON, so attributes are Undefined: %s", r.NotJSON)
	}
	for _, s := range r.Variables {
		line("set", "%s = %s", s.Name, s.Value)
	}
	for _, s := range r.Calls {
		line("call", "%s = %s", s.Source, s.Value)
	}
	for _, x := range r.Externals {
		line("service", "%s %s: %s", x.Function, x.Resource, first(x.Error, "answered"))
	}
	if r.Where != nil {
		r.Where.tell(line)
	}
	if r.Where == nil || r.Where.Passed {
		r.tellOutput(line)
	}
	line("", "%s", r.verdict())
}

type stageLine func(stage, format string, args ...any)

func (m *ruleMatch) tell(line stageLine, topic string) {
	switch {
	case m.Matched && m.BasicIngest != "":
		line("match", "%s is Basic Ingest: FROM is not looked at", topic)
	case m.Matched:
		line("match", "%s matches '%s'", topic, m.Filter)
	case m.Filter == "" || m.BasicIngest != "":
		line("match", "no: %s", m.Why)
	default:
		line("match", "no: %s does not match '%s': %s", topic, m.Filter, m.Why)
	}
}

func (x *ruleWhere) tell(line stageLine) {
	line("where", "%s is %s", x.Source, x.Value)
	for _, s := range x.Reads {
		line("", "  %s = %s", s.Source, s.Value)
	}
}

// tellOutput is the stages after WHERE.
func (r *ruleReport) tellOutput(line stageLine) {
	for _, s := range r.Select {
		switch s.Name {
		case "":
			line("select", "%s = %s", s.Source, s.Value)
		case s.Source:
			line("select", "%s = %s", s.Name, s.Value)
		default:
			line("select", "%s = %s = %s", s.Name, s.Source, s.Value)
		}
	}
	if r.Result != nil {
		r.Result.tell(line)
	}
	for _, a := range r.Actions {
		a.tell(line)
	}
}

func (x *ruleResult) tell(line stageLine) {
	as := ""
	if x.Raw {
		as = " as it came"
	}
	switch {
	case len(x.Payload) == 0:
		line("result", "empty%s", as)
	case x.Text != "":
		line("result", "%s%s", x.Text, as)
	default:
		line("result", "%d bytes that are not JSON%s: base64 %s", len(x.Payload), as, base64.StdEncoding.EncodeToString(x.Payload))
	}
}

func (a *renderedAction) tell(line stageLine) {
	line("action", "%s", a.Kind)
	for _, p := range a.Parameters {
		switch {
		case p.Literal:
			line("", "  %s = %s, for this parameter takes no ${…}", p.Name, p.Text)
		case p.Text == p.Template:
			line("", "  %s = %s", p.Name, p.Text)
		default:
			line("", "  %s = %s = %s", p.Name, p.Template, p.Text)
		}
	}
	if a.Error != "" {
		line("", "  fails: %s", a.Error)
	}
}

func (r *ruleReport) verdict() string {
	switch {
	case r.Error != "":
		return "The actions do not run: " + r.Error + "."
	case r.Runs && len(r.Actions) > 1:
		return fmt.Sprintf("The %d actions would run.", len(r.Actions))
	case r.Runs:
		return "An action would run."
	case r.Match.Matched && r.Where != nil && !r.Where.Passed:
		return "No action runs: WHERE is not true."
	case r.Match.Matched:
		return "No action runs: the rule is disabled."
	}
	return "No action runs: the rule does not get this message."
}
