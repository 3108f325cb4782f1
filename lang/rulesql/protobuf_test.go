package rulesql

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// readingSet describes
//
//	message Reading {
//	  string id = 1; double temp = 2; repeated int32 codes = 3; uint64 serial = 4; repeated sint64 steps = 5; Inner inner = 6;
//	  map<string, int64> counts = 7; google.protobuf.Int64Value total = 8;
//	  message Inner { string x = 1; int64 n = 2; }
//	}
func readingSet() []byte {
	field := func(name string, n int32, kind descriptorpb.FieldDescriptorProto_Type, label descriptorpb.FieldDescriptorProto_Label) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{Name: &name, Number: &n, Type: &kind, Label: &label}
	}
	ofType := func(f *descriptorpb.FieldDescriptorProto, name string) *descriptorpb.FieldDescriptorProto {
		f.TypeName = &name
		return f
	}
	optional, repeated := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL, descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	set := &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{{
		Name: proto.String("reading.proto"), Package: proto.String("test"), Syntax: proto.String("proto3"),
		Dependency: []string{"google/protobuf/wrappers.proto"},
		MessageType: []*descriptorpb.DescriptorProto{{
			Name: proto.String("Reading"),
			Field: []*descriptorpb.FieldDescriptorProto{
				field("id", 1, descriptorpb.FieldDescriptorProto_TYPE_STRING, optional),
				field("temp", 2, descriptorpb.FieldDescriptorProto_TYPE_DOUBLE, optional),
				field("codes", 3, descriptorpb.FieldDescriptorProto_TYPE_INT32, repeated),
				field("serial", 4, descriptorpb.FieldDescriptorProto_TYPE_UINT64, optional),
				field("steps", 5, descriptorpb.FieldDescriptorProto_TYPE_SINT64, repeated),
				ofType(field("inner", 6, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, optional), ".test.Reading.Inner"),
				ofType(field("counts", 7, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, repeated), ".test.Reading.CountsEntry"),
				ofType(field("total", 8, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, optional), ".google.protobuf.Int64Value"),
			},
			NestedType: []*descriptorpb.DescriptorProto{{
				Name: proto.String("Inner"),
				Field: []*descriptorpb.FieldDescriptorProto{
					field("x", 1, descriptorpb.FieldDescriptorProto_TYPE_STRING, optional),
					field("n", 2, descriptorpb.FieldDescriptorProto_TYPE_INT64, optional),
				},
			}, {
				Name:    proto.String("CountsEntry"),
				Options: &descriptorpb.MessageOptions{MapEntry: proto.Bool(true)},
				Field: []*descriptorpb.FieldDescriptorProto{
					field("key", 1, descriptorpb.FieldDescriptorProto_TYPE_STRING, optional),
					field("value", 2, descriptorpb.FieldDescriptorProto_TYPE_INT64, optional),
				},
			}},
		}},
	}, protodesc.ToFileDescriptorProto(wrapperspb.File_google_protobuf_wrappers_proto)}}
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
