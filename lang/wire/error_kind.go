package wire

import "telltale/base/fault"

// kindErrors are the shapes that fit each kind of fault, the most telling first.
var kindErrors = map[fault.Kind][]string{
	fault.Invalid: {
		"InvalidRequestException", "InvalidParameterException", "ValidationException", "InvalidInputException",
		"InvalidParameterValueException", "BadRequestException",
	},
	fault.NotFound: {
		"ResourceNotFoundException", "NoSuchEntityException", "ResourceNotFound", "NotFoundException", "TrailNotFoundException",
	},
	fault.Exists: {
		"ResourceAlreadyExistsException", "EntityAlreadyExistsException", "TrailAlreadyExistsException", "TaskAlreadyExistsException",
		"ConflictException",
	},
	fault.Conflict: {
		"VersionConflictException", "ConflictException", "DeleteConflictException", "InvalidStateTransitionException",
		"OperationAbortedException", "InvalidOperationException", "ConcurrentModificationException", "InvalidStateException",
	},
	fault.Denied: {
		"AccessDeniedException", "UnauthorizedException", "ForbiddenException", "AuthorizationErrorException",
	},
	fault.Throttled: {"ThrottlingException", "ThrottledException"},
	fault.Limit: {
		"LimitExceededException", "LimitExceededFault", "ServiceQuotaExceededException", "MaximumNumberOfTrailsExceededException",
		"VersionsLimitExceededException",
	},
	fault.Unavailable: {"ServiceUnavailableException", "ServiceFailureException"},
	fault.Internal: {
		"InternalFailureException", "InternalException", "InternalServerException", "InternalServerErrorException",
		"ServiceFailureException", "InternalServiceFault", "InternalErrorException",
	},
	fault.Unimplemented: {},
}

// kindCodes are the names for services that model no error of a kind, and their status.
var kindCodes = map[fault.Kind]struct {
	json, query string // query is empty where it is the same
	status      int
}{
	fault.Internal:      {"InternalFailure", "", 500},
	fault.Invalid:       {"ValidationException", "ValidationError", 400},
	fault.NotFound:      {"ResourceNotFoundException", "NotFound", 404},
	fault.Exists:        {"ResourceAlreadyExistsException", "AlreadyExists", 409},
	fault.Conflict:      {"ConflictException", "Conflict", 409},
	fault.Denied:        {"AccessDeniedException", "AccessDenied", 403},
	fault.Throttled:     {"ThrottlingException", "Throttling", 400},
	fault.Limit:         {"LimitExceededException", "LimitExceeded", 400},
	fault.Unavailable:   {"ServiceUnavailableException", "ServiceUnavailable", 503},
	fault.Unimplemented: {NotImplemented, "", 501},
}

// statusOf is the status of an error that is not modelled.
func statusOf(name string, kind fault.Kind) int {
	if status, ok := commonErrors[name]; ok {
		return status
	}
	return kindCodes[kind].status
}
