package broker

import (
	"sync"
	"sync/atomic"

	"telltale/base/message"
	"telltale/lang/topic"
)

// mounts are the services that answer reserved topics, like handlers of an HTTP server. They are mounted before Run.
type mounts struct {
	mu   sync.Mutex
	list atomic.Pointer[[]mount]
}

type mount struct {
	filter  string
	handler message.Handler
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
