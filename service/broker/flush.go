package broker

// flushTurns is how many times in a row a goroutine that serves one client writes for another: while others keep adding to that
// outbox, a goroutine of its own takes over.
const flushTurns = 4

// flush writes what waits in the outbox, without waiting for the network.
func (c *conn) flush() {
	if c.out.begin() {
		c.write(c.nextChunk(nil))
	}
}

// write writes chunk and what came meanwhile. The caller holds the right to write, and with it gives it up or passes it on.
func (c *conn) write(k *chunk) {
	for turn := 0; k != nil; turn++ {
		if turn == flushTurns {
			go c.writeOn(k, false)
			return
		}
		if _, err := c.nc.Write(k.b); err != nil {
			c.writeFailed()
			return
		}
		if c.raw.clogged() {
			go c.writeOn(k, true)
			return
		}
		k = c.nextChunk(k)
	}
}

// writeOn goes on writing where a flush must not: it waits for the network. It ends when nothing is left, or the connection is
// closed, for which cleanUp waits.
func (c *conn) writeOn(k *chunk, written bool) {
	for ; k != nil; k, written = c.nextChunk(k), false {
		if !written {
			if _, err := c.nc.Write(k.b); err != nil {
				c.writeFailed()
				return
			}
		}
		if err := c.raw.drain(); err != nil {
			c.writeFailed()
			return
		}
	}
}

// nextChunk takes what is to be written next, and tells the drops of a burst that is over.
func (c *conn) nextChunk(written *chunk) *chunk {
	k, lost := c.out.next(written)
	if lost.n > 0 {
		c.recordDropped(lost)
	}
	return k
}

func (c *conn) writeFailed() {
	c.out.fail()
	c.end(connectionLost)
}
