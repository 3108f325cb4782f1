package wire

// Errors no model declares because any service may answer with them.
const (
	SerializationException = "SerializationException"
	MalformedInput         = "MalformedInput" // its name in query
	UnknownOperation       = "UnknownOperationException"
	InvalidAction          = "InvalidAction" // its name in query
	NotImplemented         = "NotImplementedException"
	RequestEntityTooLarge  = "RequestEntityTooLargeException"
)

// commonErrors are the statuses of errors any service may answer with; most come from the steps before an operation runs.
var commonErrors = map[string]int{
	SerializationException: 400,
	MalformedInput:         400,
	UnknownOperation:       404,
	InvalidAction:          400,
	NotImplemented:         501,
	RequestEntityTooLarge:  413,

	"AccessDenied":                        403,
	"AccessDeniedException":               403,
	"ExpiredToken":                        403,
	"ExpiredTokenException":               403,
	"IncompleteSignature":                 400,
	"IncompleteSignatureException":        400,
	"InternalFailure":                     500,
	"InvalidClientTokenId":                403,
	"InvalidQueryParameter":               400,
	"InvalidSignatureException":           403,
	"MalformedQueryString":                404,
	"MissingAuthenticationToken":          403,
	"MissingAuthenticationTokenException": 403,
	"OptInRequired":                       403,
	"RequestExpired":                      400,
	"ServiceUnavailable":                  503,
	"SignatureDoesNotMatch":               403,
	"Throttling":                          400,
	"ThrottlingException":                 400,
	"UnrecognizedClientException":         403,
	"ValidationError":                     400,
	"ValidationException":                 400,
}

// queryNames are what the query protocol calls common errors that have another name in JSON.
var queryNames = map[string]string{
	"AccessDeniedException":               "AccessDenied",
	"ExpiredTokenException":               "ExpiredToken",
	"IncompleteSignatureException":        "IncompleteSignature",
	"InvalidSignatureException":           "SignatureDoesNotMatch",
	"MissingAuthenticationTokenException": "MissingAuthenticationToken",
	"ThrottlingException":                 "Throttling",
	"UnrecognizedClientException":         "InvalidClientTokenId",
}
