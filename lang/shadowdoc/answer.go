package shadowdoc

import "strconv"

// Stamp is what every answer ends with.
type Stamp struct {
	Version int64  // of the document
	Time    int64  // of the answer, in epoch seconds
	Token   string // the request's client token as JSON, "" for none
}

// TokenText is the client token as text, "" for none.
func (s *Stamp) TokenText() string { return unquote(s.Token) }

// AppendAccepted writes the answer to an accepted update: the state as it was requested.
func (u *Update) AppendAccepted(dst []byte, s Stamp) []byte {
	sections := [...]section{{`"desired"`, u.desired}, {`"reported"`, u.reported}}
	dst = append(dst, `{"state":`...)
	dst = appendSections(dst, sections[:], (*value).appendState)
	for i := range sections {
		if sections[i].kind == null {
			sections[i].value = value{}
		}
	}
	dst = append(dst, `,"metadata":`...)
	dst = appendSections(dst, sections[:], func(v *value, dst []byte) []byte { return v.appendTimes(dst, s.Time, true) })
	return s.append(dst)
}

// AppendState writes the state that u asks for.
func (u *Update) AppendState(dst []byte) []byte {
	return appendSections(dst, []section{{`"desired"`, u.desired}, {`"reported"`, u.reported}}, (*value).appendState)
}

// AppendDocument writes the answer to a get: the whole document and its delta.
func (d *Document) AppendDocument(dst []byte, s Stamp) []byte {
	own := d.sections()
	sections := append(own[:], section{`"delta"`, d.delta()})
	dst = appendBoth(dst, sections)
	return s.append(dst)
}

// AppendDelta writes the message about what of the desired state is not reported. It reports whether there is anything.
func (d *Document) AppendDelta(dst []byte, s Stamp) ([]byte, bool) {
	delta := d.delta()
	if delta.kind == absent {
		return dst, false
	}
	dst = append(dst, `{"state":`...)
	dst = delta.appendState(dst)
	dst = append(dst, `,"metadata":`...)
	dst = delta.appendMetadata(dst)
	return s.append(dst), true
}

// delta is what of the desired state is not reported, absent if there is nothing.
func (d *Document) delta() value {
	if d.desired.kind == absent {
		return value{}
	}
	reported := d.reported
	if reported.kind == absent {
		reported.kind = object
	}
	return difference(d.desired, reported)
}

// AppendDocuments writes the message about a change: the document before and after it. The stamp is the new document's.
func AppendDocuments(dst []byte, before *Document, version int64, after *Document, s Stamp) []byte {
	dst = append(dst, `{"previous":`...)
	dst = before.appendVersion(dst, version)
	dst = append(dst, `,"current":`...)
	dst = after.appendVersion(dst, s.Version)
	dst = append(dst, `,"timestamp":`...)
	dst = strconv.AppendInt(dst, s.Time, 10)
	return s.end(dst)
}

func (d *Document) appendVersion(dst []byte, version int64) []byte {
	sections := d.sections()
	dst = appendBoth(dst, sections[:])
	dst = append(dst, `,"version":`...)
	return append(strconv.AppendInt(dst, version, 10), '}')
}

// appendBoth writes the states and the metadata of sections, and leaves the object open.
func appendBoth(dst []byte, sections []section) []byte {
	dst = append(dst, `{"state":`...)
	dst = appendSections(dst, sections, (*value).appendState)
	dst = append(dst, `,"metadata":`...)
	return appendSections(dst, sections, (*value).appendMetadata)
}

// AppendDeleted writes the answer to an accepted deletion.
func AppendDeleted(dst []byte, s Stamp) []byte {
	dst = append(dst, `{"version":`...)
	dst = strconv.AppendInt(dst, s.Version, 10)
	dst = append(dst, `,"timestamp":`...)
	dst = strconv.AppendInt(dst, s.Time, 10)
	return s.end(dst)
}

// AppendRejected writes the answer to a request that is refused. The stamp's version does not count.
func (r *Refusal) AppendRejected(dst []byte, s Stamp) []byte {
	dst = append(dst, `{"code":`...)
	dst = strconv.AppendInt(dst, int64(r.Code), 10)
	dst = append(dst, `,"message":`...)
	dst = appendQuoted(dst, r.Message)
	dst = append(dst, `,"timestamp":`...)
	dst = strconv.AppendInt(dst, s.Time, 10)
	return s.end(dst)
}

// append writes version, time and token, and closes the object.
func (s *Stamp) append(dst []byte) []byte {
	dst = append(dst, `,"version":`...)
	dst = strconv.AppendInt(dst, s.Version, 10)
	dst = append(dst, `,"timestamp":`...)
	dst = strconv.AppendInt(dst, s.Time, 10)
	return s.end(dst)
}

// end writes the token and closes the object.
func (s *Stamp) end(dst []byte) []byte {
	if s.Token != "" {
		dst = append(append(dst, `,"clientToken":`...), s.Token...)
	}
	return append(dst, '}')
}
