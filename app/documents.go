package app

import (
	"context"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/service/identity"
	"telltale/service/jobs"
	"telltale/service/rules/connect"
)

// documents reaches the S3 endpoint for jobs, in the name of roles.
type documents struct {
	outside *connect.Outside
	roles   *identity.Directory
	relaxed bool // a role that does not exist is believed
}

// documents are what jobs read from S3; nil if no endpoint is configured.
func (p *program) documents(c *Config) jobs.Documents {
	if p.outside.Endpoints["s3"] == nil {
		return nil
	}
	return &documents{p.outside, p.identity, c.relaxed()}
}

// Fetch reads an object for the caller in ctx.
func (d *documents) Fetch(ctx context.Context, bucket, key string) ([]byte, error) {
	return d.outside.Fetch(ctx, caller.From(ctx).Region, bucket, key)
}

// Presign makes a URL with which anybody can read an object, if the role may read it.
func (d *documents) Presign(ctx context.Context, s caller.Scope, roleARN, bucket, key string, expires time.Duration) (string, error) {
	err := d.roles.RoleAllows(ctx, roleARN, "iot.amazonaws.com", "s3:GetObject", "arn:aws:s3:::"+bucket+"/"+key)
	if err != nil && !(d.relaxed && fault.Is(err, fault.NotFound)) {
		return "", err
	}
	return d.outside.Presign(ctx, s.Region, bucket, key, expires)
}
