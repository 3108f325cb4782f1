package document

import (
	"fmt"
	"net/url"
	"strings"
)

// Place is an object in S3.
type Place struct{ Bucket, Key string }

// ReadPlace reads the https URL of an object in S3, with the bucket in the host or in the path.
func ReadPlace(text string) (Place, error) {
	bad := fmt.Errorf("%q is not the URL of an object in S3; write https://s3.region.amazonaws.com/bucket/key or https://bucket.s3.region.amazonaws.com/key", text)
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return Place{}, bad
	}
	path := strings.TrimPrefix(u.Path, "/")
	labels := strings.Split(u.Hostname(), ".")
	for i, label := range labels {
		if label != "s3" && !strings.HasPrefix(label, "s3-") {
			continue
		}
		p := Place{strings.Join(labels[:i], "."), path}
		if i == 0 {
			p.Bucket, p.Key, _ = strings.Cut(path, "/")
		}
		if p.Bucket == "" || p.Key == "" {
			return Place{}, bad
		}
		return p, nil
	}
	return Place{}, bad
}
