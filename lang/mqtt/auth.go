package mqtt

// Auth is one step of an extended authentication, in either direction (section 3.15). It exists only in MQTT 5.
type Auth struct {
	Reason     ReasonCode // Success, ContinueAuthentication or Reauthenticate
	Properties Properties
}

// Type returns TypeAuth.
func (*Auth) Type() Type { return TypeAuth }

// DecodeAuth decodes the body of an AUTH.
func DecodeAuth(body []byte, v Version) (Auth, error) {
	var a Auth
	r := reader{b: body, v: v, packet: TypeAuth}
	if v != V5 {
		r.fail(Malformed, "MQTT-2.2.2-2", "packet type 15 is reserved in MQTT 3.1.1")
	}
	if len(r.b) > 0 {
		a.Reason = r.reason("MQTT-3.15.2-1")
		if len(r.b) > 0 {
			r.properties(&a.Properties, TypeAuth)
		}
	}
	return a, r.end()
}

// AppendAuth appends an AUTH to dst; nothing in a version other than 5.
func AppendAuth(dst []byte, a *Auth, v Version) []byte {
	if v != V5 {
		return dst
	}
	w := newWriter(dst, byte(TypeAuth)<<4, v)
	w.reason(a.Reason, &a.Properties)
	return w.finish(0)
}
