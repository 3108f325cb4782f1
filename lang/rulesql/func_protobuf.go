package rulesql

import (
	"bytes"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// maxMessageNesting bounds messages inside each other.
const maxMessageNesting = maxNesting / 2

// descriptors is the descriptor set that was used last; most rules know one.
type descriptors struct {
	set   []byte
	files *protoregistry.Files
}

// decodeProto is a Protobuf message as an Object. Without its descriptors the message is Undefined, and one that does not fit them is Null.
//
// aws: iot/binary-payloads#binary-payloads-protobuf
func (e *Evaluator) decodeProto(data []byte, args []value) value {
	var names [4]string // bucket, key, file, message
	for i, v := range args {
		s, ok := e.text(v)
		if !ok {
			return value{}
		}
		names[i] = s
	}
	message, err := e.messageType(names)
	e.calls = append(e.calls, Call{"decode", names[3], err})
	if err != nil {
		return value{}
	}
	m := dynamicpb.NewMessage(message)
	if err := (proto.UnmarshalOptions{RecursionLimit: maxMessageNesting}).Unmarshal(data, m); err != nil {
		return value{kind: null}
	}
	text, err := protojson.MarshalOptions{Resolver: dynamicpb.NewTypes(e.descriptors.files)}.Marshal(m)
	if err != nil {
		return value{kind: null}
	}
	v, err := e.read(string(text))
	if err != nil {
		return value{kind: null}
	}
	e.numberMessage(&v, message)
	return v
}

// numberMessage makes Ints of the fields of 64 bits. JSON of Protobuf has them in quotes, for the doubles of JavaScript; an Int of this
// language has 34 digits, and a rule is to compare and add them.
func (e *Evaluator) numberMessage(v *value, of protoreflect.MessageDescriptor) {
	switch {
	case v.kind == text && (of.FullName() == "google.protobuf.Int64Value" || of.FullName() == "google.protobuf.UInt64Value"):
		numberText(v)
		return
	case v.kind != object:
		return // a time or another type with a JSON of its own
	}
	for i := range v.inner.members {
		m := &v.inner.members[i]
		if f := of.Fields().ByJSONName(m.name); f != nil {
			e.numberField(&m.value, f)
		}
	}
}

func (e *Evaluator) numberField(v *value, f protoreflect.FieldDescriptor) {
	e.spend(1)
	switch {
	case f.IsMap() && v.kind == object:
		for i := range v.inner.members {
			e.numberField(&v.inner.members[i].value, f.MapValue())
		}
	case f.IsList() && v.kind == array:
		for i := range v.inner.items {
			e.numberOne(&v.inner.items[i], f)
		}
	default:
		e.numberOne(v, f)
	}
}

// numberOne is numberField of one value of a list.
func (e *Evaluator) numberOne(v *value, f protoreflect.FieldDescriptor) {
	switch f.Kind() {
	case protoreflect.Int64Kind, protoreflect.Uint64Kind, protoreflect.Sint64Kind, protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		numberText(v)
	case protoreflect.MessageKind, protoreflect.GroupKind:
		e.numberMessage(v, f.Message())
	}
}

// numberText makes an Int of a String that holds one.
func numberText(v *value) {
	if n, ok := numeric(*v); ok && v.kind == text {
		*v = intOf(n)
	}
}

// messageType finds the descriptor of a message by its name, in the file that the rule names or anywhere in the set.
func (e *Evaluator) messageType(names [4]string) (protoreflect.MessageDescriptor, error) {
	set, err := e.env.DescriptorSet(names[0], names[1])
	if err != nil {
		return nil, err
	}
	if e.descriptors.files == nil || !bytes.Equal(set, e.descriptors.set) {
		files, err := readDescriptors(set)
		if err != nil {
			return nil, err
		}
		e.descriptors = descriptors{bytes.Clone(set), files}
	}
	var found protoreflect.MessageDescriptor
	e.descriptors.files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if strings.TrimSuffix(f.Path(), ".proto") == strings.TrimSuffix(names[2], ".proto") {
			found = messageIn(f, names[3])
		}
		return found == nil
	})
	if found == nil {
		return nil, fmt.Errorf("the descriptor set has no message %s in a file %s.proto", names[3], strings.TrimSuffix(names[2], ".proto"))
	}
	return found, nil
}

func readDescriptors(data []byte) (*protoregistry.Files, error) {
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(data, &set); err != nil {
		return nil, fmt.Errorf("no descriptor set: %w", err)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		return nil, fmt.Errorf("no descriptor set: %w", err)
	}
	return files, nil
}

// messageIn finds a message by its name, with or without that of its package, with points between a message and one inside of it.
func messageIn(f protoreflect.FileDescriptor, name string) protoreflect.MessageDescriptor {
	name = strings.TrimPrefix(name, string(f.Package())+".")
	var found protoreflect.MessageDescriptor
	in := f.Messages()
	for part := range strings.SplitSeq(name, ".") {
		if found = in.ByName(protoreflect.Name(part)); found == nil {
			return nil
		}
		in = found.Messages()
	}
	return found
}
