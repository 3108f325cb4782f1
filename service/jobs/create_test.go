package jobs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"telltale/lang/shape/iot"
)

func TestCreateJob(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "b", "c")
		w.group("below", "g", "d")
		w.things("a")
		in := order("j1", thing("a"), group("g"), thing("c"))
		in.Description, in.NamespaceId, in.Tags = "first", "ns", []iot.Tag{{Key: "k", Value: "v"}}
		out := ok(t, home, w.CreateJob, in)
		if want := (iot.CreateJobOutput{JobArn: "arn:aws:iot:eu-central-1:123456789012:job/j1", JobId: "j1", Description: "first"}); *out != want {
			t.Errorf("got %+v, want %+v", *out, want)
		}
		w.stands("j1", "IN_PROGRESS a#1:QUEUED b#1:QUEUED c#1:QUEUED d#1:QUEUED")
		j := w.describe("j1")
		if j.TargetSelection != "SNAPSHOT" || j.NamespaceId != "ns" || len(j.Targets) != 3 || *j.JobProcessDetails.NumberOfQueuedThings != 4 || *j.IsConcurrent ||
			!j.CreatedAt.Equal(time.Unix(epoch, 0)) || !j.CompletedAt.IsZero() {
			t.Errorf("got %+v, %+v", j, j.JobProcessDetails)
		}
		if doc := ok(t, home, w.GetJobDocument, &iot.GetJobDocumentInput{JobId: "j1"}).Document; doc != `{"do":"j1"}` {
			t.Errorf("got the document %s", doc)
		}
		tags := ok(t, home, w.reg.ListTagsForResource, &iot.ListTagsForResourceInput{ResourceArn: out.JobArn}).Tags
		if len(tags) != 1 || tags[0] != (iot.Tag{Key: "k", Value: "v"}) {
			t.Errorf("got the tags %v", tags)
		}
		deny(t, w.CreateJob, order("j1", thing("a")), exists, "The job j1 already exists")
		deny(t, w.DescribeJob, &iot.DescribeJobInput{JobId: "j2"}, notFound, "The job j2 does not exist in account 123456789012, region eu-central-1")
		deny(t, w.GetJobDocument, &iot.GetJobDocumentInput{JobId: "j2"}, notFound)
		refused(t, stranger, w.DescribeJob, &iot.DescribeJobInput{JobId: "j1"}, notFound, "The job j1 does not exist in account 999999999999, region eu-central-1.")
	})
}

func TestRefusedJobs(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a")
		f := func(edit func(in *iot.CreateJobInput), code string, parts ...string) {
			t.Helper()
			deny(t, w.CreateJob, with(order("j", thing("a")), edit), code, parts...)
		}
		targets := func(list ...string) func(in *iot.CreateJobInput) {
			return func(in *iot.CreateJobInput) { in.Targets = list }
		}
		f(targets(), badRequest, "has no targets")
		f(targets("a"), badRequest, `"a" is not the ARN of a thing or a thing group`)
		f(targets("arn:aws:iot:eu-central-1:123456789012:policy/p"), badRequest, "is not the ARN of a thing")
		f(targets("arn:aws:iot:us-east-1:123456789012:thing/a"), notFound, "us-east-1")
		f(targets(thing("a"), thing("x")), notFound, "The thing x does not exist")
		f(targets(group("x")), notFound, "The thing group x does not exist")
		many := make([]string, 101)
		for i := range many {
			w.things(fmt.Sprint("many", i))
			many[i] = thing(fmt.Sprint("many", i))
		}
		f(targets(many...), overMost, "would have 101 targets; allowed are 100")

		f(func(in *iot.CreateJobInput) { in.Document = "" }, badRequest, "Give one of documentSource, document, jobTemplateArn")
		f(func(in *iot.CreateJobInput) {
			in.JobTemplateArn = "arn:aws:iot:eu-central-1::jobtemplate/AWS-Reboot:1.0"
		}, badRequest, "Give only one of document, jobTemplateArn")
		f(func(in *iot.CreateJobInput) { in.Document = "{" }, badRequest, "not valid JSON")
		f(func(in *iot.CreateJobInput) { in.Document = `"` + strings.Repeat("ä", 32767) + `"` }, badRequest, "has 32769 characters; allowed are 32768")
		f(func(in *iot.CreateJobInput) { in.DocumentParameters = map[string]string{"k": "v"} }, badRequest, "documentParameters are not allowed")
		f(func(in *iot.CreateJobInput) { in.DestinationPackageVersions = []string{"arn:x"} }, badRequest, "no software package catalogue")
		f(func(in *iot.CreateJobInput) {
			in.Document = `"${aws:iot:package:p:version:v:artifact:s3-presigned-url}"`
		}, badRequest, "no software package catalogue")
		f(func(in *iot.CreateJobInput) { in.Document, in.DocumentSource = "", "https://s3.amazonaws.com/b/k" }, badRequest, "no S3 endpoint is configured")
		f(func(in *iot.CreateJobInput) { in.Document, in.DocumentSource = "", "http://s3.amazonaws.com/b/k" }, badRequest, "is not the URL of an object in S3")
		f(func(in *iot.CreateJobInput) {
			in.Document = `"${aws:iot:s3-presigned-url:https://s3.amazonaws.com/b/k}"`
		}, badRequest, "no S3 endpoint is configured")
		f(func(in *iot.CreateJobInput) { in.Document = `"${aws:iot:s3-presigned-url:nowhere}"` }, badRequest, `"nowhere" is not the URL of an object in S3`)
		f(func(in *iot.CreateJobInput) { in.Tags = []iot.Tag{{Key: "aws:x"}} }, badRequest, "reserved")
		if n := len(ok(t, home, w.ListJobs, &iot.ListJobsInput{}).Jobs); n != 0 {
			t.Errorf("%d jobs were made", n)
		}
		w.create(order("full", many[:100]...))
	})
}

