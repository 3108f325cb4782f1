package broker

import "telltale/lang/mqtt"

// handleDisconnect ends the connection at the client's wish. Its will message is dropped, unless MQTT 5 gives a reason other than
// zero. [MQTT-3.14.4-3]
func (c *conn) handleDisconnect(body []byte) error {
	d, err := mqtt.DecodeDisconnect(body, c.version)
	if err == nil {
		err = d.CheckFromClient()
	}
	if err != nil {
		return err
	}
	if d.Properties.SessionExpiry.Value > 0 && c.session.expiry == 0 {
		return &mqtt.Error{Code: mqtt.ProtocolError, Text: "DISCONNECT: the Session Expiry Interval is not zero, but was zero in CONNECT"}
	}
	if x := d.Properties.SessionExpiry; x.Present {
		c.session.expiry = c.b.cfg.Limits.sessionExpiry(x.Value)
		c.session.row.Expiry = c.session.expiry
	}
	e := clientGoodbye
	e.quiet = d.Reason == mqtt.Success
	if d.Reason.Failed() {
		e.text = "The client left with the reason " + d.Reason.String()
	}
	c.end(e)
	return nil
}
