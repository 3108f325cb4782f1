package wire_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	"telltale/lang/wire"
	"telltale/lang/wire/restjson"
)

type greetInput struct {
	Name string `wire:"name,uri,required" is:"Name"`
}

type greetOutput struct {
	Text string `wire:"text"`
}

// A service is described, its operation handled, and a request answered.
func Example() {
	service := &wire.Service{Name: "demo", SigningNames: []string{"demo"}, Protocols: []wire.Protocol{wire.RestJSON},
		ValidationCode: "InvalidRequestException", Shapes: map[string]wire.Shape{"Name": {Range: "1..8"}}}
	greet := wire.NewOp[greetInput, greetOutput](service, "Greet", "GET /greetings/{name}", 200)

	table := wire.NewTable(service).Use(restjson.Codec{})
	wire.Handle(table, greet, func(_ context.Context, in *greetInput) (*greetOutput, error) {
		return &greetOutput{Text: "Hello, " + in.Name}, nil
	})

	for _, path := range []string{"/greetings/Ada", "/greetings/" + strings.Repeat("A", 9)} {
		r := httptest.NewRequest("GET", path, nil)
		m, err := table.Route(r, nil, "demo")
		if err != nil {
			fmt.Println(err)
			continue
		}
		in, err := m.Decode(r, nil)
		var out any
		if err == nil {
			out, err = m.Handler(r.Context(), in)
		}
		response := m.EncodeError("id", err)
		if err == nil {
			response, _ = m.Encode("id", out)
		}
		fmt.Printf("%d %s\n", response.Status, response.Body)
	}
	// Output:
	// 200 {"text":"Hello, Ada"}
	// 400 {"message":"1 validation error detected: Value 'AAAAAAAAA' at 'name' failed to satisfy constraint: Member must have length less than or equal to 8"}
}
