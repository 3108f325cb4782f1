package broker

import (
	"net/netip"
	"time"

	"telltale/base/event"
	"telltale/lang/mqtt"
)

// Life is what a connection did until it ended. It is beyond what AWS tells.
type Life struct {
	Connected             time.Duration
	LastPacket            string // from the client
	LastAt                time.Time
	KeepAlive             time.Duration
	BytesIn, MessagesIn   uint64 // after TLS
	BytesOut, MessagesOut uint64
	Rival                 netip.AddrPort // that took the client id over
}

func (l *Life) fields(w *event.Writer) {
	w.Int("connectedForMs", l.Connected.Milliseconds())
	w.OptStr("lastPacket", l.LastPacket)
	w.Str("lastPacketAt", l.LastAt.UTC().Format(timeLayout))
	w.Int("keepAlive", int64(l.KeepAlive/time.Second))
	w.Int("bytesIn", int64(l.BytesIn))
	w.Int("messagesIn", int64(l.MessagesIn))
	w.Int("bytesOut", int64(l.BytesOut))
	w.Int("messagesOut", int64(l.MessagesOut))
	if l.Rival.IsValid() {
		w.Str("rivalIp", l.Rival.Addr().Unmap().WithZone("").String())
		w.Int("rivalPort", int64(l.Rival.Port()))
	}
}

// traffic counts what passed in one direction.
type traffic struct{ bytes, messages uint64 }

// life is that of a connection which ends.
func (c *conn) life(cause *ending) *Life {
	now, out := time.Now(), c.out.traffic()
	return &Life{Connected: now.Sub(c.connected), LastPacket: c.lastPacket.String(), LastAt: c.patience.heard, KeepAlive: c.patience.silence * 2 / 3,
		BytesIn: c.came.bytes, MessagesIn: c.came.messages, BytesOut: out.bytes, MessagesOut: out.messages, Rival: cause.rival}
}

// count counts a packet of the client.
func (c *conn) count(kind mqtt.Type, size int) {
	c.lastPacket = kind
	c.came.bytes += uint64(size)
	if kind == mqtt.TypePublish {
		c.came.messages++
	}
}

// takenOverBy ends a connection because another one has its client id.
func takenOverBy(c *conn) ending {
	e := takenOver
	if peer, err := netip.ParseAddrPort(c.raw.RemoteAddr().String()); err == nil {
		e.rival = peer
	}
	return e
}
