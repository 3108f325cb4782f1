package connect

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"telltale/base/arn"
)

// Functions are the functions that rules call by name, for the lambda action and aws_lambda().
type Functions struct{ answerers }

// ParseFunctions reads functions: by name, or by full ARN, what answers for it. That is an URL, to which the event is posted, or
// exec:/path/to/program with arguments between spaces, which reads the event from standard input and writes its answer to standard output.
func ParseFunctions(configured map[string]string) (*Functions, error) {
	list, err := parseAnswerers("function", configured)
	return &Functions{list}, err
}

// Knows reports whether a function is configured. It may be given as a name or as an ARN, with a version or alias or without.
func (f *Functions) Knows(function string) bool { return f != nil && f.find(function) != nil }

// Invoke calls a function with an event, which is JSON, and returns its answer.
func (f *Functions) Invoke(ctx context.Context, function string, event []byte) ([]byte, error) {
	var a answerer
	if f != nil {
		a = f.find(function)
	}
	if a == nil {
		return nil, fmt.Errorf("function %s is not configured: start telltale with --function NAME=URL or NAME=exec:PROGRAM", function)
	}
	return a.answer(ctx, event)
}

// find finds the function that is meant by an ARN or name: the more exactly configured one first.
func (f *Functions) find(function string) answerer {
	if a := f.answerers[function]; a != nil {
		return a
	}
	name := function
	if parsed, err := arn.Parse(function); err == nil {
		if parsed.Service != "lambda" || !strings.HasPrefix(parsed.Resource, "function:") {
			return nil
		}
		name = strings.TrimPrefix(parsed.Resource, "function:")
	}
	if a := f.answerers[name]; a != nil {
		return a
	}
	name, qualifier, found := strings.Cut(name, ":")
	if found {
		if a := f.answerers[strings.TrimSuffix(function, ":"+qualifier)]; a != nil {
			return a
		}
	}
	return f.answerers[name]
}

// Models are the models that machinelearning_predict() asks by name.
type Models struct{ answerers }

// ParseModels reads models as ParseFunctions reads functions. What answers is sent the record.
func ParseModels(configured map[string]string) (*Models, error) {
	list, err := parseAnswerers("model", configured)
	return &Models{list}, err
}

// Knows reports whether a model is configured.
func (m *Models) Knows(model string) bool { return m != nil && m.answerers[model] != nil }

// Predict asks a model about a record, a JSON object.
func (m *Models) Predict(ctx context.Context, model string, record []byte) ([]byte, error) {
	if !m.Knows(model) {
		return nil, fmt.Errorf("model %s is not configured: start telltale with --model NAME=URL or NAME=exec:PROGRAM", model)
	}
	return m.answerers[model].answer(ctx, record)
}

// answerer is who answers for a function.
type answerer interface {
	answer(ctx context.Context, event []byte) ([]byte, error)
}

// answerers are those configured, by name.
type answerers map[string]answerer

// maxAnswer limits answers. (aws: lambda/gettingstarted-limits)
const maxAnswer = 6 << 20

func parseAnswerers(what string, configured map[string]string) (answerers, error) {
	list, running := answerers{}, make(chan struct{}, maxPrograms)
	for _, name := range slices.Sorted(maps.Keys(configured)) {
		var a answerer
		var err error
		if command, found := strings.CutPrefix(configured[name], "exec:"); found {
			a, err = parseProgram(command, running)
		} else {
			a, err = parsePage(configured[name])
		}
		if name == "" {
			err = fmt.Errorf("it has no name")
		}
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w; want an URL such as http://127.0.0.1:9000/alarm, or exec:/path/to/program", what, name, err)
		}
		list[name] = a
	}
	return list, nil
}
