package broker

// intake is the read buffer of a connection. It begins small, because most connections are idle most of the time, grows for large
// packets and for clients that fill it, and shrinks again when little comes for a while.
type intake struct {
	buf   []byte
	have  int // bytes of a packet that has not fully arrived
	limit int // largest packet
	idle  int // reads in a row that would have fit into a much smaller buffer
}

const (
	intakeMin    = 2 << 10
	intakeBatch  = 64 << 10 // no client gets more than this just because it is fast
	intakeShrink = 32       // reads that needed little before the buffer shrinks
)

// room is where the next bytes go; it is never empty as long as mqtt.NextFrame refuses packets over the limit.
func (in *intake) room() []byte {
	if in.buf == nil {
		in.buf = make([]byte, intakeMin)
	}
	return in.buf[in.have:]
}

// take returns all bytes there are, n of them new.
func (in *intake) take(n int) []byte {
	in.have += n
	return in.buf[:in.have]
}

// drop removes the bytes that were used, and fits the buffer to the traffic.
func (in *intake) drop(used int) {
	filled := in.have
	in.have = copy(in.buf, in.buf[used:in.have])
	size := len(in.buf)
	switch {
	case in.have == size && size < in.limit:
		in.resize(min(2*size, in.limit))
	case filled == size && size < intakeBatch:
		in.resize(2 * size)
	case filled > size/4 || size == intakeMin:
		in.idle = 0
	case in.idle < intakeShrink:
		in.idle++
	default:
		in.resize(max(size/4, intakeMin))
	}
}

func (in *intake) resize(size int) {
	grown := make([]byte, size)
	copy(grown, in.buf[:in.have])
	in.buf, in.idle = grown, 0
}
