package mqtt

// Connect is the first packet of every connection, sent by the client (section 3.1).
type Connect struct {
	Version    Version
	CleanStart bool   // Clean Session in 3.1.1
	KeepAlive  uint16 // seconds; 0 turns the mechanism off
	ClientID   []byte // empty: the server assigns one
	Will       *Will  // nil: no will message
	Username   []byte // text; nil when the flag is not set
	Password   []byte // binary; nil when the flag is not set
	Properties Properties
}

// Will is the message the server publishes when the client is lost.
type Will struct {
	Topic      []byte
	Payload    []byte
	QoS        byte
	Retain     bool
	Properties Properties
}

// Type returns TypeConnect.
func (*Connect) Type() Type { return TypeConnect }

// Connect flags. [MQTT-3.1.2-3]
const (
	flagReserved   = 1 << 0
	flagCleanStart = 1 << 1
	flagWill       = 1 << 2
	flagWillRetain = 1 << 5
	flagPassword   = 1 << 6
	flagUsername   = 1 << 7
)

// DecodeConnect decodes the body of a CONNECT. With an error, the fields read so far are set; Version is the level
// that the client asked for, so that the refusal can be sent in the client's own form (that of 3.1.1 when it is
// below 5), and is 0 when the packet did not get that far.
func DecodeConnect(body []byte) (Connect, error) {
	var c Connect
	r := reader{b: body, packet: TypeConnect}
	c.Version = r.protocol()
	r.v = c.Version
	flags := r.connectFlags()
	c.CleanStart = flags&flagCleanStart != 0
	c.KeepAlive = r.uint16("keep alive")
	r.properties(&c.Properties, TypeConnect)
	c.ClientID = r.text("client identifier")
	if flags&flagWill != 0 {
		c.Will = r.will(flags)
	}
	if flags&flagUsername != 0 {
		c.Username = r.text("user name")
	}
	if flags&flagPassword != 0 {
		c.Password = r.binary("password")
	}
	if err := r.end(); err != nil {
		return c, err
	}
	r.checkConnect(&c)
	return c, r.end()
}

// protocol reads name and level. A refusal names the version that was asked for. [MQTT-3.1.2-1] [MQTT-3.1.2-2]
func (r *reader) protocol() Version {
	name := r.text("protocol name")
	level := Version(r.byte("protocol level"))
	switch {
	case r.err != nil:
		return 0
	case string(name) == "MQIsdp":
		r.fail(UnsupportedVersion, "MQTT-3.1.2-2", "the client speaks MQTT 3.1 (MQIsdp, level %d); only 3.1.1 (level 4) and 5 are supported", level)
	case string(name) != "MQTT":
		r.fail(UnsupportedVersion, "MQTT-3.1.2-1", "the protocol name is %q; it must be \"MQTT\"", name)
	case level != V311 && level != V5:
		r.fail(UnsupportedVersion, "MQTT-3.1.2-2", "the protocol level is %d; only 4 (3.1.1) and 5 are supported", level)
	}
	return level
}

// connectFlags reads the flags and checks that they agree with one another.
func (r *reader) connectFlags() byte {
	flags := r.byte("connect flags")
	qos := flags >> 3 & 3
	switch {
	case flags&flagReserved != 0:
		r.fail(Malformed, "MQTT-3.1.2-3", "the reserved bit 0 of the connect flags is set")
	case qos == 3:
		r.fail(Malformed, r.pick("MQTT-3.1.2-14", "MQTT-3.1.2-12"), "the will QoS is 3; it must be 0, 1 or 2")
	case flags&flagWill == 0 && qos != 0:
		r.fail(Malformed, r.pick("MQTT-3.1.2-13", "MQTT-3.1.2-11"), "the will QoS is %d but the will flag is not set", qos)
	case flags&flagWill == 0 && flags&flagWillRetain != 0:
		r.fail(Malformed, r.pick("MQTT-3.1.2-15", "MQTT-3.1.2-13"), "will retain is set but the will flag is not")
	case r.v == V311 && flags&flagUsername == 0 && flags&flagPassword != 0:
		r.fail(Malformed, "MQTT-3.1.2-22", "the password flag is set but the user name flag is not")
	}
	return flags
}

// will reads the will fields, which must be present when the flag is set. [MQTT-3.1.2-9]
func (r *reader) will(flags byte) *Will {
	w := &Will{QoS: flags >> 3 & 3, Retain: flags&flagWillRetain != 0}
	r.properties(&w.Properties, will)
	w.Topic = r.name("will topic", "MQTT-3.3.2-2")
	if len(w.Topic) == 0 && r.err == nil {
		r.fail(TopicNameInvalid, "MQTT-4.7.3-1", "the will topic is empty; it needs at least one character")
	}
	w.Payload = r.binary("will payload")
	return w
}

// checkConnect checks what involves several fields.
func (r *reader) checkConnect(c *Connect) {
	switch {
	case c.Version == V311 && len(c.ClientID) == 0 && !c.CleanStart:
		r.fail(ClientIDInvalid, "MQTT-3.1.3-8", "the client identifier is empty, which needs a clean session")
	case c.Properties.AuthData != nil && c.Properties.AuthMethod == nil:
		r.fail(ProtocolError, "", "Authentication Data is included without an Authentication Method")
	}
}

// AppendConnect appends a CONNECT to dst, in the layout of 5 if that is its Version, else in that of 3.1.1.
func AppendConnect(dst []byte, c *Connect) []byte {
	w := newWriter(dst, byte(TypeConnect)<<4, c.Version)
	w.dst = append(w.dst, 0, 4, 'M', 'Q', 'T', 'T', byte(c.Version))
	w.byte(c.flags())
	w.uint16(c.KeepAlive)
	w.properties(&c.Properties, TypeConnect)
	w.binary(c.ClientID)
	if c.Will != nil {
		w.properties(&c.Will.Properties, will)
		w.binary(c.Will.Topic)
		w.binary(c.Will.Payload)
	}
	if c.Username != nil {
		w.binary(c.Username)
	}
	if c.Password != nil {
		w.binary(c.Password)
	}
	return w.finish(0)
}

func (c *Connect) flags() byte {
	flags := bit(c.CleanStart, 1) | bit(c.Password != nil, 6) | bit(c.Username != nil, 7)
	if c.Will != nil {
		flags |= flagWill | c.Will.QoS&3<<3 | bit(c.Will.Retain, 5)
	}
	return flags
}
