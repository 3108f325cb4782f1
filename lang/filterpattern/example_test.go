package filterpattern_test

import (
	"fmt"

	"telltale/lang/filterpattern"
)

func Example() {
	pattern, err := filterpattern.Parse(`{ $.eventType = "Publish-In" && $.status != "Success" }`)
	if err != nil {
		fmt.Println(err)
		return
	}
	matcher, err := pattern.Expr().Compile()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, message := range []string{
		`{"eventType":"Publish-In","status":"Failure","clientId":"dev1"}`,
		`{"eventType":"Publish-In","status":"Success","clientId":"dev2"}`,
	} {
		fmt.Println(matcher.Match([]byte(message)), pattern.Values([]byte(message)))
	}
	_, err = filterpattern.Parse(`{ $.eventT = }`)
	fmt.Println(err)
	// Output:
	// true [{$.eventType Publish-In} {$.status Failure}]
	// false [{$.eventType Publish-In} {$.status Success}]
	// filter pattern, character 14: expected a value after "=", got "}"
}
