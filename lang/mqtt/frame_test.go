package mqtt

import (
	"bytes"
	"errors"
	"testing"
)

func TestNextFrameNeedsMore(t *testing.T) {
	frame := AppendPublish(nil, &Publish{Topic: []byte("a/b"), Payload: make([]byte, 300)}, V311)
	for n := range frame {
		header, body, used, err := NextFrame(frame[:n], 0)
		if err != ErrNeedMore || header != 0 || body != nil || used != 0 {
			t.Errorf("NextFrame(%d of %d bytes) = %d, %x, %d, %v; want ErrNeedMore", n, len(frame), header, body, used, err)
		}
	}
}

func TestNextFrameSplitsABuffer(t *testing.T) {
	var buf []byte
	buf = AppendPingreq(buf)
	buf = AppendPublish(buf, &Publish{Topic: []byte("t"), Payload: bytes.Repeat([]byte("x"), 200)}, V5)
	buf = AppendPuback(buf, &Puback{ID: 7}, V5)
	buf = append(buf, 0xe0)
	var got []Type
	for {
		header, body, n, err := NextFrame(buf, 1000)
		if err == ErrNeedMore {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if cap(body) != len(body) {
			t.Errorf("%v: the body has room for %d bytes of the next frame", TypeOf(header), cap(body)-len(body))
		}
		got = append(got, TypeOf(header))
		buf = buf[n:]
	}
	want := []Type{TypePingreq, TypePublish, TypePuback}
	if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || len(buf) != 1 {
		t.Errorf("got %v and %d bytes left, want %v and 1", got, len(buf), want)
	}
}

// The size is known, and refused, before the body has arrived.
func TestNextFrameTooLarge(t *testing.T) {
	f := func(buf []byte, maxSize int, want ReasonCode) {
		t.Helper()
		_, _, _, err := NextFrame(buf, maxSize)
		var e *Error
		switch {
		case want == 0 && err != ErrNeedMore:
			t.Errorf("NextFrame(%x, %d): got %v, want ErrNeedMore", buf, maxSize, err)
		case want != 0 && (!errors.As(err, &e) || e.Code != want):
			t.Errorf("NextFrame(%x, %d): got %v, want %v", buf, maxSize, err, want)
		}
	}
	f([]byte{0x30, 98}, 99, PacketTooLarge)
	f([]byte{0x30, 98}, 100, 0)
	f([]byte{0x30, 0x80, 0x01}, 130, PacketTooLarge)
	f([]byte{0x30, 0x80, 0x01}, 131, 0)
	f([]byte{0x30, 0xff, 0xff, 0xff, 0x7f}, 0, 0)
	f([]byte{0x30, 0xff, 0xff, 0xff, 0xff}, 0, Malformed)
	f([]byte{0x36}, 0, Malformed)
}

func TestVarint(t *testing.T) {
	f := func(value int, want string) {
		t.Helper()
		b := make([]byte, varintSize(value))
		putVarint(b, value)
		if string(b) != want {
			t.Errorf("putVarint(%d) = %x, want %x", value, b, want)
		}
		if got, used := varint(b); got != value || used != len(b) {
			t.Errorf("varint(%x) = %d, %d; want %d, %d", b, got, used, value, len(b))
		}
	}
	f(0, "\x00")
	f(127, "\x7f")
	f(128, "\x80\x01")
	f(16383, "\xff\x7f")
	f(16384, "\x80\x80\x01")
	f(2097151, "\xff\xff\x7f")
	f(2097152, "\x80\x80\x80\x01")
	f(maxRemaining, "\xff\xff\xff\x7f")
}
