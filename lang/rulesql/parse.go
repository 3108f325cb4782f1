package rulesql

// parser reads tokens and makes closures of them.
type parser struct {
	scanner
	version   Version
	tok       token // the next one
	last      int   // end of the one before
	depth     int
	terms     int
	variables []variable
	externals []string
	roles     []string
	warnings  []*Error
}

// term is an expression that was read.
type term struct {
	run        eval
	form       form
	path       []string // of an attribute or member; the one text of a text in quotes
	start, end int      // in the source
}

// form is what an expression looks like, where that matters.
type form uint8

const (
	formOther     form = iota
	formAttribute      // a path that begins in the row
	formMember         // a member of anything else
	formStar
	formObject
	formVariable
	formWhole // a number such as 2.0 that counts as an Int
	formText  // a text in quotes
)

// Parse compiles a statement. The error is an *Error for a mistake in the statement, and another one for an unknown version.
func Parse(sql string, version Version) (*Query, error) {
	version, err := version.check()
	if err != nil {
		return nil, err
	}
	p, fault := newParser(sql, version)
	if fault != nil {
		return nil, fault
	}
	q := &Query{text: sql, version: version}
	if fault := p.statement(q); fault != nil {
		return nil, fault
	}
	q.variables, q.externals, q.roles, q.warnings = p.variables, p.externals, p.roles, p.warnings
	return q, nil
}

func newParser(source string, version Version) (*parser, *Error) {
	if len(source) > MaxStatement {
		return nil, errorAt(source, 0, "the text has %d bytes; allowed are %d", len(source), MaxStatement)
	}
	p := &parser{scanner: scanner{source: source}, version: version}
	return p, p.advance()
}

func (p *parser) advance() *Error {
	p.last = p.tok.end
	t, err := p.scanner.next()
	p.tok = t
	return err
}

// accept takes the keyword or symbol if it is next.
func (p *parser) accept(text string) (bool, *Error) {
	if !p.tok.is(text) {
		return false, nil
	}
	return true, p.advance()
}

func (p *parser) expect(text, where string) *Error {
	if !p.tok.is(text) {
		return p.wanted(text + where)
	}
	return p.advance()
}

func (p *parser) wanted(what string) *Error {
	return errorAt(p.source, p.tok.start, "expected %s, found %v", what, p.tok)
}

// needs refuses what came with a later version.
func (p *parser) needs(since Version, what string, at int) *Error {
	if p.version.has(since) {
		return nil
	}
	return errorAt(p.source, at, "%s needs SQL version %s; this rule has %s", what, since, p.version)
}

func (p *parser) statement(q *Query) *Error {
	if err := p.set(); err != nil {
		return err
	}
	if err := p.selectList(&q.body); err != nil {
		return err
	}
	from, err := p.accept("FROM")
	if err != nil {
		return err
	}
	if from {
		if p.tok.kind != tokenString || p.source[p.tok.start] != '\'' || p.tok.text == "" {
			return p.wanted("a topic filter in single quotes after FROM")
		}
		q.from = p.tok.text
		if err := p.advance(); err != nil {
			return err
		}
	}
	if err := p.where(&q.body); err != nil {
		return err
	}
	if p.tok.kind != tokenEnd {
		switch {
		case q.body.where != nil:
			return p.wanted("an operator or the end of the statement")
		case from:
			return p.wanted("WHERE or the end of the statement")
		}
		return p.wanted("an operator, a comma, AS, FROM or WHERE")
	}
	return nil
}
