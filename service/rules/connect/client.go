package connect

import (
	"context"
	"math/rand/v2"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// clients are what was made to reach an endpoint. They share their connections.
type clients struct {
	http aws.HTTPClient

	mu   sync.Mutex
	made map[clientKey]any
}

type clientKey struct {
	kind   reflect.Type
	region string
}

// maxClients limits what is remembered: the text of a message may name any region.
const maxClients = 64

// maxIdle is how many connections to one host are kept for later calls.
const maxIdle = 64

func newClients() clients {
	h := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = maxIdle })
	return clients{http: h, made: map[clientKey]any{}}
}

// Client returns the client of an endpoint for a region, made once. make is NewFromConfig of one of the SDK's modules.
func Client[C, O any](e *Endpoint, region string, make func(aws.Config, ...func(*O)) *C, options ...func(*O)) *C {
	key := clientKey{reflect.TypeFor[C](), region}
	e.clients.mu.Lock()
	defer e.clients.mu.Unlock()
	if c, ok := e.clients.made[key].(*C); ok {
		return c
	}
	c := make(e.Config(region), options...)
	if len(e.clients.made) < maxClients {
		e.clients.made[key] = c
	}
	return c
}

// Config is how the SDK reaches the endpoint: three tries with growing pauses for failures that may pass.
func (e *Endpoint) Config(region string) aws.Config {
	if e.Region != "" {
		region = e.Region
	}
	return aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(e.URL.String()),
		Credentials:  e.Credentials(),
		HTTPClient:   e.clients.http,
		Retryer:      newRetryer,
		APIOptions:   []func(*middleware.Stack) error{keepHost},
		// Servers that speak S3 without being it seldom know the newer checksums.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}
}

// keepHost lets operations reach the endpoint as it was configured: some want a host of their own, tracking.HOST.
func keepHost(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("KeepHost",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.Before)
}

// Tries of a call and the pauses between them.
const (
	maxTries   = 3
	firstPause = 100 * time.Millisecond
	maxPause   = time.Second
)

// newRetryer has no budget of retries: each message gets its three tries, however many failed before it.
func newRetryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxTries
		o.RateLimiter = ratelimit.None
		o.Backoff = retry.BackoffDelayerFunc(func(try int, _ error) (time.Duration, error) { return pause(try), nil })
	})
}

// pause is what to wait after the nth try, counted from 1: four times as long after each, and not the same for all who fail together.
func pause(try int) time.Duration {
	d := min(firstPause<<(2*min(max(try-1, 0), 4)), maxPause)
	return d/2 + rand.N(d/2)
}
