package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
)

const managedReboot = "arn:aws:iot:eu-central-1::jobtemplate/AWS-Reboot:1.0"

func TestTemplates(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.things("a")
		minutesLong := int64(5)
		in := &iot.CreateJobTemplateInput{JobTemplateId: "t", Description: "d", Document: `{"from":"t"}`, TimeoutConfig: &iot.TimeoutConfig{InProgressTimeoutInMinutes: &minutesLong},
			AbortConfig: aborting("ALL", 10, 1), MaintenanceWindows: nightly().MaintenanceWindows, Tags: []iot.Tag{{Key: "k", Value: "v"}}}
		out := ok(t, home, w.CreateJobTemplate, in)
		if out.JobTemplateArn != "arn:aws:iot:eu-central-1:123456789012:jobtemplate/t" || out.JobTemplateId != "t" {
			t.Errorf("got %+v", out)
		}
		x := ok(t, home, w.DescribeJobTemplate, &iot.DescribeJobTemplateInput{JobTemplateId: "t"})
		if x.Document != in.Document || x.Description != "d" || *x.TimeoutConfig.InProgressTimeoutInMinutes != 5 || x.AbortConfig.CriteriaList[0].ThresholdPercentage != 10 ||
			len(x.MaintenanceWindows) != 1 || !x.CreatedAt.Equal(time.Unix(epoch, 0)) || x.JobExecutionsRolloutConfig != nil {
			t.Errorf("got %+v", x)
		}
		if tags := ok(t, home, w.reg.ListTagsForResource, &iot.ListTagsForResourceInput{ResourceArn: out.JobTemplateArn}).Tags; len(tags) != 1 {
			t.Errorf("got the tags %v", tags)
		}
		deny(t, w.CreateJobTemplate, in, iot.ConflictException, "The job template t already exists")

		job := &iot.CreateJobInput{JobId: "j", Targets: []string{thing("a")}, JobTemplateArn: out.JobTemplateArn, TargetSelection: "CONTINUOUS", AbortConfig: aborting("FAILED", 20, 2)}
		w.create(job)
		j := w.describe("j")
		if j.JobTemplateArn != out.JobTemplateArn || *j.TimeoutConfig.InProgressTimeoutInMinutes != 5 || j.AbortConfig.CriteriaList[0].ThresholdPercentage != 20 || j.Status != "SCHEDULED" {
			t.Errorf("got %+v", j)
		}
		if doc := ok(t, home, w.GetJobDocument, &iot.GetJobDocumentInput{JobId: "j"}).Document; doc != in.Document {
			t.Errorf("got the document %s", doc)
		}
		deny(t, w.CreateJob, with(job, func(in *iot.CreateJobInput) {
			in.JobId = "k"
			in.JobTemplateArn = "arn:aws:iot:eu-central-1:123456789012:jobtemplate/x"
		}), notFound, "The job template x")
		deny(t, w.CreateJob, with(job, func(in *iot.CreateJobInput) {
			in.JobId = "k"
			in.JobTemplateArn = "arn:aws:iot:eu-central-1:999999999999:jobtemplate/t"
		}), notFound)
		deny(t, w.CreateJob, with(job, func(in *iot.CreateJobInput) {
			in.JobId = "k"
			in.JobTemplateArn = "arn:aws:iot:us-east-1:123456789012:jobtemplate/t"
		}), badRequest, "region eu-central-1")
		deny(t, w.CreateJob, with(job, func(in *iot.CreateJobInput) { in.JobId = "k"; in.DocumentParameters = map[string]string{"a": "b"} }), badRequest, "only templates managed by AWS")

		copied := &iot.CreateJobTemplateInput{JobTemplateId: "copy", Description: "of j", JobArn: j.JobArn}
		ok(t, home, w.CreateJobTemplate, copied)
		x = ok(t, home, w.DescribeJobTemplate, &iot.DescribeJobTemplateInput{JobTemplateId: "copy"})
		if x.Document != in.Document || x.AbortConfig.CriteriaList[0].ThresholdPercentage != 20 || len(x.MaintenanceWindows) != 1 {
			t.Errorf("got %+v", x)
		}
		deny(t, w.CreateJobTemplate, with(copied, func(in *iot.CreateJobTemplateInput) { in.JobTemplateId = "k"; in.JobArn += "x" }), notFound, "The job jx")
		deny(t, w.CreateJobTemplate, with(copied, func(in *iot.CreateJobTemplateInput) { in.JobTemplateId = "k"; in.JobArn = "j" }), badRequest, "not the ARN of a job")
		deny(t, w.CreateJobTemplate, with(copied, func(in *iot.CreateJobTemplateInput) { in.JobTemplateId = "k"; in.Document = "{}" }), badRequest, "Give only one of")
		deny(t, w.CreateJobTemplate, with(copied, func(in *iot.CreateJobTemplateInput) { in.JobTemplateId = "k"; in.JobArn = "" }), badRequest, "Give one of")
		deny(t, w.CreateJobTemplate, with(copied, func(in *iot.CreateJobTemplateInput) { in.JobTemplateId = "k"; in.Description = "" }), badRequest, "no description")
		deny(t, w.CreateJobTemplate, with(copied, func(in *iot.CreateJobTemplateInput) {
			in.JobTemplateId = "k"
			in.MaintenanceWindows = []iot.MaintenanceWindow{{StartTime: "x", DurationInMinutes: 1}}
		}), badRequest, "has 1 fields")

		page := ok(t, home, w.ListJobTemplates, &iot.ListJobTemplatesInput{MaxResults: number(1)})
		if len(page.JobTemplates) != 1 || page.JobTemplates[0].JobTemplateId != "copy" || page.NextToken == "" {
			t.Errorf("got %+v", page)
		}
		page = ok(t, home, w.ListJobTemplates, &iot.ListJobTemplatesInput{MaxResults: number(1), NextToken: page.NextToken})
		if len(page.JobTemplates) != 1 || page.JobTemplates[0].JobTemplateId != "t" || page.NextToken != "" {
			t.Errorf("got %+v", page)
		}
		ok(t, home, w.DeleteJobTemplate, &iot.DeleteJobTemplateInput{JobTemplateId: "t"})
		deny(t, w.DeleteJobTemplate, &iot.DeleteJobTemplateInput{JobTemplateId: "t"}, notFound)
		deny(t, w.DescribeJobTemplate, &iot.DescribeJobTemplateInput{JobTemplateId: "t"}, notFound)
		for i := range templatesMost - 1 {
			ok(t, home, w.CreateJobTemplate, with(copied, func(in *iot.CreateJobTemplateInput) { in.JobTemplateId = fmt.Sprint("many", i) }))
		}
		deny(t, w.CreateJobTemplate, with(copied, func(in *iot.CreateJobTemplateInput) { in.JobTemplateId = "k" }), overMost, "100 job templates")
	})
}

