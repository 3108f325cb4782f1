package announce

import (
	"context"

	"telltale/base/message"
)

// HandleMessage hears what Announce has sent; nobody else can publish there, and nothing is answered. It implements message.Handler for
// $aws/events/#: a topic that a service is mounted on is one that clients may subscribe to.
func (*Announcements) HandleMessage(context.Context, *message.Message) {}
