package predicate_test

import (
	"fmt"

	"telltale/lang/predicate"
)

func Example() {
	status := predicate.Path{predicate.Key("response"), predicate.Key("status")}
	e := predicate.And(
		predicate.Contains("GET"),
		predicate.Compare(status, predicate.OpAtLeast, predicate.Value{Kind: predicate.KindNumber, Text: "400"}),
	)
	m, err := e.Compile()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Match([]byte(`{"method":"GET","response":{"status":404}}`)))
	fmt.Println(m.Match([]byte(`{"method":"GET","response":{"status":200}}`)))
	fmt.Printf("%s\n", e.Literals())
	// Output:
	// true
	// false
	// [GET]
}
