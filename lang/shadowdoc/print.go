package shadowdoc

import "strconv"

// appendState writes a value as JSON.
func (v *value) appendState(dst []byte) []byte {
	switch v.kind {
	case object:
		dst = append(dst, '{')
		for i := range v.list {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(dst, v.list[i].name...), ':')
			dst = v.list[i].appendState(dst)
		}
		return append(dst, '}')
	case array:
		dst = append(dst, '[')
		for i := range v.list {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = v.list[i].appendState(dst)
		}
		return append(dst, ']')
	}
	return append(dst, v.json...)
}

// appendMetadata writes the times of a value in the value's shape. Removals have none.
func (v *value) appendMetadata(dst []byte) []byte { return v.appendTimes(dst, v.time, false) }

// appendTimes writes the times of a value; if uniform, all of it was set at one time.
func (v *value) appendTimes(dst []byte, time int64, uniform bool) []byte {
	if !uniform {
		time = v.time
	}
	opening, closing := byte('{'), byte('}')
	switch v.kind {
	case object:
	case array:
		opening, closing, uniform = '[', ']', true
	default:
		dst = append(dst, `{"timestamp":`...)
		return append(strconv.AppendInt(dst, time, 10), '}')
	}
	dst = append(dst, opening)
	first := true
	for i := range v.list {
		if v.list[i].kind == null {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if v.kind == object {
			dst = append(append(dst, v.list[i].name...), ':')
		}
		dst = v.list[i].appendTimes(dst, time, uniform)
	}
	return append(dst, closing)
}

// section is one named part of a state.
type section = member

// sections are the parts of a document's state, also those that are absent.
func (d *Document) sections() [2]section {
	return [...]section{{`"desired"`, d.desired}, {`"reported"`, d.reported}}
}

// appendSections writes the sections that are there, each by f, as an object.
func appendSections(dst []byte, sections []section, f func(v *value, dst []byte) []byte) []byte {
	dst = append(dst, '{')
	first := true
	for i := range sections {
		if sections[i].kind == absent {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(append(dst, sections[i].name...), ':')
		dst = f(&sections[i].value, dst)
	}
	return append(dst, '}')
}
