package jsontext

// number reads the token of a number, in JSON's grammar: no leading zeros, plus signs or bare points.
func (r *Reader) number(want string) string {
	c := r.peek()
	if r.err != nil || c != '-' && (c < '0' || c > '9') {
		r.fail(want)
		return ""
	}
	start := r.pos
	if c == '-' {
		r.pos++
	}
	ok := true
	if r.at('0') {
		r.pos++
	} else {
		ok = r.digits()
	}
	if ok && r.at('.') {
		r.pos++
		ok = r.digits()
	}
	if ok && (r.at('e') || r.at('E')) {
		r.pos++
		if r.at('+') || r.at('-') {
			r.pos++
		}
		ok = r.digits()
	}
	if !ok {
		r.fail("a digit")
		return ""
	}
	return string(r.text[start:r.pos])
}

func (r *Reader) at(c byte) bool { return r.pos < len(r.text) && r.text[r.pos] == c }

// digits skips digits and reports whether there was one.
func (r *Reader) digits() bool {
	start := r.pos
	for r.pos < len(r.text) && r.text[r.pos] >= '0' && r.text[r.pos] <= '9' {
		r.pos++
	}
	return r.pos > start
}
