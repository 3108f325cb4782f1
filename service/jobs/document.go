package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"telltale/base/caller"
	"telltale/base/fault"
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

// presigned finds the places of a document that stand for a URL of a file in S3. The second spelling asks for the newer signature,
// which is the only one we have. (aws: iot/create-manage-jobs#create-manage-jobs-presigned-URLs)
var presigned = regexp.MustCompile(`\$\{aws:iot:s3-presigned-url(?:-v2)?:([^}]*)\}`)

// parameter finds the places of a document that stand for a document parameter. (aws: iot/job-templates-managed)
var parameter = regexp.MustCompile(`\$\{aws:iot:parameter:([a-zA-Z0-9_-]{1,128})\}`)

// packaged finds the places that stand for artifacts of the software package catalogue, which is not offered.
var packaged = regexp.MustCompile(`\$\{aws:iot:package:[^}]*\}`)

// place is an object in S3.
type place struct{ bucket, key string }

// readPlace reads the https URL of an object in S3, with the bucket in the host or in the path.
func readPlace(text string) (place, error) {
	bad := fmt.Errorf("%q is not the URL of an object in S3; write https://s3.region.amazonaws.com/bucket/key or https://bucket.s3.region.amazonaws.com/key", text)
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return place{}, bad
	}
	path := strings.TrimPrefix(u.Path, "/")
	labels := strings.Split(u.Hostname(), ".")
	for i, label := range labels {
		if label != "s3" && !strings.HasPrefix(label, "s3-") {
			continue
		}
		p := place{strings.Join(labels[:i], "."), path}
		if i == 0 {
			p.bucket, p.key, _ = strings.Cut(path, "/")
		}
		if p.bucket == "" || p.key == "" {
			return place{}, bad
		}
		return p, nil
	}
	return place{}, bad
}

// fetchDocument reads the document of a job from S3.
func (s *Jobs) fetchDocument(ctx context.Context, source string) (string, error) {
	at, err := readPlace(source)
	if err != nil {
		return "", invalid("The documentSource %s.", err)
	}
	if s.needs.Documents == nil {
		return "", invalid("The documentSource %s cannot be read: no S3 endpoint is configured. Give the job document itself as document.", source)
	}
	text, err := s.needs.Documents.Fetch(ctx, at.bucket, at.key)
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
	if found := packaged.FindString(text); found != "" {
		return invalid("The job document contains %s, but this server has no software package catalogue.", found)
	}
	for _, found := range presigned.FindAllStringSubmatch(text, -1) {
		if _, err := readPlace(found[1]); err != nil {
			return invalid("The job document contains %s, in which %s.", found[0], err)
		}
		switch {
		case s.needs.Documents == nil:
			return invalid("The job document contains %s, but URLs cannot be presigned: no S3 endpoint is configured.", found[0])
		case sign == nil || sign.Role == "":
			return invalid("The job document contains %s, so presignedUrlConfig must give a roleArn to sign the URL with.", found[0])
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
	var failed error
	resolved := presigned.ReplaceAllStringFunc(text, func(found string) string {
		at, err := readPlace(presigned.FindStringSubmatch(found)[1])
		if err != nil {
			failed = err
			return found
		}
		link, err := s.needs.Documents.Presign(ctx, j.Scope, j.Presign.Role, at.bucket, at.key, expires)
		if err != nil {
			failed = err
		}
		return inJSON(link)
	})
	return resolved, fault.Wrap("jobs.document", fault.Unavailable, failed)
}

// substitute puts the values of parameters into a document; one that has no value becomes empty.
func substitute(text string, values map[string]string) string {
	return parameter.ReplaceAllStringFunc(text, func(found string) string {
		return inJSON(values[parameter.FindStringSubmatch(found)[1]])
	})
}

// inJSON is text as it stands inside a JSON string.
func inJSON(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return ""
	}
	quoted := strings.TrimSuffix(b.String(), "\n")
	return quoted[1 : len(quoted)-1]
}
