// Package arn reads and writes Amazon Resource Names.
package arn

import (
	"fmt"
	"strings"

	"telltale/base/caller"
)

// Partition is the only partition this program speaks of.
const Partition = "aws"

// ARN is an Amazon Resource Name, arn:partition:service:region:account:resource.
type ARN struct {
	Partition, Service, Region, Account, Resource string
}

// Parse splits s into its six parts.
func Parse(s string) (ARN, error) {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] == "" || parts[5] == "" {
		return ARN{}, fmt.Errorf("%q is not an ARN: want arn:partition:service:region:account:resource", s)
	}
	return ARN{Partition: parts[1], Service: parts[2], Region: parts[3], Account: parts[4], Resource: parts[5]}, nil
}

func (a ARN) String() string {
	return "arn:" + a.Partition + ":" + a.Service + ":" + a.Region + ":" + a.Account + ":" + a.Resource
}

// IoT is the ARN of an IoT resource such as thing/lamp in a scope.
func IoT(s caller.Scope, kind, name string) string {
	return "arn:aws:iot:" + s.Region + ":" + s.Account + ":" + kind + "/" + name
}

// IAM is the ARN of an IAM resource such as role/logging. IAM has no regions.
func IAM(account, resource string) string { return "arn:aws:iam::" + account + ":" + resource }

// LogGroup is the ARN of a log group, without the :* that some operations append.
func LogGroup(s caller.Scope, name string) string {
	return "arn:aws:logs:" + s.Region + ":" + s.Account + ":log-group:" + name
}

// LogStream is the ARN of a log stream.
func LogStream(s caller.Scope, group, stream string) string {
	return LogGroup(s, group) + ":log-stream:" + stream
}

// SplitResource splits the resource part kind/name at its first slash.
func (a ARN) SplitResource() (kind, name string) {
	kind, name, _ = strings.Cut(a.Resource, "/")
	return kind, name
}
