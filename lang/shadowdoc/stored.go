package shadowdoc

import (
	"fmt"
	"strconv"
)

// MarshalJSON writes the form in which a document is stored: {"desired":{…},"reported":{…}}, in which everything that is not an object
// stands in a pair with its time: {"color":[1700000000,"red"]}.
func (d *Document) MarshalJSON() ([]byte, error) {
	sections := d.sections()
	dst := make([]byte, 0, 512)
	return appendSections(dst, sections[:], (*value).appendStored), nil
}

func (v *value) appendStored(dst []byte) []byte {
	if v.kind != object {
		dst = append(dst, '[')
		dst = append(strconv.AppendInt(dst, v.time, 10), ',')
		return append(v.appendState(dst), ']')
	}
	dst = append(dst, '{')
	for i := range v.list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(dst, v.list[i].name...), ':')
		dst = v.list[i].appendStored(dst)
	}
	return append(dst, '}')
}

// storedLevels bounds the nesting of a stored document: more than any limits allow.
const storedLevels = 1000

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *Document) UnmarshalJSON(stored []byte) error {
	v, err := parse(string(stored), storedLevels)
	if err != nil {
		return fmt.Errorf("shadow document: %w", err)
	}
	if v.kind != object {
		return fmt.Errorf("shadow document: not an object")
	}
	*d = Document{}
	for _, m := range v.list {
		section := &d.desired
		switch m.name {
		case `"desired"`:
		case `"reported"`:
			section = &d.reported
		default:
			return fmt.Errorf("shadow document: unknown section %s; allowed are desired and reported", m.name)
		}
		if m.kind != object {
			return fmt.Errorf("shadow document: section %s is not an object", m.name)
		}
		if err := m.restore(); err != nil {
			return err
		}
		*section = m.value
	}
	return nil
}

// restore replaces the pairs inside an object by values with times.
func (v *value) restore() error {
	for i := range v.list {
		m := &v.list[i]
		if m.kind == object {
			if err := m.restore(); err != nil {
				return err
			}
			continue
		}
		if m.kind != array || len(m.list) != 2 || m.list[0].kind != number {
			return fmt.Errorf("shadow document: %s is not a pair of time and value", m.name)
		}
		time, err := strconv.ParseInt(m.list[0].json, 10, 64)
		set := m.list[1].value
		if err != nil || set.kind == object || set.kind == null || set.nullInArray(false) {
			return fmt.Errorf("shadow document: %s is not a pair of time and value", m.name)
		}
		set.time = time
		m.value = set
	}
	return nil
}