func TestManagedTemplates(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.things("a")
		var names []string
		for _, m := range ok(t, home, w.ListManagedJobTemplates, &iot.ListManagedJobTemplatesInput{}).ManagedJobTemplates {
			names = append(names, m.TemplateName)
			x := ok(t, home, w.DescribeManagedJobTemplate, &iot.DescribeManagedJobTemplateInput{TemplateName: m.TemplateName, TemplateVersion: m.TemplateVersion})
			if x.TemplateArn != m.TemplateArn || !json.Valid([]byte(x.Document)) || !strings.Contains(x.Document, "${aws:iot:parameter:") {
				t.Errorf("got %+v", x)
			}
			values := map[string]string{}
			for _, p := range x.DocumentParameters {
				if !strings.Contains(x.Document, "${aws:iot:parameter:"+p.Key+"}") {
					t.Errorf("%s: the parameter %s is not in the document", m.TemplateName, p.Key)
				}
				if !*p.Optional {
					values[p.Key] = p.Example
				}
			}
			w.create(&iot.CreateJobInput{JobId: m.TemplateName, Targets: []string{thing("a")}, JobTemplateArn: m.TemplateArn, DocumentParameters: values})
			doc := ok(t, home, w.GetJobDocument, &iot.GetJobDocumentInput{JobId: m.TemplateName}).Document
			if !json.Valid([]byte(doc)) || strings.Contains(doc, "${") {
				t.Errorf("%s gives the document %s", m.TemplateName, doc)
			}
		}
		w.want("names", names, "AWS-Download-File", "AWS-Install-Application", "AWS-Reboot", "AWS-Remove-Application", "AWS-Restart-Application", "AWS-Run-Command",
			"AWS-Start-Application", "AWS-Stop-Application")
		if list := ok(t, home, w.ListManagedJobTemplates, &iot.ListManagedJobTemplatesInput{TemplateName: "AWS-Reboot"}).ManagedJobTemplates; len(list) != 1 || list[0].TemplateArn != managedReboot {
			t.Errorf("got %+v", list)
		}
		deny(t, w.DescribeManagedJobTemplate, &iot.DescribeManagedJobTemplateInput{TemplateName: "AWS-Dance"}, notFound, "AWS-Dance")
		deny(t, w.DescribeManagedJobTemplate, &iot.DescribeManagedJobTemplateInput{TemplateName: "AWS-Reboot", TemplateVersion: "2.0"}, notFound)

		in := &iot.CreateJobInput{JobId: "run", Targets: []string{thing("a")}, JobTemplateArn: "arn:aws:iot:eu-central-1::jobtemplate/AWS-Run-Command:1.0",
			DocumentParameters: map[string]string{"command": `echo,"<hi>\"`}}
		w.create(in)
		doc := ok(t, home, w.GetJobDocument, &iot.GetJobDocumentInput{JobId: "run"}).Document
		if want := `{"version":"1.0","steps":[{"action":{"name":"Run-Command","type":"runCommand","input":{"command":"echo,\"<hi>\\\""},"runAsUser":""}}]}`; doc != want {
			t.Errorf("got %s\nwant %s", doc, want)
		}
		yes := true
		before := ok(t, home, w.GetJobDocument, &iot.GetJobDocumentInput{JobId: "run", BeforeSubstitution: &yes}).Document
		if !strings.Contains(before, "${aws:iot:parameter:command}") {
			t.Errorf("got %s", before)
		}
		if p := w.describe("run").DocumentParameters; len(p) != 1 || p["command"] != in.DocumentParameters["command"] {
			t.Errorf("got %v", p)
		}
		in.JobId = "k"
		in.DocumentParameters = nil
		deny(t, w.CreateJob, in, badRequest, "needs the parameter command")
		in.DocumentParameters = map[string]string{"command": ""}
		deny(t, w.CreateJob, in, badRequest, "does not match")
		in.DocumentParameters = map[string]string{"command": "x", "speed": "1"}
		deny(t, w.CreateJob, in, badRequest, "has no parameter speed; it has command, runAsUser")
	})
}

