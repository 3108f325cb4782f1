package shadowdoc

import (
	"strconv"
	"unicode/utf8"
)

// Update is a request to change a shadow.
type Update struct {
	Token             string // the client token as JSON, quoted; "" for none
	version           string // of the document it is meant for, "" for any
	desired, reported value  // absent: stays as it is; null: is removed
}

// ParseUpdate reads the payload of an update. It fails with a *Refusal; the Update then holds the client token, if it could be read.
func ParseUpdate(payload []byte, limits Limits) (Update, error) {
	var u Update
	if len(payload) > maxPayload {
		return u, refuse(413, tooLarge)
	}
	request, err := parseObject(string(payload), limits)
	if err != nil {
		return u, err
	}
	if u.Token, err = tokenOf(request, limits); err != nil {
		return u, err
	}
	if u.version, err = versionOf(request); err != nil {
		return u, err
	}
	state := request.get(`"state"`)
	switch {
	case state.kind == absent:
		return u, refuse(400, missingState)
	case state.kind != object:
		return u, refuse(400, stateNoObject)
	case state.size() > limits.StateBytes:
		return u, refuse(413, tooLarge)
	}
	return u, u.setState(state)
}

// setState takes the sections of the request's state.
func (u *Update) setState(state value) error {
	for _, m := range state.list {
		section, wrong := &u.desired, desiredNoObject
		switch m.name {
		case `"desired"`:
		case `"reported"`:
			section, wrong = &u.reported, reportedNoObject
		default:
			return refuse(400, invalidNode)
		}
		if m.kind != object && m.kind != null {
			return refuse(400, "%s", wrong)
		}
		if m.nullInArray(false) {
			return refuse(400, invalidNode)
		}
		*section = m.value
	}
	return nil
}

// ParseToken reads the client token, as JSON, of a request that may carry nothing else. An empty payload has none. It fails with a
// *Refusal.
func ParseToken(payload []byte, limits Limits) (string, error) {
	if len(payload) == 0 {
		return "", nil
	}
	if len(payload) > maxPayload {
		return "", refuse(413, tooLarge)
	}
	request, err := parseObject(string(payload), limits)
	if err != nil {
		return "", err
	}
	return tokenOf(request, limits)
}

// Expect refuses u if it is meant for another version than the document has.
func (u *Update) Expect(version int64) error {
	if u.version == "" || sameNumber(u.version, strconv.FormatInt(version, 10)) {
		return nil
	}
	return refuse(409, conflict)
}

// parseObject reads a request.
func parseObject(in string, limits Limits) (value, error) {
	const above = 3 // the request, its state, a section
	if !utf8.ValidString(in) {
		return value{}, refuse(415, notUTF8)
	}
	v, err := parse(in, above+limits.Levels)
	switch {
	case err == errDeep:
		return value{}, refuse(400, tooDeep, limits.Levels)
	case err != nil, v.kind != object:
		return value{}, refuse(400, invalidJSON)
	}
	return v, nil
}

// get returns a member of an object by its quoted name.
func (v *value) get(name string) value {
	for i := range v.list {
		if v.list[i].name == name {
			return v.list[i].value
		}
	}
	return value{}
}

func tokenOf(request value, limits Limits) (string, error) {
	switch token := request.get(`"clientToken"`); {
	case token.kind == absent, token.kind == null:
		return "", nil
	case token.kind != text, len(unquote(token.json)) > limits.TokenBytes:
		return "", refuse(400, invalidToken)
	default:
		return token.json, nil
	}
}

func versionOf(request value) (string, error) {
	version := request.get(`"version"`)
	switch version.kind {
	case absent, null:
		return "", nil
	case number:
		if d, ok := decimalOf(version.json); ok && !d.negative && d.exponent >= 0 {
			return version.json, nil
		}
	}
	return "", refuse(400, invalidVersion)
}

// nullInArray reports whether there is a null where it cannot mean a removal.
func (v *value) nullInArray(inside bool) bool {
	if v.kind == null {
		return inside
	}
	for i := range v.list {
		if v.list[i].nullInArray(inside || v.kind == array) {
			return true
		}
	}
	return false
}
