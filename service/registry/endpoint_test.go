package registry

import (
	"testing"

	"telltale/lang/shape/iot"
)

func TestDescribeEndpoint(t *testing.T) {
	f := open(t)
	check := func(endpoint, kind, want string) {
		t.Helper()
		f.cfg.Endpoint = func() string { return endpoint }
		same(t, endpoint+" "+kind, do(f, f.DescribeEndpoint, iot.DescribeEndpointInput{EndpointType: kind}).EndpointAddress, want)
	}
	same(t, "default", do(f, f.DescribeEndpoint, iot.DescribeEndpointInput{}).EndpointAddress, "localhost")
	check("localhost:8883", "iot:Data-ATS", "localhost")
	check("iot.example.com:443", "iot:Data", "iot.example.com")
	check("localhost:18883", "", "localhost:18883")
	check("[::1]:8883", "", "::1")
	check("[::1]:18883", "", "[::1]:18883")
	check("localhost", "", "localhost")
	fails(f, f.DescribeEndpoint, iot.DescribeEndpointInput{EndpointType: "iot:Jobs"}, invalid, "iot:Jobs is not offered")
	fails(f, f.DescribeEndpoint, iot.DescribeEndpointInput{EndpointType: "iot:CredentialProvider"}, invalid, "is not open: start telltale with --credentials")
	f.cfg.CredentialEndpoint = func() string { return "localhost:8444" }
	check("localhost:8883", "iot:CredentialProvider", "localhost:8444")
	fails(f, f.DescribeEndpoint, iot.DescribeEndpointInput{EndpointType: "data"}, invalid, `no endpoint type "data"`)
}