func TestRefusedSettings(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.things("a")
		f := func(edit func(in *iot.CreateJobInput), parts ...string) {
			t.Helper()
			deny(t, w.CreateJob, with(continuous("j", thing("a")), edit), badRequest, parts...)
		}
		constant := func(n int32) func(in *iot.CreateJobInput) {
			return func(in *iot.CreateJobInput) {
				in.JobExecutionsRolloutConfig = &iot.JobExecutionsRolloutConfig{MaximumPerMinute: &n}
			}
		}
		f(constant(0), "maximumPerMinute 0 is not allowed: it must be 1 to 1000")
		f(constant(1001), "maximumPerMinute 1001 is not allowed")
		f(func(in *iot.CreateJobInput) { in.JobExecutionsRolloutConfig = &iot.JobExecutionsRolloutConfig{} }, "maximumPerMinute or exponentialRate")
		growing := func(base int32, factor float64, notified, succeeded int64) func(in *iot.CreateJobInput) {
			return func(in *iot.CreateJobInput) {
				in.JobExecutionsRolloutConfig = exponential(base, factor, notified, succeeded)
			}
		}
		f(growing(0, 2, 1, 0), "baseRatePerMinute 0 is not allowed")
		f(growing(1001, 2, 1, 0), "baseRatePerMinute 1001 is not allowed")
		f(growing(50, 1, 1, 0), "incrementFactor 1 is not allowed")
		f(growing(50, 5.1, 1, 0), "incrementFactor 5.1 is not allowed")
		f(growing(50, 1.25, 1, 0), "incrementFactor 1.25 is not allowed")
		f(growing(50, 2, 0, 0), "either numberOfNotifiedThings or numberOfSucceededThings")
		f(growing(50, 2, 1, 1), "either numberOfNotifiedThings or numberOfSucceededThings")
		f(growing(50, 2, -1, 0), "numberOfNotifiedThings -1 is not allowed")
		abort := func(percent float64, least int32) func(in *iot.CreateJobInput) {
			return func(in *iot.CreateJobInput) { in.AbortConfig = aborting("ALL", percent, least) }
		}
		f(abort(0, 1), "thresholdPercentage 0 is not allowed")
		f(abort(100.5, 1), "thresholdPercentage 100.5 is not allowed")
		f(abort(1.234, 1), "thresholdPercentage 1.234 is not allowed")
		f(abort(1, 0), "minNumberOfExecutedThings 0 is not allowed")
		timeout := func(n int64) func(in *iot.CreateJobInput) {
			return func(in *iot.CreateJobInput) { in.TimeoutConfig = &iot.TimeoutConfig{InProgressTimeoutInMinutes: &n} }
		}
		f(timeout(0), "inProgressTimeoutInMinutes 0 is not allowed")
		f(timeout(10081), "inProgressTimeoutInMinutes 10081 is not allowed")
		retry := func(list ...iot.RetryCriteria) func(in *iot.CreateJobInput) {
			return func(in *iot.CreateJobInput) {
				in.JobExecutionsRetryConfig = &iot.JobExecutionsRetryConfig{CriteriaList: list}
			}
		}
		f(retry(), "has no criteria")
		f(retry(iot.RetryCriteria{FailureType: "FAILED", NumberOfRetries: 11}), "allow 11 retries in all; allowed are 10")
		f(retry(iot.RetryCriteria{FailureType: "FAILED", NumberOfRetries: 6}, iot.RetryCriteria{FailureType: "TIMED_OUT", NumberOfRetries: 5}), "allow 11 retries")
		f(retry(iot.RetryCriteria{FailureType: "FAILED", NumberOfRetries: 1}, iot.RetryCriteria{FailureType: "ALL", NumberOfRetries: 1}), "exclude each other")
		f(func(in *iot.CreateJobInput) { in.PresignedUrlConfig = &iot.PresignedUrlConfig{} }, "has no roleArn")
		seconds := int64(59)
		f(func(in *iot.CreateJobInput) {
			in.PresignedUrlConfig = &iot.PresignedUrlConfig{RoleArn: "r", ExpiresInSec: &seconds}
		}, "expiresInSec 59 is not allowed")
	})
}

