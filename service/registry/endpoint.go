package registry

import (
	"context"
	"net"

	"telltale/base/fault"
	"telltale/lang/shape/iot"
)

// DescribeEndpoint tells where devices connect. Clients that are given a bare host use 8883 or 443, so the port is left out where it
// is one of these. (aws: iot/API_DescribeEndpoint)
func (r *Registry) DescribeEndpoint(_ context.Context, in *iot.DescribeEndpointInput) (*iot.DescribeEndpointOutput, error) {
	const op = "registry.DescribeEndpoint"
	switch in.EndpointType {
	case "", "iot:Data", "iot:Data-ATS":
		address := r.cfg.Endpoint()
		if host, port, err := net.SplitHostPort(address); err == nil && (port == "8883" || port == "443") {
			address = host
		}
		return &iot.DescribeEndpointOutput{EndpointAddress: address}, nil
	case "iot:CredentialProvider", "iot:Jobs", "iot:Data-Beta":
		return nil, fault.New(op, fault.Invalid, "The endpoint %s is not offered; offered are iot:Data-ATS and iot:Data, which are the same here.", in.EndpointType).
			Named(iot.InvalidRequestException)
	}
	return nil, fault.New(op, fault.Invalid, "There is no endpoint type %q; offered are iot:Data-ATS and iot:Data.", in.EndpointType).
		Named(iot.InvalidRequestException)
}
