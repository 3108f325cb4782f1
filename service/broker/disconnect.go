package broker

import "telltale/lang/mqtt"

// handleDisconnect ends the connection at the client's wish; its will message is dropped unless MQTT 5 asks for it.
// [MQTT-3.14.4-3]
func (c *conn) handleDisconnect(body []byte) error {
	d, err := mqtt.DecodeDisconnect(body, c.version)
	if err == nil {
		err = d.CheckFromClient()
	}
	if err != nil {
		return err
	}
	if d.Reason == mqtt.DisconnectWithWill {
		c.end(clientGoodbyeLWT)
		return nil
	}
	c.end(clientGoodbye)
	return nil
}
