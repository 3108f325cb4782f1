package sigv4

import (
	"net/http"
	"strings"
)

// rawPath is the path as it is on the wire.
func rawPath(r *http.Request) string {
	path := r.URL.EscapedPath()
	// A server has the bytes that came, even where they are not a correct escaping; a client's RawPath is only a hint.
	if r.RequestURI != "" && r.URL.RawPath != "" {
		path = r.URL.RawPath
	}
	if path == "" {
		return "/"
	}
	return path
}

// pathSpellings lists the ways in which clients write the path before they sign it, the most common first. The path is
// escaped again, although it is escaped already; botocore and the common runtime fold empty and dot segments before that.
// For s3 the path stands as it was sent, or escaped afresh where it was sent with more or less escaping than usual.
func pathSpellings(raw, service string) (first, second string) {
	if service == serviceS3 {
		return raw, escape(unescape(raw), true)
	}
	return escape(raw, true), escape(foldSegments(raw), true)
}

// foldSegments removes the empty and dot segments of a path. Unlike path.Clean it keeps a slash at the end, and unlike RFC 3986
// it joins repeated slashes.
func foldSegments(path string) string {
	if !strings.Contains(path, "//") && !strings.Contains(path, "/.") {
		return path
	}
	var kept []string
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, segment)
		}
	}
	if len(kept) == 0 {
		return "/"
	}
	folded := "/" + strings.Join(kept, "/")
	if strings.HasSuffix(path, "/") {
		folded += "/"
	}
	return folded
}
