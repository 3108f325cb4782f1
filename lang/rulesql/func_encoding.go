package rulesql

import (
	"encoding/base64"
	"unicode/utf8"
)

// encodingFunctions carry bytes in text. aws: iot/binary-payloads
var encodingFunctions = []function{
	{name: "decode", parameters: "text, scheme[, bucket, key, file, message]", least: 2, most: 6, since: V20160323, run: decode,
		doc: "What a text in base64 stands for: JSON, or else a String; with the scheme proto, a Protobuf message."},
	{name: "encode", parameters: "value, scheme", least: 2, most: 2, since: V20160323, run: encode, raw: true,
		doc: "A value, or * for the whole payload, in base64."},
}

const (
	schemeBase64 = "base64"
	schemeProto  = "proto"
)

func encode(e *Evaluator, args []value) value {
	s, ok := e.texts(args)
	if !ok || s[1] != schemeBase64 {
		return value{}
	}
	return e.textOf(base64.StdEncoding.EncodeToString([]byte(s[0])))
}

// encodedPayload is how JSON holds a payload that is none.
func (e *Evaluator) encodedPayload() value {
	return e.textOf(base64.StdEncoding.EncodeToString(e.payload))
}

// decode answers Null for a text that is not base64, or neither JSON nor UTF-8.
func decode(e *Evaluator, args []value) value {
	s, ok := e.texts(args[:2])
	if !ok || s[1] == schemeBase64 && len(args) != 2 || s[1] == schemeProto && len(args) != 6 || s[1] != schemeBase64 && s[1] != schemeProto {
		return value{}
	}
	data, err := base64.StdEncoding.DecodeString(s[0])
	if err != nil {
		return value{kind: null}
	}
	if s[1] == schemeProto {
		return e.decodeProto(data, args[2:])
	}
	if v, err := e.read(string(data)); err == nil {
		return v
	}
	if !utf8.Valid(data) {
		return value{kind: null}
	}
	return e.textOf(string(data))
}