// bucket is an S3 with some objects in it.
type bucket struct{ objects map[string]string }

func (b *bucket) Fetch(_ context.Context, name, key string) ([]byte, error) {
	text, found := b.objects[name+"/"+key]
	if !found {
		return nil, fault.New("bucket", fault.NotFound, "There is no object %s in %s.", key, name)
	}
	return []byte(text), nil
}

func (b *bucket) Presign(_ context.Context, s caller.Scope, role, name, key string, expires time.Duration) (string, error) {
	return fmt.Sprintf("https://%s/%s?as=%s&for=%v&in=%s", name, key, role[len(role)-4:], expires, s.Region), nil
}

func TestDocumentsInS3(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.things("lamp")
		w.needs.Documents = &bucket{map[string]string{"docs/v1/job.json": `{"get":"${aws:iot:s3-presigned-url:https://s3.eu-central-1.amazonaws.com/files/a/b}"}`, "docs/bad": "{"}}
		in := &iot.CreateJobInput{JobId: "j", Targets: []string{thing("lamp")}, DocumentSource: "https://docs.s3.eu-central-1.amazonaws.com/v1/job.json"}
		deny(t, w.CreateJob, in, badRequest, "presignedUrlConfig must give a roleArn")
		in.PresignedUrlConfig = &iot.PresignedUrlConfig{RoleArn: "arn:aws:iam::123456789012:role/sign"}
		w.create(in)
		if out := ok(t, home, w.DescribeJob, &iot.DescribeJobInput{JobId: "j"}); out.DocumentSource != in.DocumentSource {
			t.Errorf("got %+v", out)
		}
		told := w.published()
		if want := `"jobDocument":{"get":"https://files/a/b?as=sign&for=1h0m0s&in=eu-central-1"}`; len(told) != 2 || !strings.Contains(told[1], want) {
			t.Errorf("the thing is told %q, want %s", told, want)
		}
		if doc := ok(t, home, w.GetJobDocument, &iot.GetJobDocumentInput{JobId: "j"}).Document; !strings.Contains(doc, "${aws:iot:s3-presigned-url:") {
			t.Errorf("operators get the document %s", doc)
		}
		in.JobId, in.DocumentSource = "k", "https://s3.amazonaws.com/docs/bad"
		deny(t, w.CreateJob, in, badRequest, "not valid JSON")
		in.DocumentSource = "https://s3.amazonaws.com/docs/none"
		deny(t, w.CreateJob, in, badRequest, "cannot be read: There is no object none in docs.")
		ok(t, home, w.CreateJobTemplate, &iot.CreateJobTemplateInput{JobTemplateId: "t", Description: "d", DocumentSource: "https://docs.s3.amazonaws.com/v1/job.json", PresignedUrlConfig: in.PresignedUrlConfig})
	})
}
