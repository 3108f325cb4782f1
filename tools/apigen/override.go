package main

// What no model says, or says in a way that does not suit a server.

// paths replace routes. The topic of a message may hold slashes that a client did not escape.
var paths = map[string]string{
	"iotdata.Publish":            "POST /topics/{topic+}",
	"iotdata.GetRetainedMessage": "GET /retainedMessage/{topic+}",
}

// signingNames are accepted in the credential scope besides the model's own.
var signingNames = map[string][]string{
	"iot":     {"execute-api"},      // SDKs up to 2022
	"iotdata": {"iotdevicegateway"}, // MQTT over WebSocket
}

// eventSources are spelled <signing name>.amazonaws.com but for these.
var eventSources = map[string]string{
	"iotjobsdata": "iotjobsdata.amazonaws.com",
}

// validationCodes name the error of a request that breaks a constraint of the model.
var validationCodes = map[string]string{
	"iot": "InvalidRequestException", "iotdata": "InvalidRequestException", "iotjobsdata": "InvalidRequestException",
	"logs": "InvalidParameterException", "greengrass": "BadRequestException",
	"iam": "ValidationError", "sts": "ValidationError", "sns": "ValidationError", "cloudwatch": "ValidationError",
}

const usualValidationCode = "ValidationException"

// jsonBlobs are blob shapes that always hold JSON, so that a reply made of one says so.
var jsonBlobs = map[string]bool{"JsonDocument": true}

// ownErrors are shapes whose constraints the service checks itself, because it has errors of its own for them.
var ownErrors = map[string][]string{"cloudtrail": {"LookupAttributeKey", "LookupAttributeValue", "MaxResults"}}
