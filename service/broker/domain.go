package broker

import (
	"sync"

	"telltale/base/caller"
)

// domain is one account and region: its clients and their subscriptions. Nothing passes from one to another.
type domain struct {
	mu       sync.Mutex
	sessions map[string]*session // by client id
	tree     *tree
}

func (b *Broker) domain(s caller.Scope) *domain {
	if d, ok := b.domains.Load(s); ok {
		return d.(*domain)
	}
	d, _ := b.domains.LoadOrStore(s, &domain{sessions: make(map[string]*session), tree: newTree()})
	return d.(*domain)
}

// session is that of a client, nil if it is not connected.
func (d *domain) session(clientID string) *session {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sessions[clientID]
}

// connsOf lists the connections made with a certificate.
func (d *domain) connsOf(certificate string) (list []*conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.sessions {
		if s.conn.certificate == certificate {
			list = append(list, s.conn)
		}
	}
	return list
}