func TestRefusedSchedules(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) { // it is 2000-01-01 00:00
		w.things("a")
		f := func(x iot.SchedulingConfig, parts ...string) {
			t.Helper()
			deny(t, w.CreateJob, with(continuous("j", thing("a")), func(in *iot.CreateJobInput) { in.SchedulingConfig = &x }), badRequest, parts...)
		}
		f(iot.SchedulingConfig{StartTime: "soon"}, `"soon" is not a time`)
		f(iot.SchedulingConfig{StartTime: "2000-01-01T00:29"}, "startTime 2000-01-01T00:29 is not allowed: it must be at least 30 minutes and at most 1 year")
		f(iot.SchedulingConfig{StartTime: "2001-01-01T00:01"}, "startTime 2001-01-01T00:01 is not allowed")
		f(iot.SchedulingConfig{EndTime: "2000-01-01T00:29"}, "endTime 2000-01-01T00:29 is not allowed")
		f(iot.SchedulingConfig{EndTime: "2002-01-01T00:01"}, "endTime 2002-01-01T00:01 is not allowed: it must be at least 30 minutes and at most 2 year")
		f(iot.SchedulingConfig{StartTime: "2000-01-02T00:00", EndTime: "2000-01-02T00:29"}, "at least 30 minutes and at most 2 years after the startTime")
		f(iot.SchedulingConfig{EndBehavior: "CANCEL"}, "needs an endTime")
		f(iot.SchedulingConfig{MaintenanceWindows: []iot.MaintenanceWindow{{StartTime: "0 1 * * ? *", DurationInMinutes: 1431}}}, "lasts 1431 minutes")
		f(iot.SchedulingConfig{MaintenanceWindows: []iot.MaintenanceWindow{{StartTime: "0 1 * * * *", DurationInMinutes: 1}}}, "must have ?")
		in := order("j", thing("a"))
		in.SchedulingConfig = &iot.SchedulingConfig{MaintenanceWindows: []iot.MaintenanceWindow{{StartTime: "0 1 * * ? *", DurationInMinutes: 1}}}
		deny(t, w.CreateJob, in, badRequest, "only a CONTINUOUS job can have them")
		for i, x := range []iot.SchedulingConfig{
			{StartTime: "2000-01-01T00:30"}, {StartTime: "2000-12-31 23:59", EndTime: "2001-12-31T00:00:00Z", EndBehavior: "FORCE_CANCEL"}, {EndTime: "2000-01-01T02:00+01:00"},
		} {
			w.create(with(continuous(fmt.Sprint("fine", i), thing("a")), func(in *iot.CreateJobInput) { in.SchedulingConfig = &x }))
		}
		if x := w.describe("fine1").SchedulingConfig; x.StartTime != "2000-12-31T23:59:00Z" || x.EndTime != "2001-12-31T00:00:00Z" || x.EndBehavior != "FORCE_CANCEL" {
			t.Errorf("got %+v", x)
		}
		if x := w.describe("fine2").SchedulingConfig; x.EndTime != "2000-01-01T01:00:00Z" || x.EndBehavior != "STOP_ROLLOUT" {
			t.Errorf("got %+v", x)
		}
	})
}

