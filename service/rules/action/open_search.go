package action

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"telltale/lang/shape/iot"
	"telltale/service/rules/connect"
	"telltale/service/rules/destination"
)

// (aws: iot/opensearch-rule-action)
var openSearchKind = newKind(Kind{
	Key: "openSearch", Name: "OpenSearchAction", Metric: "OpenSearch", Templates: []string{"endpoint", "index", "type", "id"},
	Text: "Writes the result to an index of OpenSearch.",
}, func(a *iot.Action) *iot.OpenSearchAction { return a.OpenSearch }, func(c *Compiler, p *iot.OpenSearchAction) (Action, error) {
	// Clusters of this kind know no other type. (aws: iot/opensearch-rule-action)
	return compileSearch(c, &searchAction{key: "openSearch", product: "OpenSearch"}, (*iot.ElasticsearchAction)(p), oneOf("_doc"))
})

// (aws: iot/elasticsearch-rule-action)
var elasticsearchKind = newKind(Kind{
	Key: "elasticsearch", Name: "ElasticsearchAction", Metric: "Elasticsearch", Templates: []string{"endpoint", "index", "type", "id"},
	Text: "Writes the result to an index of Elasticsearch.",
}, func(a *iot.Action) *iot.ElasticsearchAction { return a.Elasticsearch }, func(c *Compiler, p *iot.ElasticsearchAction) (Action, error) {
	return compileSearch(c, &searchAction{key: "elasticsearch", product: "Elasticsearch"}, p, nil)
})

// searchTime is what a request may take, further tries included. It is less than what the engine gives to a task.
const searchTime = 8 * time.Second

// searchAction writes to a cluster that speaks Elasticsearch's API, as OpenSearch does.
type searchAction struct {
	remote                           // its endpoint is nil unless one is configured, which then takes the place of the rule's
	key, product                     string
	client                           *http.Client
	cluster, index, kind, documentID value
}

func compileSearch(c *Compiler, a *searchAction, p *iot.ElasticsearchAction, checkType func(string) error) (Action, error) {
	var err error
	if a.remote, err = c.local(p.RoleArn); err != nil {
		return nil, err
	}
	a.client = c.Needs.client()
	a.endpoint = c.Needs.Endpoints[strings.ToLower(a.key)]
	check := func(text string) error { return checkCluster(text, c.Needs.PlainHTTP) }
	if a.endpoint != nil {
		check = nil
	}
	return a, c.parameters(
		parameter{to: &a.cluster, name: "endpoint", text: p.Endpoint, check: check},
		parameter{to: &a.index, name: "index", text: p.Index},
		parameter{to: &a.kind, name: "type", text: p.Type, check: checkType},
		parameter{to: &a.documentID, name: "id", text: p.Id})
}

// checkCluster says why a rule cannot name a cluster. A web service has an owner who must agree; a cluster has not, so a rule reaches none in
// plain text.
func checkCluster(text string, plain bool) error {
	u, err := url.Parse(text)
	if err != nil {
		return err
	}
	if u.Scheme == "https" && u.Host != "" {
		return nil
	}
	return destination.CheckURL(text, plain)
}

// Render makes the document.
func (a *searchAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	cluster, index, kind, id := f.text(a.cluster), f.text(a.index), f.text(a.kind), f.text(a.documentID)
	if !r.JSON || len(r.Payload) == 0 || r.Payload[0] != '{' {
		f.object(errors.New("the payload is not a JSON object, as documents must be"))
	}
	body, base := r.Payload, cluster
	if a.endpoint != nil {
		base = a.endpoint.URL.String()
	}
	to := strings.TrimSuffix(base, "/") + "/" + url.PathEscape(index) + "/" + url.PathEscape(kind) + "/" + url.PathEscape(id)
	return f.task(call{
		action: a.key, failed: "Failed to put " + a.product + " document",
		resources:  []Resource{{"Endpoint", cluster}, {"Index", index}},
		permission: a.may("es:ESHttpPut", a.arn("es", "domain/"+domainOf(cluster)+"/"+index+"/"+kind+"/"+id)),
		explain:    refusal,
		run:        func(ctx context.Context) error { return a.put(ctx, to, body) },
	})
}

func (a *searchAction) put(ctx context.Context, to string, body []byte) error {
	x := exchange{client: a.client, within: searchTime, request: func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPut, to, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/json")
		return req, authorize(ctx, a.endpoint, req, body, "es", a.scope.Region)
	}}
	return x.send(ctx)
}

// accessKeyID is what an access key of AWS looks like.
var accessKeyID = regexp.MustCompile(`^A[KS]IA[A-Z0-9]{12,}$`)

// authorize shows who we are to an endpoint that may be AWS's or one's own: an access key signs, any other name goes with its password.
func authorize(ctx context.Context, e *connect.Endpoint, req *http.Request, body []byte, service, region string) error {
	if e == nil {
		return nil
	}
	user, password, ok := e.Login()
	switch {
	case !ok:
		return nil
	case !accessKeyID.MatchString(user):
		req.SetBasicAuth(user, password)
		return nil
	case e.Region != "":
		region = e.Region
	}
	return (&signature{e.Credentials(), service, region}).sign(ctx, req, body)
}

// domainOf is the name of the domain that a cluster of AWS is, as in search-NAME-HASH.eu-west-1.es.amazonaws.com, otherwise its host.
func domainOf(cluster string) string {
	u, err := url.Parse(cluster)
	if err != nil {
		return "*"
	}
	label, _, _ := strings.Cut(u.Hostname(), ".")
	for _, prefix := range []string{"search-", "vpc-"} {
		if name, ok := strings.CutPrefix(label, prefix); ok && strings.HasSuffix(u.Hostname(), ".amazonaws.com") {
			return name[:max(strings.LastIndexByte(name, '-'), 0)]
		}
	}
	return u.Hostname()
}
