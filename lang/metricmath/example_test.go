package metricmath_test

import (
	"fmt"

	"telltale/lang/metricmath"
)

// The share of refused publishes, in percent.
func Example() {
	ok := &metricmath.Series{ID: "ok", Period: 60, Points: []metricmath.Point{{Time: 0, Value: 90}, {Time: 60, Value: 50}}}
	refused := &metricmath.Series{ID: "refused", Period: 60, Points: []metricmath.Point{{Time: 0, Value: 10}}}
	expr, err := metricmath.Parse("100 * refused / (ok + refused)")
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := expr.Eval(&metricmath.Env{Lookup: func(id string) (metricmath.Value, error) {
		if id == "ok" {
			return metricmath.Of(ok), nil
		}
		return metricmath.Of(refused), nil
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Series()[0].Points)
	// Output: [{0 10} {60 0}]
}
