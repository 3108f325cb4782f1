package logseg

import (
	"encoding/binary"
	"fmt"
)

// publishIn is a template like that of a broker's Publish-In entry, with 11 values.
var publishIn = Template{Parts: []Part{
	Lit(`{"timestamp":`), {Slot: SlotTime}, Lit(`,"logLevel":"INFO","traceId":`), {Slot: SlotUUID},
	Lit(`,"accountId":`), {Slot: SlotString}, Lit(`,"status":"Success","eventType":"Publish-In","protocol":`), {Slot: SlotString},
	Lit(`,"topicName":`), {Slot: SlotString}, Lit(`,"clientId":`), {Slot: SlotString}, Lit(`,"principalId":`), {Slot: SlotString},
	Lit(`,"sourceIp":`), {Slot: SlotString}, Lit(`,"sourcePort":`), {Slot: SlotInt}, Lit(`,"qos":`), {Slot: SlotInt},
	Lit(`,"retain":`), {Slot: SlotJSON}, Lit(`,"bytes":`), {Slot: SlotInt}, Lit(`}`),
}}

// brokerEntries are n entries of 10,000 devices and 50,000 topics.
func brokerEntries(tmpl uint32, n int) []Entry {
	entries := make([]Entry, n)
	for i := range entries {
		var id [16]byte
		x := uint64(i)*0x9e3779b97f4a7c15 + 1
		binary.LittleEndian.PutUint64(id[:], x*0xbf58476d1ce4e5b9)
		binary.LittleEndian.PutUint64(id[8:], (x^x>>31)*0x94d049bb133111eb)
		device := x >> 20 % 10000
		entries[i] = Entry{Group: 1, Stream: 1, TS: 1700000000000 + int64(i)/300, Tmpl: tmpl, Vals: []Value{
			UUID(id), Str("123456789012"), Str("MQTT"), Str(fmt.Sprintf("dt/plant-%d/line/%d/telemetry", device%50, x>>33%50000)),
			Str(fmt.Sprintf("device-%05d", device)), Str(fmt.Sprintf("%064x", device*0x9e3779b97f4a7c15)),
			Str(fmt.Sprintf("10.0.%d.%d", device>>8, device&255)), Int(int64(30000 + device)), Int(int64(i & 1)), JSON("false"), Int(int64(x >> 40 & 1023)),
		}}
	}
	return entries
}
