// Package managed lists the job templates that every account has, and fills in their parameters. What their documents ask for is done by the
// job agent of the device. (aws: iot/job-templates-managed)
package managed

import (
	"regexp"
	"strings"

	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/service/jobs/document"
)

// Template is a template that AWS manages.
type Template struct {
	name, description string
	parameters        []parameter
	document          string
}

// parameter is a place in the document that the maker of a job fills.
type parameter struct {
	key, description, regex, example string
	optional                         bool
}

const (
	version     = "1.0"
	environment = "LINUX"
)

// Find finds a template by its name, with its version or without; it returns nil if there is none.
func Find(name string) *Template {
	base, asked, versioned := strings.Cut(name, ":")
	for i := range templates {
		if t := &templates[i]; t.name == base && (!versioned || asked == version) {
			return t
		}
	}
	return nil
}

// arn is the ARN of the template in a region; it belongs to no account.
func (t *Template) arn(region string) string {
	return "arn:aws:iot:" + region + "::jobtemplate/" + t.name + ":" + version
}

// Describe tells all about the template.
func (t *Template) Describe(region string) *iot.DescribeManagedJobTemplateOutput {
	out := &iot.DescribeManagedJobTemplateOutput{TemplateName: t.name, TemplateArn: t.arn(region), Description: t.description,
		TemplateVersion: version, Environments: []string{environment}, Document: t.document}
	for _, p := range t.parameters {
		out.DocumentParameters = append(out.DocumentParameters, iot.DocumentParameter{Key: p.key, Description: p.description, Regex: p.regex, Example: p.example, Optional: &p.optional})
	}
	return out
}

// List lists the templates by name, all or the one of a name.
func List(region, name string) (list []iot.ManagedJobTemplateSummary) {
	for _, t := range templates {
		if name == "" || name == t.name {
			list = append(list, iot.ManagedJobTemplateSummary{TemplateArn: t.arn(region), TemplateName: t.name, Description: t.description,
				Environments: []string{environment}, TemplateVersion: version})
		}
	}
	return list
}

// Document is the document of the template as it is.
func (t *Template) Document() string { return t.document }

// Fill is the document of the template with its parameters filled in.
func (t *Template) Fill(values map[string]string) (string, error) {
	for name := range values {
		if t.parameter(name) == nil {
			return "", invalid("The template %s has no parameter %s; it has %s.", t.name, name, t.parameterNames())
		}
	}
	for _, p := range t.parameters {
		value, given := values[p.key]
		switch {
		case !given && !p.optional:
			return "", invalid("The template %s needs the parameter %s: %s", t.name, p.key, p.description)
		case given && !p.matches(value):
			return "", invalid("The value %q of the parameter %s does not match %s.", value, p.key, p.regex)
		}
	}
	return document.Fill(t.document, values), nil
}

func (t *Template) parameter(key string) *parameter {
	for i := range t.parameters {
		if t.parameters[i].key == key {
			return &t.parameters[i]
		}
	}
	return nil
}

func (t *Template) parameterNames() string {
	var names []string
	for _, p := range t.parameters {
		names = append(names, p.key)
	}
	return strings.Join(names, ", ")
}

// matches reports whether a value is allowed.
func (p *parameter) matches(value string) bool {
	ok, err := regexp.MatchString(`^(?:`+p.regex+`)$`, value)
	return ok && err == nil
}

func invalid(format string, args ...any) *fault.Error {
	return fault.New("", fault.Invalid, format, args...).Named(iot.InvalidRequestException)
}
