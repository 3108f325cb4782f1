package predicate

import "fmt"

// Extractor reads the values that paths select from JSON messages. Like a Matcher it serves one goroutine at a time.
type Extractor struct {
	selectors node
	scan      scanner
	values    []Extracted
}

// Extracted is the value a path selected: the first one, if there are several.
type Extracted struct {
	Text  string // a string decoded; a number, true or false as written
	Found bool   // false if nothing is there, or null, an object or an array
}

// NewExtractor readies the extraction of the given paths. It fails for the paths that Compile refuses.
func NewExtractor(paths ...Path) (*Extractor, error) {
	if len(paths) > MaxNodes {
		return nil, fmt.Errorf("predicate: more than %d paths", MaxNodes)
	}
	x := &Extractor{values: make([]Extracted, len(paths))}
	for i, p := range paths {
		if err := x.selectors.add(p, i); err != nil {
			return nil, fmt.Errorf("predicate: %w", err)
		}
	}
	return x, nil
}

// Extract returns one value for each path, in the order of NewExtractor; none is found in a message that is not JSON. The slice is
// overwritten by the next call.
func (x *Extractor) Extract(message []byte) []Extracted {
	clear(x.values)
	if !x.scan.run(message, &x.selectors, x) {
		clear(x.values)
	}
	return x.values
}

func (x *Extractor) found(id int, kind valueKind, text []byte) {
	switch kind {
	case valueNull, valueObject, valueArray:
		return
	}
	if v := &x.values[id]; !v.Found {
		*v = Extracted{Text: string(text), Found: true}
	}
}
