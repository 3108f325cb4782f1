package action

import (
	"bytes"
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"telltale/lang/shape/iot"
	"telltale/service/rules/connect"
)

// (aws: iot/s3-rule-action)
var s3Kind = newKind(Kind{
	Key: "s3", Name: "S3Action", Metric: "S3", Endpoint: "s3", Templates: []string{"bucketName", "key"},
	Text: "Writes the result to an object of a bucket.",
}, func(a *iot.Action) *iot.S3Action { return a.S3 }, compileS3)

type s3Action struct {
	remote
	bucket, key value
	acl         types.ObjectCannedACL
}

func compileS3(c *Compiler, p *iot.S3Action) (Action, error) {
	a := &s3Action{acl: types.ObjectCannedACL(p.CannedAcl)}
	var err error
	if a.remote, err = c.remote("s3", p.RoleArn); err != nil {
		return nil, err
	}
	return a, c.parameters(
		parameter{to: &a.bucket, name: "bucketName", text: p.BucketName},
		parameter{to: &a.key, name: "key", text: p.Key})
}

// Render makes the object.
func (a *s3Action) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	bucket, key, format := f.text(a.bucket), f.text(a.key), "application/octet-stream"
	if r.JSON {
		format = "application/json"
	}
	payload := r.Payload
	return f.task(call{
		action: "s3", failed: "Failed to put S3 object",
		resources:  []Resource{{"Bucket", bucket}, {"Key", key}},
		permission: a.may("s3:PutObject", "arn:aws:s3:::"+bucket+"/"+key),
		run: func(ctx context.Context) error {
			_, err := connect.S3(a.endpoint, a.scope.Region).PutObject(ctx,
				&s3.PutObjectInput{Bucket: &bucket, Key: &key, ACL: a.acl, ContentType: &format, Body: bytes.NewReader(payload)})
			return err
		},
	})
}
