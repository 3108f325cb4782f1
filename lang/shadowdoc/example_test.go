package shadowdoc_test

import (
	"fmt"

	"telltale/lang/shadowdoc"
)

func Example() {
	limits := shadowdoc.DefaultLimits()
	doc := &shadowdoc.Document{}
	for i, payload := range []string{
		`{"state":{"desired":{"color":"red","level":5}}}`,
		`{"state":{"reported":{"color":"red","level":3}}}`,
	} {
		update, err := shadowdoc.ParseUpdate([]byte(payload), limits)
		if err != nil {
			fmt.Println(err)
			return
		}
		if doc, err = doc.Apply(&update, int64(100+i), limits); err != nil {
			fmt.Println(err)
			return
		}
	}
	delta, _ := doc.AppendDelta(nil, shadowdoc.Stamp{Version: 2, Time: 101})
	fmt.Println(string(delta))
	_, err := shadowdoc.ParseUpdate([]byte(`{"desired":{}}`), limits)
	fmt.Println(err)
	// Output:
	// {"state":{"level":5},"metadata":{"level":{"timestamp":100}},"version":2,"timestamp":101}
	// Missing required node: state
}
