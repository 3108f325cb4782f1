// Package document reads what a job document leaves open, and fills it in: URLs of files in S3 that are signed for each device, and
// parameters. (aws: iot/create-manage-jobs, iot/job-templates-managed)
package document

import (
	"bytes"
	"encoding/json"
	"iter"
	"regexp"
	"strings"
)

// presigned finds the places of a document that stand for a URL of a file in S3. The second spelling asks for the newer signature,
// which is the only one we have. (aws: iot/create-manage-jobs#create-manage-jobs-presigned-URLs)
var presigned = regexp.MustCompile(`\$\{aws:iot:s3-presigned-url(?:-v2)?:([^}]*)\}`)

// parameter finds the places of a document that stand for a document parameter. (aws: iot/job-templates-managed)
var parameter = regexp.MustCompile(`\$\{aws:iot:parameter:([a-zA-Z0-9_-]{1,128})\}`)

// packaged finds the places that stand for artifacts of the software package catalogue, which is not offered.
var packaged = regexp.MustCompile(`\$\{aws:iot:package:[^}]*\}`)

// Artifact is the first place of a document that stands for an artifact of the software package catalogue, "" if there is none.
func Artifact(text string) string { return packaged.FindString(text) }

// Links are the places of a document that stand for a URL of a file, each with an error if that is not in S3.
func Links(text string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, found := range presigned.FindAllStringSubmatch(text, -1) {
			if _, err := ReadPlace(found[1]); !yield(found[0], err) {
				return
			}
		}
	}
}

// Sign puts URLs into a document, as sign makes them.
func Sign(text string, sign func(Place) (string, error)) (string, error) {
	var failed error
	signed := presigned.ReplaceAllStringFunc(text, func(found string) string {
		at, err := ReadPlace(presigned.FindStringSubmatch(found)[1])
		if err != nil {
			failed = err
			return found
		}
		link, err := sign(at)
		if err != nil {
			failed = err
		}
		return quoted(link)
	})
	return signed, failed
}

// Fill puts the values of parameters into a document; one that has no value becomes empty.
func Fill(text string, values map[string]string) string {
	return parameter.ReplaceAllStringFunc(text, func(found string) string {
		return quoted(values[parameter.FindStringSubmatch(found)[1]])
	})
}

// quoted is text as it stands inside a JSON string.
func quoted(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return ""
	}
	inside := strings.TrimSuffix(b.String(), "\n")
	return inside[1 : len(inside)-1]
}
