package connect

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// Reason is why a call of the SDK failed, as it is told to customers: "The bucket does not exist (Service: S3; Status Code: 404; Error
// Code: NoSuchBucket; Request ID: 9DF5)". (aws: iot/rule-error-handling)
func Reason(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "There was no answer in the time that an action has"
	}
	service := "?"
	if e, ok := errors.AsType[*smithy.OperationError](err); ok {
		service = e.Service()
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		text := e.ErrorMessage()
		if text == "" {
			text = e.ErrorCode()
		}
		return fmt.Sprintf("%s (Service: %s; Status Code: %d; Error Code: %s; Request ID: %s)", text, service, StatusCode(err), e.ErrorCode(), requestID(err))
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Sprintf("The request could not be made: %v (Service: %s; Endpoint: %s)", e.Err, service, e.URL)
	}
	if code := StatusCode(err); code != 0 {
		return fmt.Sprintf("%s (Service: %s; Status Code: %d; Request ID: %s)", http.StatusText(code), service, code, requestID(err))
	}
	return err.Error()
}

// StatusCode is the HTTP status of the answer that an error of the SDK is about, 0 if there was none.
func StatusCode(err error) int {
	if e, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return e.HTTPStatusCode()
	}
	return 0
}

func requestID(err error) string {
	if e, ok := errors.AsType[*awshttp.ResponseError](err); ok && e.RequestID != "" {
		return e.RequestID
	}
	return "none"
}
