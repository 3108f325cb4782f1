package registry

import (
	"context"
	"strconv"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/policy"
	"telltale/store/state"
)

// Binding is the thing a connection stands for.
type Binding struct {
	// Thing is the thing named like the client id, attached or not, or else the one the certificate is attached to exclusively; "" is
	// none. Its groups decide about log levels.
	Thing string
	// Attached says that the thing is attached to the certificate. Only then count its type, attributes and groups for policies.
	Attached   bool
	Exclusive  bool              // it is the only thing of the certificate
	TypeName   string            // "" unless attached
	Attributes map[string]string // nil unless attached
}

// Bind finds the thing of a connection; certificateID is empty for an anonymous client. Without any thing the Binding is empty.
// (aws: iot/exclusive-thing, iot/thing-policy-variables)
func (r *Registry) Bind(ctx context.Context, s caller.Scope, certificateID, clientID string) (b *Binding, err error) {
	err = r.view(ctx, "Bind", func(tx *state.Tx, _ caller.Scope) error {
		b, err = bind(tx, s, certificateID, clientID)
		return err
	})
	return outcome(b, err)
}

func bind(tx *state.Tx, s caller.Scope, certificateID, clientID string) (*Binding, error) {
	b, principal := &Binding{}, certificatePrincipal(s, certificateID)
	t, err := findThing(tx, s, clientID)
	switch {
	case err == nil:
		b.Thing = t.Name
		if certificateID != "" {
			err = b.attach(tx, at(s, t.Name, principal))
		}
	case fault.Is(err, fault.NotFound) && certificateID == "":
		return b, nil
	case fault.Is(err, fault.NotFound):
		t, err = exclusiveThing(tx, s, principal)
		if t != nil {
			b.Thing, b.Attached, b.Exclusive = t.Name, true, true
		}
	}
	if err == nil && b.Attached {
		b.TypeName, b.Attributes = t.Type, t.Attributes
	}
	return b, err
}

// attach finds out whether the thing is attached.
func (b *Binding) attach(tx *state.Tx, key state.Key) error {
	a, err := attachments.Get(tx, key)
	if isAbsent(err) {
		return nil
	}
	if err == nil {
		b.Attached, b.Exclusive = true, a.Exclusive
	}
	return err
}

// SetKeys gives policies what they may ask about the thing. (aws: iot/thing-policy-variables)
func (b *Binding) SetKeys(k *policy.Keys) {
	k.Set("iot:Connection.Thing.IsAttached", strconv.FormatBool(b.Attached))
	if !b.Attached {
		return
	}
	k.Set("iot:Connection.Thing.ThingName", b.Thing)
	if b.TypeName != "" {
		k.Set("iot:Connection.Thing.ThingTypeName", b.TypeName)
	}
	for name, value := range b.Attributes {
		k.Set("iot:Connection.Thing.Attributes["+name+"]", value)
	}
}

// exclusiveThing is the thing a principal is attached to exclusively, or nil.
func exclusiveThing(tx *state.Tx, s caller.Scope, principal string) (*thing, error) {
	a, err := attachments.Find(tx, "principal", at(s, principal))
	if isAbsent(err) || err == nil && !a.Exclusive {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return findThing(tx, s, a.Thing)
}

// GroupLines tells the static groups of a thing: one line for each group it is in directly, from that group up to its root. It is
// shared: nobody changes it. A thing that does not exist is in no group; where the answer cannot be read, the diary is told and the
// answer is none.
func (r *Registry) GroupLines(s caller.Scope, thing string) [][]string {
	lines, err := r.lines.get(r.Generation(), thingKey{s, thing}, func() (lines [][]string, err error) {
		err = r.view(context.Background(), "GroupLines", func(tx *state.Tx, _ caller.Scope) error {
			list, err := membersOf(tx, s, thing)
			for _, m := range list {
				lines = append(lines, m.lineage())
			}
			return err
		})
		return lines, err
	})
	if err != nil {
		r.needs.Diary.Error("the groups of a thing cannot be read", "thing", thing, "error", err)
	}
	return lines
}
