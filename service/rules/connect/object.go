package connect

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// MaxObject limits the objects that Fetch reads, in bytes.
const MaxObject = 10 << 20

// S3 is the client of an S3 endpoint. It names the bucket in the path: only AWS, and who has set up names for all buckets, can have it in
// the host.
func S3(e *Endpoint, region string) *s3.Client {
	return Client(e, region, s3.NewFromConfig, func(o *s3.Options) {
		o.UsePathStyle = !strings.HasSuffix(e.URL.Hostname(), ".amazonaws.com")
	})
}

// Fetch reads an object. (aws: iot/binary-payloads#binary-payloads-protobuf)
func (o *Outside) Fetch(ctx context.Context, region, bucket, key string) ([]byte, error) {
	e, err := o.Endpoints.Need("s3")
	if err != nil {
		return nil, err
	}
	out, err := S3(e, region).GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("object %s of bucket %s: %s", key, bucket, Reason(err))
	}
	defer out.Body.Close()
	b, err := io.ReadAll(io.LimitReader(out.Body, MaxObject+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("object %s of bucket %s broke off: %w", key, bucket, err)
	case len(b) > MaxObject:
		return nil, fmt.Errorf("object %s of bucket %s has more than %d bytes", key, bucket, MaxObject)
	}
	return b, nil
}

// Presign makes an URL that lets whoever has it read an object, for a time. It does not ask whether there is such an object.
func (o *Outside) Presign(ctx context.Context, region, bucket, key string, expires time.Duration) (string, error) {
	e, err := o.Endpoints.Need("s3")
	if err != nil {
		return "", err
	}
	r, err := s3.NewPresignClient(S3(e, region)).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key}, s3.WithPresignExpires(expires))
	if err != nil {
		return "", fmt.Errorf("object %s of bucket %s: %w", key, bucket, err)
	}
	return r.URL, nil
}
