package sigv4

import (
	"testing"
)

func BenchmarkVerify(b *testing.B) {
	body := []byte(`{"attributePayload":{"attributes":{"room":"kitchen"}},"thingTypeName":"lamp"}`)
	r := signed(b, "POST", "https://iot.eu-west-1.example:8443/things/lamp-0001", string(body), "iot")
	opts := Options{Keys: NewKeyCache(100)}
	b.ReportAllocs()
	for b.Loop() {
		if err := check(r, body, testSecret, moment, opts); err != nil {
			b.Fatal(err)
		}
	}
}
