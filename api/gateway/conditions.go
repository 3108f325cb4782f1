package gateway

import (
	"strconv"

	"telltale/lang/shape/iotdata"
)

// conditions are the condition keys of a request, beyond those of its caller: what policies may ask about it.
// (aws: iot/mqtt#mqtt-client-disconnect, iot/direct-messaging)
func conditions(in any) map[string]string {
	switch in := in.(type) {
	case *iotdata.GetConnectionInput:
		return map[string]string{"iot:IncludeSocketInformation": strconv.FormatBool(in.IncludeSocketInformation != nil && *in.IncludeSocketInformation)}
	case *iotdata.SendDirectMessageInput:
		return map[string]string{"iot:Topic": in.Topic}
	}
	return nil
}
