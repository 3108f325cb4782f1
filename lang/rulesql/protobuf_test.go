package rulesql

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// readingSet describes message Reading { string id = 1; double temp = 2; repeated int32 codes = 3; message Inner { string x = 1; } }.
func readingSet() []byte {
	field := func(name string, n int32, kind descriptorpb.FieldDescriptorProto_Type, label descriptorpb.FieldDescriptorProto_Label) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{Name: &name, Number: &n, Type: &kind, Label: &label}
	}
	optional, repeated := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL, descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	set := &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{{
		Name: proto.String("reading.proto"), Package: proto.String("test"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{
			Name: proto.String("Reading"),
			Field: []*descriptorpb.FieldDescriptorProto{
				field("id", 1, descriptorpb.FieldDescriptorProto_TYPE_STRING, optional),
				field("temp", 2, descriptorpb.FieldDescriptorProto_TYPE_DOUBLE, optional),
				field("codes", 3, descriptorpb.FieldDescriptorProto_TYPE_INT32, repeated),
			},
			NestedType: []*descriptorpb.DescriptorProto{{
				Name:  proto.String("Inner"),
				Field: []*descriptorpb.FieldDescriptorProto{field("x", 1, descriptorpb.FieldDescriptorProto_TYPE_STRING, optional)},
			}},
		}},
	}}}
	data, err := proto.Marshal(set)
	if err != nil {
		panic(err)
	}
	return data
}

func (f *fakeEnv) DescriptorSet(bucket, key string) ([]byte, error) {
	switch {
	case bucket == "b" && key == "k":
		return readingSet(), nil
	case key == "bad":
		return []byte("no descriptors"), nil
	}
	return nil, errors.New("no such object")
}

func TestProtobufCallsAreTold(t *testing.T) {
	f := func(expr, want string) {
		t.Helper()
		q, err := Parse("SELECT "+expr+" AS v", V20160323)
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewEvaluator().Eval(q, testEnv(), nil)
		if err != nil || len(r.Calls) != 1 || r.Calls[0].Function != "decode" {
			t.Fatalf("%s: %+v, %v", expr, r, err)
		}
		got := "nil"
		if r.Calls[0].Err != nil {
			got = r.Calls[0].Err.Error()
		}
		if len(got) > len(want) {
			got = got[:len(want)]
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", expr, got, want)
		}
	}
	f("decode('', 'proto', 'b', 'k', 'reading.proto', 'Reading.Inner')", "nil")
	f("decode('', 'proto', 'b', 'k', 'reading', 'Reading.Outer')", "the descriptor set has no message Reading.Outer in a file reading.proto")
	f("decode('', 'proto', 'b', 'none', 'reading', 'Reading')", "no such object")
	f("decode('', 'proto', 'b', 'bad', 'reading', 'Reading')", "no descriptor set: ")
}
