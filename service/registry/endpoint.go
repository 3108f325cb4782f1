package registry

import (
	"context"
	"net"
	"slices"

	"telltale/base/fault"
	"telltale/lang/shape/iot"
)

// DescribeEndpoint tells where devices connect. Clients that are given a bare host use 8883 or 443, so the port is left out where it
// is one of these. (aws: iot/API_DescribeEndpoint)
func (r *Registry) DescribeEndpoint(_ context.Context, in *iot.DescribeEndpointInput) (*iot.DescribeEndpointOutput, error) {
	const op = "registry.DescribeEndpoint"
	switch in.EndpointType {
	case "", "iot:Data", "iot:Data-ATS":
		return &iot.DescribeEndpointOutput{EndpointAddress: bare(r.cfg.Endpoint(), "8883", "443")}, nil
	case "iot:CredentialProvider":
		if address := r.cfg.CredentialEndpoint(); address != "" {
			return &iot.DescribeEndpointOutput{EndpointAddress: bare(address, "443")}, nil
		}
		return nil, fault.New(op, fault.Invalid, "The endpoint iot:CredentialProvider is not open: start telltale with --credentials ADDRESS.").
			Named(iot.InvalidRequestException)
	case "iot:Jobs", "iot:Data-Beta":
		return nil, fault.New(op, fault.Invalid, "The endpoint %s is not offered; offered are iot:Data-ATS and iot:Data, which are the same here, and iot:CredentialProvider.", in.EndpointType).
			Named(iot.InvalidRequestException)
	}
	return nil, fault.New(op, fault.Invalid, "There is no endpoint type %q; offered are iot:Data-ATS, iot:Data and iot:CredentialProvider.", in.EndpointType).
		Named(iot.InvalidRequestException)
}

// bare is an address without a port that clients try by themselves.
func bare(address string, usual ...string) string {
	if host, port, err := net.SplitHostPort(address); err == nil && slices.Contains(usual, port) {
		return host
	}
	return address
}
