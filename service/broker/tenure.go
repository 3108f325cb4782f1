package broker

import (
	"context"
	"time"

	"telltale/lang/mqtt"
)

// signedLife is how long a connection lasts that was let in by a signature. (aws: general/iot-core#message-broker-limits)
const signedLife = 24 * time.Hour

var (
	signatureExpired = ending{reason: "WEBSOCKET_TTL_EXPIRATION", code: mqtt.MaximumConnectTime, text: "The WebSocket was open for 24 hours, the longest that is allowed", speaks: true}
	grantExpired     = ending{reason: "CUSTOMAUTH_TTL_EXPIRATION", code: mqtt.MaximumConnectTime, text: "The time is over that the custom authorizer allowed", speaks: true}
)

// limitTenure lets a connection last no longer than what let it in allows. A grant is asked for again in time; if it is refused then, the
// connection ends.
func (c *conn) limitTenure() {
	switch {
	case c.grant != nil:
		c.b.serving.Go(c.keepGrant)
	case c.entrant != nil && c.entrant.Signed:
		c.b.serving.Go(func() { c.endAfter(signedLife, signatureExpired) })
	}
}

// endAfter ends a connection that has not ended by itself.
func (c *conn) endAfter(d time.Duration, e ending) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		c.end(e)
	case <-c.ending:
	}
}

// keepGrant renews the grant of a connection until the connection ends.
func (c *conn) keepGrant() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	over := time.NewTimer(c.grant.DisconnectAfter)
	defer over.Stop()
	again := time.NewTimer(c.grant.RefreshAfter)
	defer again.Stop()
	for {
		select {
		case <-c.ending:
			return
		case <-over.C:
			c.end(grantExpired)
			return
		case <-again.C:
			g, err := c.b.needs.Authorizers.Authenticate(ctx, c.origin.Scope, c.credentials)
			if err != nil {
				why := c.b.notAdmitted(err)
				c.recordNotAdmitted(why)
				c.end(ending{reason: "AUTH_ERROR", code: mqtt.NotAuthorized, text: printable("The custom authorizer refused to renew its grant: " + why.Details), speaks: true})
				return
			}
			c.permissions.regrant(g.Policies)
			again.Reset(g.RefreshAfter)
		}
	}
}
