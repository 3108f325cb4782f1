package jobs

import (
	"context"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/service/jobs/document"
	"telltale/service/jobs/plan"
)

// Documents reaches what lies in S3: documents of jobs, and the files these name.
type Documents interface {
	// Fetch reads an object for the caller in ctx.
	Fetch(ctx context.Context, bucket, key string) ([]byte, error)
	// Presign makes a URL with which anybody can read an object for some time, signed with a role of the account.
	Presign(ctx context.Context, scope caller.Scope, roleARN, bucket, key string, expires time.Duration) (string, error)
}

// documentMost is how many characters a document may have, also one from S3. (aws: general/iot_device_management#job-limits)
const documentMost = 32768

// fetchDocument reads the document of a job from S3.
func (s *Jobs) fetchDocument(ctx context.Context, source string) (string, error) {
	at, err := document.ReadPlace(source)
	if err != nil {
		return "", invalid("The documentSource %s.", err)
	}
	if s.needs.Documents == nil {
		return "", invalid("The documentSource %s cannot be read: no S3 endpoint is configured. Give the job document itself as document.", source)
	}
	text, err := s.needs.Documents.Fetch(ctx, at.Bucket, at.Key)
	switch {
	case err != nil && fault.KindOf(err) == fault.Internal:
		return "", fault.Wrap("jobs.document", fault.Unavailable, err)
	case err != nil:
		return "", invalid("The documentSource %s cannot be read: %s", source, wording(err))
	}
	return string(text), nil
}

// checkDocument refuses a document that no device could be given.
func (s *Jobs) checkDocument(text string, sign *plan.Presign) error {
	if n := utf8.RuneCountInString(text); n > documentMost {
		return invalid("The job document has %d characters; allowed are %d.", n, documentMost)
	}
	if !json.Valid([]byte(text)) {
		return invalid("The job document is not valid JSON: %v.", json.Unmarshal([]byte(text), new(any)))
	}
	if found := document.Artifact(text); found != "" {
		return invalid("The job document contains %s, but this server has no software package catalogue.", found)
	}
	for link, err := range document.Links(text) {
		switch {
		case err != nil:
			return invalid("The job document contains %s, in which %s.", link, err)
		case s.needs.Documents == nil:
			return invalid("The job document contains %s, but URLs cannot be presigned: no S3 endpoint is configured.", link)
		case sign == nil || sign.Role == "":
			return invalid("The job document contains %s, so presignedUrlConfig must give a roleArn to sign the URL with.", link)
		}
	}
	return nil
}

// resolve is a job's document as a device gets it: with URLs that are good from now on for the time that the job allows.
func (s *Jobs) resolve(ctx context.Context, j *job, text string) (string, error) {
	if !strings.Contains(text, "${aws:iot:s3-presigned-url") {
		return text, nil
	}
	if s.needs.Documents == nil || j.Presign == nil {
		return "", fault.New("jobs.document", fault.Unavailable, "The URLs in the job document cannot be presigned: no S3 endpoint is configured.")
	}
	expires := time.Duration(j.Presign.Expires) * time.Second
	resolved, err := document.Sign(text, func(at document.Place) (string, error) {
		return s.needs.Documents.Presign(ctx, j.Scope, j.Presign.Role, at.Bucket, at.Key, expires)
	})
	return resolved, fault.Wrap("jobs.document", fault.Unavailable, err)
}
