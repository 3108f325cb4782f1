package sigv4_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"time"

	"telltale/lang/wire/sigv4"
)

func Example() {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	body := []byte(`{"attributePayload":{}}`)
	r := httptest.NewRequest("POST", "https://iot.example:8443/things/lamp", strings.NewReader(string(body)))
	key := sigv4.Key{ID: "AKIDEXAMPLE", Secret: "secret"}
	if err := sigv4.Sign(r, body, key, "iot", "eu-west-1", now); err != nil {
		fmt.Println(err)
	}

	s, err := sigv4.Parse(r)
	if err != nil || s == nil {
		fmt.Println("unsigned or malformed", err)
		return
	}
	fmt.Println(s.Credential())
	fmt.Println(s.Verify(r, body, "secret", now.Add(time.Minute), sigv4.Options{}))
	fmt.Println(s.Verify(r, []byte("{}"), "secret", now, sigv4.Options{}) != nil)
	// Output:
	// AKIDEXAMPLE/20260102/eu-west-1/iot/aws4_request
	// <nil>
	// true
}
