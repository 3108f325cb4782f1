//go:build !race

package conform

import (
	"testing"
	"time"

	"github.com/256dpi/gomqtt/spec"
)

// The specification test of gomqtt, an independent suite for brokers of MQTT 3.1.1, as a whole: QoS 0 to 2, retained messages, stored
// packets and subscriptions, offline subscriptions, client ids, keep-alive, wills. It brings its own clients. [MQTT311-7.0.0-2]
//
// Its authentication test is left out: the plain listener knows no passwords. The waits are those it gives a broker to be done with what
// it cannot see. Its clients have data races of their own, so that it runs without the race detector, in make conform.
func TestGomqttSpecification(t *testing.T) {
	t.Run(standard, func(t *testing.T) {
		t.Parallel()
		spec.Run(t, &spec.Config{
			URL:              "tcp://" + serve(t, standard).mqtt,
			RetainedMessages: true, StoredPackets: true, StoredSubscriptions: true, OfflineSubscriptions: true, UniqueClientIDs: true, RootSlashDistinction: true,
			ProcessWait: 100 * time.Millisecond, MessageRetainWait: 300 * time.Millisecond, NoMessageWait: 100 * time.Millisecond,
		})
	})
}
