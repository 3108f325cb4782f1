package authorizer

import (
	"encoding/json"
	"strings"
)

// lambdaEvent is what functions are called with. (aws: iot/custom-auth-lambda#custom-auth-lambda-input)
type lambdaEvent struct {
	Token              string         `json:"token,omitempty"`
	SignatureVerified  bool           `json:"signatureVerified"`
	Protocols          []string       `json:"protocols"`
	ProtocolData       protocolData   `json:"protocolData"`
	ConnectionMetadata connectionData `json:"connectionMetadata"`
}

type protocolData struct {
	TLS  *tlsData  `json:"tls,omitempty"`
	HTTP *httpData `json:"http,omitempty"`
	MQTT *mqttData `json:"mqtt,omitempty"`
}

type tlsData struct {
	ServerName string `json:"serverName"`
}

type httpData struct {
	Headers     map[string]string `json:"headers"`
	QueryString string            `json:"queryString"` // with its question mark, unless it is empty
}

type mqttData struct {
	Username string `json:"username,omitempty"` // whole, with the parameters
	Password []byte `json:"password,omitempty"` // base64
	ClientID string `json:"clientId,omitempty"`
}

type connectionData struct {
	ID string `json:"id"`
}

// event tells a function what a client presented.
func (r *Request) event(token string, verified bool) ([]byte, error) {
	e := lambdaEvent{Token: token, SignatureVerified: verified, Protocols: []string{}, ConnectionMetadata: connectionData{r.Connection}}
	if r.TLS || r.ServerName != "" {
		e.Protocols, e.ProtocolData.TLS = append(e.Protocols, "tls"), &tlsData{r.ServerName}
	}
	if r.HTTP != nil {
		data := &httpData{Headers: map[string]string{}}
		for name, values := range r.HTTP.Header {
			data.Headers[name] = strings.Join(values, ", ")
		}
		if r.HTTP.RawQuery != "" {
			data.QueryString = "?" + r.HTTP.RawQuery
		}
		e.Protocols, e.ProtocolData.HTTP = append(e.Protocols, "http"), data
	}
	if r.MQTT != nil {
		e.Protocols, e.ProtocolData.MQTT = append(e.Protocols, "mqtt"), &mqttData{r.MQTT.Username, r.MQTT.Password, r.MQTT.ClientID}
	}
	return json.Marshal(e)
}
