package action

import (
	"errors"
	"maps"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// kafkaConnection keeps the client of an action, as long as its properties stay the same. They may change with a secret.
type kafkaConnection struct {
	mu         sync.RWMutex // read-locked while the client is used
	client     *kgo.Client  // nil until it is first needed
	properties map[string]string
	closed     bool
}

var errActionClosed = errors.New("the rule is gone")

// use calls f with a client for the properties, which open makes.
func (k *kafkaConnection) use(properties map[string]string, open func(map[string]string) (*kgo.Client, error), f func(*kgo.Client) error) error {
	for {
		k.mu.RLock()
		if k.closed {
			k.mu.RUnlock()
			return errActionClosed
		}
		if k.client != nil && maps.Equal(k.properties, properties) {
			defer k.mu.RUnlock()
			return f(k.client)
		}
		k.mu.RUnlock()
		if err := k.replace(properties, open); err != nil {
			return err
		}
	}
}

// replace makes a client for other properties. The old one is closed when nobody uses it any more.
func (k *kafkaConnection) replace(properties map[string]string, open func(map[string]string) (*kgo.Client, error)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed || k.client != nil && maps.Equal(k.properties, properties) {
		return nil
	}
	client, err := open(properties)
	if err != nil {
		return err
	}
	if k.client != nil {
		k.client.Close()
	}
	k.client, k.properties = client, properties
	return nil
}

func (k *kafkaConnection) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	if k.client != nil {
		k.client.Close()
		k.client = nil
	}
}
