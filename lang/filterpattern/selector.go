package filterpattern

import (
	"slices"
	"strconv"
	"strings"

	"telltale/lang/predicate"
)

// selector is a selector of a JSON pattern, as it was written and what it means.
type selector struct {
	text string
	path predicate.Path
}

// ParseSelector reads a selector of a JSON message, such as $.user.['e-mail'][0]. The error is a *SyntaxError.
func ParseSelector(text string) (predicate.Path, error) {
	p := &parser{source: "selector", text: text}
	if len(text) > MaxLength {
		return nil, p.errorAt(0, "at most "+strconv.Itoa(MaxLength)+" bytes", strconv.Itoa(len(text)))
	}
	sel, err := p.selector()
	if err != nil {
		return nil, err
	}
	if !p.atEnd() {
		return nil, p.expected(`".", "[" or the end`)
	}
	return sel.path, nil
}

// selector reads $ and at least one step.
func (p *parser) selector() (selector, error) {
	start := p.pos
	if !p.take("$") {
		return selector{}, p.expected(`a selector, which begins with "$"`)
	}
	var path predicate.Path
	wildcards := 0
	for p.at(".") || p.at("[") || len(path) == 0 {
		stepAt := p.pos
		step, err := p.step()
		if err != nil {
			return selector{}, err
		}
		if step.Kind == predicate.StepAnyKey || step.Kind == predicate.StepAnyElem {
			if wildcards++; wildcards > 1 {
				return selector{}, p.errorAt(stepAt, "at most 1 wildcard in a selector", "one more")
			}
			if p.wildcards++; p.wildcards > MaxWildcards {
				return selector{}, p.errorAt(stepAt, "at most "+strconv.Itoa(MaxWildcards)+" selectors with a wildcard", "one more")
			}
		}
		if path = append(path, step); len(path) > MaxSteps {
			return selector{}, p.errorAt(stepAt, "at most "+strconv.Itoa(MaxSteps)+" steps in a selector", "one more")
		}
	}
	return selector{text: p.text[start:p.pos], path: path}, nil
}

// step reads .name, .*, .['any text'], [n] or [*]. The dot before a bracket with a text may be missing.
func (p *parser) step() (predicate.Step, error) {
	switch {
	case p.take(".['"), p.take("['"):
		end := strings.Index(p.text[p.pos:], "']")
		if end < 0 {
			return predicate.Step{}, p.errorAt(len(p.text), `a closing "']"`, "the end")
		}
		name := p.text[p.pos : p.pos+end]
		p.pos += end + 2
		return predicate.Key(name), nil
	case p.take(".*"):
		return predicate.AnyKey(), nil
	case p.take("."):
		name := p.run(nameRune)
		if name == "" {
			return predicate.Step{}, p.expected(`a property name after "." (other characters than letters, digits, - and _ are written .['...'])`)
		}
		return predicate.Key(name), nil
	case p.take("[*]"):
		return predicate.AnyElem(), nil
	case p.take("["):
		start := p.pos
		n, err := strconv.ParseUint(p.run(nameRune), 10, 31)
		if err != nil {
			p.pos = start
			return predicate.Step{}, p.expected(`an array index, "*" or a quoted property name after "["`)
		}
		if !p.take("]") {
			return predicate.Step{}, p.expected(`"]" after the array index`)
		}
		return predicate.Index(int(n)), nil
	}
	return predicate.Step{}, p.expected(`"." or "[" after "$"`)
}

// remember keeps a selector whose value can be extracted.
func (p *parser) remember(s selector) {
	if !slices.ContainsFunc(p.selectors, func(o selector) bool { return o.text == s.text }) {
		p.selectors = append(p.selectors, s)
	}
}
