package mqtt

import (
	"bytes"
	"testing"
)

func benchmarkPublish() *Publish {
	return &Publish{Topic: []byte("device/0042/temperature"), Payload: bytes.Repeat([]byte("x"), 64), QoS: 1, ID: 7}
}

func BenchmarkDecodePublish(b *testing.B) {
	for _, v := range []Version{V311, V5} {
		b.Run(v.String(), func(b *testing.B) {
			frame := AppendPublish(nil, benchmarkPublish(), v)
			var p Publish
			b.ReportAllocs()
			for b.Loop() {
				header, body, _, _ := NextFrame(frame, 0)
				if err := p.Decode(header, body, v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendPublish(b *testing.B) {
	for _, v := range []Version{V311, V5} {
		b.Run(v.String(), func(b *testing.B) {
			p, buf := benchmarkPublish(), make([]byte, 0, 1024)
			b.ReportAllocs()
			for b.Loop() {
				buf = AppendPublish(buf[:0], p, v)
			}
		})
	}
}

func BenchmarkPuback(b *testing.B) {
	buf := make([]byte, 0, 16)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendPuback(buf[:0], &Puback{ID: 7}, V5)
		if _, err := DecodePuback(buf[2:], V5); err != nil {
			b.Fatal(err)
		}
	}
}
