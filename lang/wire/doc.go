// Package wire decides how AWS API calls look on the wire: which operation a request names, how its input is read and checked, and
// how outputs and errors are written.
//
// Generated shapes (telltale/lang/shape/...) are plain structs with tags; a [Table] holds their operations; the four subpackages
// restjson, awsjson, awsquery and rpccbor are the accents they are spoken in. A caller routes a request to a [Match] and then lets
// the match decode the input, encode the output or encode the error:
//
//	m, err := table.Route(r, body, scope)
//	in, err := m.Decode(r, body)
//	out, err := m.Handler(ctx, in)
//	response, err := m.Encode(requestID, out)   // or m.EncodeError(requestID, err)
//
// Sources: the public API models (facts/*.json), the Smithy protocol specifications awsJson1_0, awsJson1_1, restJson1, awsQuery and
// rpcv2Cbor.
package wire
