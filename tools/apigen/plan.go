package main

import (
	"fmt"
	"maps"
	"slices"
)

// structure is a Go struct to write.
type structure struct {
	name  string // in Go
	shape string // in the model; empty for an input or output the model does not have
	doc   string
	input bool // reachable from an input: its members are checked
}

// plan is what will be written for a service, in order.
type plan struct {
	*model
	key      string // "iot"
	ops      []string
	structs  []structure
	aliases  map[string]string // outputs shared by two operations
	goNames  map[string]string // structure shape → Go name
	enums    []string          // string shapes with values
	enumName map[string][]string
	taken    map[string]string // Go name → what it stands for
}

// newPlan names everything that is reachable from an operation.
func newPlan(key string, m *model) (*plan, error) {
	p := &plan{model: m, key: key, ops: slices.Sorted(maps.Keys(m.Operations)), aliases: map[string]string{}, goNames: map[string]string{},
		enumName: map[string][]string{}, taken: map[string]string{}}
	if err := p.take("Service", "the service"); err != nil {
		return nil, err
	}
	for _, op := range p.ops {
		if err := p.take(op, "operation "+op); err != nil {
			return nil, err
		}
	}
	if err := p.nameBoundaries(); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(m.Shapes)) {
		if m.Shapes[name].Error {
			if err := p.take(export(name), "error "+name); err != nil {
				return nil, err
			}
		}
	}
	inputs, all := map[string]bool{}, map[string]bool{}
	for _, op := range p.ops {
		p.reach(m.Operations[op].In, inputs)
		p.reach(m.Operations[op].In, all)
		p.reach(m.Operations[op].Out, all)
	}
	if err := p.nameNested(all); err != nil {
		return nil, err
	}
	for i := range p.structs {
		p.structs[i].input = inputs[p.structs[i].shape]
	}
	return p, p.nameEnums(all)
}

func (p *plan) take(name, what string) error {
	if other, ok := p.taken[name]; ok {
		return fmt.Errorf("%s and %s would both be called %s: give one of them another name in override.go", other, what, name)
	}
	p.taken[name] = what
	return nil
}

// nameBoundaries names inputs and outputs after their operations.
func (p *plan) nameBoundaries() error {
	for _, op := range p.ops {
		facts := p.Operations[op]
		for _, side := range []struct{ shape, suffix, word string }{{facts.In, "Input", "input"}, {facts.Out, "Output", "output"}} {
			name := op + side.suffix
			if err := p.take(name, side.word+" of "+op); err != nil {
				return err
			}
			doc := fmt.Sprintf("%s is the %s of %s.", name, side.word, op)
			if owner, ok := p.goNames[side.shape]; ok && side.shape != "" {
				p.aliases[name] = owner
				continue
			}
			if side.shape == "" {
				doc = fmt.Sprintf("%s stands for the %s %s does not have.", name, side.word, op)
			} else {
				p.goNames[side.shape] = name
			}
			p.structs = append(p.structs, structure{name: name, shape: side.shape, doc: doc})
		}
	}
	return nil
}

// nameNested names the structures inside inputs and outputs.
func (p *plan) nameNested(reached map[string]bool) error {
	for _, name := range slices.Sorted(maps.Keys(reached)) {
		s := p.Shapes[name]
		if s.Type != "structure" || s.Error || p.goNames[name] != "" {
			continue
		}
		goName := export(name)
		if err := p.take(goName, "structure "+name); err != nil {
			return err
		}
		p.goNames[name] = goName
		doc := fmt.Sprintf("%s is the structure %s of the model.", goName, name)
		if s.Union {
			doc = fmt.Sprintf("%s is the union %s of the model: exactly one member is set.", goName, name)
		}
		p.structs = append(p.structs, structure{name: goName, shape: name, doc: doc})
	}
	slices.SortStableFunc(p.structs, func(a, b structure) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return nil
}

// nameEnums names the values of string shapes. A name that something else has already gets "Value" at its end.
func (p *plan) nameEnums(reached map[string]bool) error {
	for _, name := range slices.Sorted(maps.Keys(reached)) {
		s := p.Shapes[name]
		if len(s.Enum) == 0 {
			continue
		}
		p.enums = append(p.enums, name)
		for _, value := range s.Enum {
			goName := enumName(name, value)
			if _, ok := p.taken[goName]; ok {
				goName += "Value"
			}
			if err := p.take(goName, "value "+value+" of "+name); err != nil {
				return err
			}
			p.enumName[name] = append(p.enumName[name], goName)
		}
	}
	return nil
}

// reach adds the shape and all it is made of.
func (p *plan) reach(name string, into map[string]bool) {
	if name == "" || into[name] || p.Shapes[name].Error {
		return
	}
	into[name] = true
	s := p.Shapes[name]
	p.reach(s.Key, into)
	p.reach(s.Elem, into)
	for _, m := range s.Members {
		p.reach(m.Shape, into)
	}
}
