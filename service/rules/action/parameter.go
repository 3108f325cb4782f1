package action

import (
	"errors"
	"fmt"
	"strings"

	"telltale/lang/rulesql"
)

// parameter is a parameter that may hold ${…}, as a rule's author wrote it.
type parameter struct {
	to       *value
	name     string
	text     string
	optional bool               // it may be left out, or be filled in with nothing
	check    func(string) error // what it must be once it is filled in; nil if anything will do
}

// value is a parameter that was compiled.
type value struct {
	parameter
	template *rulesql.Template // nil if the parameter was left out
}

// parameters compiles parameters. One without ${…} is checked now, so that its author learns at once.
func (c *Compiler) parameters(list ...parameter) error {
	for _, p := range list {
		to := p.to
		p.to = nil
		*to = value{parameter: p}
		if p.text == "" && p.optional {
			continue
		}
		if !strings.Contains(p.text, "${") {
			if err := p.objection(p.text); err != nil {
				return err
			}
		}
		var err error
		if to.template, err = c.Template(p.name, p.text); err != nil {
			return err
		}
	}
	return nil
}

var errEmpty = errors.New("it is empty")

// objection says why a parameter must not be a text.
func (p *parameter) objection(text string) error {
	var err error
	switch {
	case text == "" && !p.optional:
		err = errEmpty
	case text != "" && p.check != nil:
		err = p.check(text)
	}
	if err != nil {
		return fmt.Errorf("%s %q is not allowed: %w", p.name, text, err)
	}
	return nil
}

// filling fills in the parameters of an action for a message. It remembers the first objection; the task will fail with it, rather than
// the rendering, so that the failure tells what the action was about to work on.
type filling struct {
	*Rendering
	objection error
}

func (f *filling) text(v value) string {
	if v.template == nil {
		return ""
	}
	text := f.Text(v.template)
	if f.Err() == nil {
		f.object(v.objection(text))
	}
	return text
}

// object remembers an objection, if there is one and it is the first.
func (f *filling) object(err error) {
	if f.objection == nil {
		f.objection = err
	}
}

// oneOf allows some texts.
func oneOf(allowed ...string) func(string) error {
	return func(text string) error {
		for _, a := range allowed {
			if a == text {
				return nil
			}
		}
		return fmt.Errorf("allowed are %s", strings.Join(allowed, ", "))
	}
}
