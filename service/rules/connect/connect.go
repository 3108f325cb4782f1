// Package connect says where the services are that rules reach outside of this program: by the name of the AWS service, an endpoint that
// speaks its API; by the name of a function or model, a program or URL that answers for it.
//
// An operator configures them. A rule that needs one that is not configured is refused when it is made.
package connect

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Endpoint is one service outside.
type Endpoint struct {
	Name   string // a key of Services
	URL    *url.URL
	Region string // to sign for; "" for that of the rule
	key    string
	secret string

	clients clients
}

// Services are the endpoints that can be configured, each with what it must be.
var Services = map[string]string{
	"cloudwatch":     "URL of a CloudWatch API, for alarms",
	"dynamodb":       "URL of a DynamoDB API",
	"elasticsearch":  "URL of an Elasticsearch cluster, instead of those that rules name; an access key signs, any other user logs in",
	"firehose":       "URL of a Firehose API",
	"kafka":          "kafka://host:port of a broker, instead of those that rules name with their security; a user logs in with SASL PLAIN",
	"kinesis":        "URL of a Kinesis Data Streams API",
	"lambda":         "URL of a Lambda API that offers Invoke; single functions can be configured by name instead",
	"location":       "URL of an Amazon Location trackers API",
	"opensearch":     "URL of an OpenSearch cluster, instead of those that rules name; an access key signs, any other user logs in",
	"s3":             "URL of an S3 API",
	"secretsmanager": "URL of a Secrets Manager API, for get_secret",
	"sns":            "URL of an SNS API",
	"sqs":            "URL of an SQS API",
	"stepfunctions":  "URL of a Step Functions API",
	"timestream":     "URL of a Timestream write API, or influx+http(s)://host:port/…?… to write line protocol to an InfluxDB write URL",
}

// Endpoints are those configured, by name.
type Endpoints map[string]*Endpoint

// ParseEndpoints reads endpoints: by name an URL, with the access key and its secret as user and password, and the region to sign for as
// ?region=…, where the service asks for them: "https://AKIA…:secret@s3.example?region=eu-west-1".
func ParseEndpoints(configured map[string]string) (Endpoints, error) {
	e := Endpoints{}
	for _, name := range slices.Sorted(maps.Keys(configured)) {
		if Services[name] == "" {
			return nil, fmt.Errorf("endpoint %q is not known; the names are %s", name, strings.Join(slices.Sorted(maps.Keys(Services)), ", "))
		}
		u, err := url.Parse(configured[name])
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("endpoint %s: want an URL such as http://127.0.0.1:9000", name) // the URL may hold a secret
		}
		x := &Endpoint{Name: name, clients: newClients()}
		x.key = u.User.Username()
		x.secret, _ = u.User.Password()
		query := u.Query()
		x.Region = query.Get("region")
		query.Del("region")
		u.User, u.RawQuery = nil, query.Encode()
		x.URL = u
		e[name] = x
	}
	return e, nil
}

// Credentials sign requests to the endpoint. Services on one's own machine seldom check them, so there is a key that stands for none.
func (e *Endpoint) Credentials() aws.CredentialsProvider {
	if e.key == "" {
		return credentials.NewStaticCredentialsProvider("telltale", "telltale", "")
	}
	return credentials.NewStaticCredentialsProvider(e.key, e.secret, "")
}

// Login is the user and password of the endpoint's URL, for services that ask for no signature; ok is false if it has none.
func (e *Endpoint) Login() (user, password string, ok bool) { return e.key, e.secret, e.key != "" }

// Need returns an endpoint, or an error that says how to configure it.
func (e Endpoints) Need(name string) (*Endpoint, error) {
	if x := e[name]; x != nil {
		return x, nil
	}
	return nil, fmt.Errorf("no endpoint for %s is configured: start telltale with --endpoint %s=URL (%s)", name, name, Services[name])
}
