package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// model is the content of a facts file: what the public API model of a service says, without its documentation.
type model struct {
	Service    service
	Operations map[string]operation
	Shapes     map[string]shape
	Members    map[string][]member // overlays only: members to add to shapes of the base
}

type service struct {
	APIVersion      string   `json:"apiVersion"`
	EndpointPrefix  string   `json:"endpointPrefix"`
	SigningName     string   `json:"signingName"`
	JSONVersion     string   `json:"jsonVersion"`
	Protocol        string   `json:"protocol"`
	Protocols       []string `json:"protocols"`
	QueryCompatible bool     `json:"queryCompatible"`
	FullName        string   `json:"serviceFullName"`
	ID              string   `json:"serviceId"`
	TargetPrefix    string   `json:"targetPrefix"`
	XMLNamespace    string   `json:"xmlNamespace"`
}

type operation struct {
	HTTP   string   `json:"http"` // "POST /things/{thingName}"
	Status int      `json:"status"`
	In     string   `json:"in"`
	Out    string   `json:"out"`
	Errors []string `json:"errors"`
}

type shape struct {
	Type    string       `json:"type"`
	Members []member     `json:"members"`
	Min     *json.Number `json:"min"`
	Max     *json.Number `json:"max"`
	Pattern string       `json:"pattern"`
	Enum    []string     `json:"enum"`

	Key      string `json:"key"`
	Elem     string `json:"elem"`
	KeyName  string `json:"keyName"`
	ElemName string `json:"elemName"`
	Flat     bool   `json:"flat"`
	Time     string `json:"time"`
	Secret   bool   `json:"secret"`

	Payload     string `json:"payload"` // name of the member that is the body
	Union       bool   `json:"union"`
	EventStream bool   `json:"eventstream"`

	Error  bool   `json:"error"`
	Code   string `json:"code"`
	Status int    `json:"status"`
	Server bool   `json:"server"`
}

type member struct {
	Name     string `json:"n"`
	Shape    string `json:"t"`
	Required bool   `json:"req"`
	In       string `json:"in"`   // uri, querystring, header, statusCode; empty for the body
	Wire     string `json:"wire"` // name on the wire where it differs
	Token    bool   `json:"token"`
	Flat     bool   `json:"flat"`
	JSON     bool   `json:"json"`
}

func (m member) wire() string {
	if m.Wire != "" {
		return m.Wire
	}
	return m.Name
}

// primitives are the shapes an overlay may name without defining them.
var primitives = map[string]shape{
	"String": {Type: "string"}, "Boolean": {Type: "boolean"}, "Blob": {Type: "blob"}, "Timestamp": {Type: "timestamp"},
	"Integer": {Type: "integer"}, "Long": {Type: "long"}, "Float": {Type: "float"}, "Double": {Type: "double"},
}

// load reads the facts of a service and lays the overlay, if there is one, on top.
func load(dir, name string) (*model, error) {
	m := &model{}
	if err := read(filepath.Join(dir, name+".json"), m); err != nil {
		return nil, err
	}
	var over model
	err := read(filepath.Join(dir, "overlay", name+".json"), &over)
	if errors.Is(err, fs.ErrNotExist) {
		return m, m.check(name)
	}
	if err != nil {
		return nil, err
	}
	maps.Copy(m.Operations, over.Operations)
	maps.Copy(m.Shapes, over.Shapes)
	for _, shapeName := range slices.Sorted(maps.Keys(over.Members)) {
		s, ok := m.Shapes[shapeName]
		if !ok {
			return nil, fmt.Errorf("overlay of %s adds members to %s, which is no shape", name, shapeName)
		}
		s.Members = append(s.Members, over.Members[shapeName]...)
		m.Shapes[shapeName] = s
	}
	for primitive, s := range primitives {
		if _, ok := m.Shapes[primitive]; !ok {
			m.Shapes[primitive] = s
		}
	}
	return m, m.check(name)
}

func read(name string, into *model) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// check finds names that no shape has.
func (m *model) check(name string) error {
	known := func(user, ref string) error {
		if _, ok := m.Shapes[ref]; ref != "" && !ok {
			return fmt.Errorf("facts of %s: %s refers to %s, which is no shape", name, user, ref)
		}
		return nil
	}
	var errs []error
	for _, user := range slices.Sorted(maps.Keys(m.Operations)) {
		op := m.Operations[user]
		for _, ref := range append([]string{op.In, op.Out}, op.Errors...) {
			errs = append(errs, known(user, ref))
		}
	}
	for _, user := range slices.Sorted(maps.Keys(m.Shapes)) {
		s := m.Shapes[user]
		errs = append(errs, known(user, s.Key), known(user, s.Elem))
		for _, member := range s.Members {
			errs = append(errs, known(user+"."+member.Name, member.Shape))
		}
	}
	return errors.Join(errs...)
}
