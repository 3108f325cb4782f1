package wire

import "time"

// Writer takes values and appends them to a message.
type Writer interface {
	BeginStruct()
	Field(name string)
	EndStruct()

	BeginList(n int, f Form)
	EndList()

	BeginMap(n int, f Form)
	Key(key string)
	EndMap()

	Text(s string)
	Bool(b bool)
	Int(i int64)
	Float(f float64, bits int)
	Blob(b []byte)
	// Time writes a timestamp: as ISO 8601 if iso is set, in the protocol's own form otherwise.
	Time(t time.Time, iso bool)
}