func TestDescribedSettings(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.things("a")
		in := continuous("j", thing("a"))
		minutes, seconds := int64(7), int64(60)
		in.JobExecutionsRolloutConfig = exponential(50, 1.5, 0, 10)
		in.AbortConfig = aborting("FAILED", 12.34, 5)
		in.TimeoutConfig = &iot.TimeoutConfig{InProgressTimeoutInMinutes: &minutes}
		in.JobExecutionsRetryConfig = &iot.JobExecutionsRetryConfig{CriteriaList: []iot.RetryCriteria{{FailureType: "ALL", NumberOfRetries: 3}}}
		in.PresignedUrlConfig = &iot.PresignedUrlConfig{RoleArn: "arn:aws:iam::123456789012:role/r", ExpiresInSec: &seconds}
		w.create(in)
		j := w.describe("j")
		if x := j.JobExecutionsRolloutConfig; *x.MaximumPerMinute != 1000 || x.ExponentialRate.BaseRatePerMinute != 50 || x.ExponentialRate.IncrementFactor != 1.5 ||
			*x.ExponentialRate.RateIncreaseCriteria.NumberOfSucceededThings != 10 || x.ExponentialRate.RateIncreaseCriteria.NumberOfNotifiedThings != nil {
			t.Errorf("rollout: got %+v", x)
		}
		if x := j.AbortConfig.CriteriaList; len(x) != 1 || x[0] != in.AbortConfig.CriteriaList[0] {
			t.Errorf("abort: got %+v", x)
		}
		if x := j.JobExecutionsRetryConfig.CriteriaList; len(x) != 1 || x[0] != in.JobExecutionsRetryConfig.CriteriaList[0] {
			t.Errorf("retry: got %+v", x)
		}
		if *j.TimeoutConfig.InProgressTimeoutInMinutes != 7 || *j.PresignedUrlConfig.ExpiresInSec != 60 || j.PresignedUrlConfig.RoleArn != in.PresignedUrlConfig.RoleArn {
			t.Errorf("got %+v, %+v", j.TimeoutConfig, j.PresignedUrlConfig)
		}

		minutes = 9
		ok(t, home, w.UpdateJob, &iot.UpdateJobInput{JobId: "j", Description: "new", TimeoutConfig: in.TimeoutConfig, AbortConfig: aborting("ALL", 1, 2)})
		if j = w.describe("j"); j.Description != "new" || *j.TimeoutConfig.InProgressTimeoutInMinutes != 9 || j.AbortConfig.CriteriaList[0].FailureType != "ALL" ||
			j.JobExecutionsRolloutConfig.ExponentialRate == nil {
			t.Errorf("after the update: got %+v", j)
		}
		minutes = 0
		deny(t, w.UpdateJob, &iot.UpdateJobInput{JobId: "j", TimeoutConfig: in.TimeoutConfig}, badRequest, "inProgressTimeoutInMinutes 0")
		deny(t, w.UpdateJob, &iot.UpdateJobInput{JobId: "x"}, notFound)
		deny(t, w.UpdateJob, &iot.UpdateJobInput{JobId: "j", NamespaceId: "other"}, notFound, "in the namespace other")
		ok(t, home, w.CancelJob, &iot.CancelJobInput{JobId: "j"})
		deny(t, w.UpdateJob, &iot.UpdateJobInput{JobId: "j"}, badRequest, "its status is CANCELED")
	})
}

func exponential(base int32, factor float64, notified, succeeded int64) *iot.JobExecutionsRolloutConfig {
	criteria := &iot.RateIncreaseCriteria{}
	if notified != 0 {
		criteria.NumberOfNotifiedThings = number(notified)
	}
	if succeeded != 0 {
		criteria.NumberOfSucceededThings = number(succeeded)
	}
	return &iot.JobExecutionsRolloutConfig{ExponentialRate: &iot.ExponentialRolloutRate{BaseRatePerMinute: base, IncrementFactor: factor, RateIncreaseCriteria: criteria}}
}

func aborting(failure string, percent float64, least int32) *iot.AbortConfig {
	return &iot.AbortConfig{CriteriaList: []iot.AbortCriteria{{FailureType: failure, Action: "CANCEL", ThresholdPercentage: percent, MinNumberOfExecutedThings: least}}}
}
