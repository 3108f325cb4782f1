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

// overlap reports whether some service speaks on a topic that the filter matches: on the filter itself where it is a plain topic, or
// anywhere below its fixed levels.
func (m *mounts) overlap(filter string) bool {
	list := m.list.Load()
	if list == nil {
		return false
	}
	fixed := strings.TrimRight(filter[:len(filter)-len(filter[strings.IndexAny(filter+"#", "+#")%(len(filter)+1):])], "/")
	for _, x := range *list {
		if topic.Match(x.filter, fixed, topic.Standard) {
			return true
		}
	}
	return false
}

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
