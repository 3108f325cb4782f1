package broker

import (
	"sync"
	"sync/atomic"

	"telltale/base/caller"
	"telltale/base/message"
	"telltale/lang/topic"
)

// mounts are the services that answer reserved topics, like handlers of an HTTP server. They are mounted before Run.
type mounts struct {
	mu   sync.Mutex
	list atomic.Pointer[[]mount]
	tap  Tap
}

type mount struct {
	filter  string
	handler message.Handler
}

// Tap listens to topics that change while the broker runs, as those of topic rules do. Messages with one receiver, and those that go
// straight to one rule, do not pass by it.
type Tap interface {
	// Generation changes whenever the answers of Listen do.
	Generation() uint64
	// Listen returns who wants the messages of a topic; nil if nobody does. It is asked once for many messages.
	Listen(s caller.Scope, topic string) message.Handler
}

// Tap sets the one who listens beside the subscribers. It is set before Run.
func (b *Broker) Tap(t Tap) { b.mounts.tap = t }

// listen is what the tap answers for a topic.
func (m *mounts) listen(s caller.Scope, name string) message.Handler {
	if m.tap == nil {
		return nil
	}
	return m.tap.Listen(s, name)
}

// generation is that of the tap.
func (m *mounts) generation() uint64 {
	if m.tap == nil {
		return 0
	}
	return m.tap.Generation()
}

// Handle gives the messages of every topic that matches filter to a service, in every account and region.
func (b *Broker) Handle(filter string, h message.Handler) {
	b.mounts.mu.Lock()
	defer b.mounts.mu.Unlock()
	var list []mount
	if old := b.mounts.list.Load(); old != nil {
		list = append(list, *old...)
	}
	list = append(list, mount{filter, h})
	b.mounts.list.Store(&list)
}

// serve reports whether a service answers a topic; a filter counts as a topic where it lies wholly within a service's.
func (m *mounts) serve(name string) bool { return len(m.match(name)) > 0 }

// match lists the services of a topic name.
func (m *mounts) match(name string) (found []message.Handler) {
	list := m.list.Load()
	if list == nil {
		return nil
	}
	for _, x := range *list {
		if topic.Match(x.filter, name, topic.Standard) {
			found = append(found, x.handler)
		}
	}
	return found
}
