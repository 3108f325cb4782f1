package connect

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func TestParseEndpoints(t *testing.T) {
	e, err := ParseEndpoints(map[string]string{"s3": "https://AKIA1:se%2Fcret@s3.example:9000/base?region=eu-north-1&x=1", "sqs": "http://127.0.0.1:9324"})
	if err != nil {
		t.Fatal(err)
	}
	key, _ := e["s3"].Credentials().Retrieve(t.Context())
	if c := e["s3"].Config("us-east-1"); *c.BaseEndpoint != "https://s3.example:9000/base?x=1" || c.Region != "eu-north-1" || key.AccessKeyID != "AKIA1" || key.SecretAccessKey != "se/cret" {
		t.Errorf("s3 is %s in %s with %s:%s", *c.BaseEndpoint, c.Region, key.AccessKeyID, key.SecretAccessKey)
	}
	key, _ = e["sqs"].Credentials().Retrieve(t.Context())
	if c := e["sqs"].Config("us-east-1"); *c.BaseEndpoint != "http://127.0.0.1:9324" || c.Region != "us-east-1" || key.AccessKeyID == "" {
		t.Errorf("sqs is %s in %s with %q", *c.BaseEndpoint, c.Region, key.AccessKeyID)
	}
	f := func(name, url, want string) {
		t.Helper()
		if _, err := ParseEndpoints(map[string]string{name: url}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") && name == "s3" {
			t.Errorf("%s=%s: got error %v, want %s", name, url, err, want)
		}
	}
	f("s4", "http://127.0.0.1", `endpoint "s4" is not known; the names are cloudwatch, dynamodb, `)
	f("s3", "127.0.0.1", "endpoint s3: want an URL such as http://127.0.0.1:9000")
	f("s3", "http://k:secret@%", "endpoint s3: want an URL such as http://127.0.0.1:9000")
	if _, err := e.Need("sns"); err == nil || err.Error() != "no endpoint for sns is configured: start telltale with --endpoint sns=URL (URL of an SNS API)" {
		t.Errorf("got error %v", err)
	}
}

// Clients are made once for a region, and no more of them are kept than messages may name regions in good faith.
func TestClientsAreKept(t *testing.T) {
	e, err := ParseEndpoints(map[string]string{"sqs": "http://127.0.0.1:9324"})
	if err != nil {
		t.Fatal(err)
	}
	x := e["sqs"]
	first := Client(x, "eu-west-1", sqs.NewFromConfig)
	if Client(x, "eu-west-1", sqs.NewFromConfig) != first || Client(x, "eu-west-2", sqs.NewFromConfig) == first || Client(x, "eu-west-1", kinesis.NewFromConfig) == nil {
		t.Error("a client is not of its module and region")
	}
	for i := range 3 * maxClients {
		Client(x, strings.Repeat("r", i+1), sqs.NewFromConfig)
	}
	if len(x.clients.made) != maxClients || Client(x, "eu-west-1", sqs.NewFromConfig) != first {
		t.Errorf("%d clients are kept", len(x.clients.made))
	}
}

func TestRegionOf(t *testing.T) {
	f := func(resource, want string) {
		t.Helper()
		if got := RegionOf(resource, "home"); got != want {
			t.Errorf("RegionOf(%s) = %s, want %s", resource, got, want)
		}
	}
	f("arn:aws:sns:eu-west-2:1:t", "eu-west-2")
	f("arn:aws:s3:::b", "home")
	f("arn:x", "home")
	f("alarm", "home")
}
