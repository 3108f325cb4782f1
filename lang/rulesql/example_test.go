package rulesql_test

import (
	"fmt"

	"telltale/lang/rulesql"
)

func Example() {
	q, err := rulesql.Parse("SELECT temp, topic(2) AS device FROM 'sensors/+/t' WHERE temp > 30", rulesql.V20160323)
	if err != nil {
		fmt.Println(err)
		return
	}
	topic, err := q.Template("alarms/${topic(2)}")
	if err != nil {
		fmt.Println(err)
		return
	}
	env := &rulesql.Offline{Msg: rulesql.Message{Topic: "sensors/kiln7/t"}}
	e := rulesql.NewEvaluator()
	for _, payload := range []string{`{"temp":31.5}`, `{"temp":20}`} {
		r, err := e.Eval(q, env, []byte(payload))
		if err != nil {
			fmt.Println(err)
			return
		}
		if !r.Matched {
			fmt.Println("no match")
			continue
		}
		to, err := e.Render(topic)
		fmt.Println(to, string(r.Payload), err)
	}
	// Output:
	// alarms/kiln7 {"temp":31.5,"device":"kiln7"} <nil>
	// no match
}

// A mistake is told with its place and what was expected there.
func ExampleParse_error() {
	_, err := rulesql.Parse("SELECT temp FROM 'sensors/+/t' WHERE temp >", rulesql.V20160323)
	fmt.Println(err)
	// Output: rule SQL, line 1, column 44: expected an expression, found the end
}

// Trace shows each step on the way to a result.
func ExampleEvaluator_Trace() {
	q, err := rulesql.Parse("SELECT temp, upper(clientid()) AS id WHERE temp > limit", rulesql.V20160323)
	if err != nil {
		fmt.Println(err)
		return
	}
	env := &rulesql.Offline{Msg: rulesql.Message{ClientID: "kiln7"}}
	for _, payload := range []string{`{"temp":31.5,"limit":30}`, `{"temp":31.5}`} {
		r, t, err := rulesql.NewEvaluator().Trace(q, env, []byte(payload))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("where", t.Condition, t.Where, r.Matched, t.Reads)
		for _, s := range append(t.Calls, t.Fields...) {
			fmt.Printf("  %s: %s = %s\n", s.Name, s.Source, s.Value)
		}
	}
	// Output:
	// where temp > limit true true [{temp temp 31.5} {limit limit 30}]
	//   clientid: clientid() = "kiln7"
	//   upper: upper(clientid()) = "KILN7"
	//   temp: temp = 31.5
	//   id: upper(clientid()) = "KILN7"
	// where temp > limit Undefined false [{temp temp 31.5} {limit limit Undefined}]
}
