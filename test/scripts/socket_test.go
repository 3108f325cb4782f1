package scripts

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/rogpeppe/go-internal/testscript"
)

// socket BASE CLIENT TOPIC PAYLOAD connects over a WebSocket whose URL is signed as the device SDKs do, with the keys of the environment,
// publishes to a topic that it subscribes to, and prints what comes. BASE is http://HOST:PORT or https://HOST:PORT, with the CA in
// tt-data. With ! it must not get that far.
func socket(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 4 {
		ts.Fatalf("usage: socket BASE CLIENT TOPIC PAYLOAD")
	}
	came, err := exchange(ts, args[0], args[1], args[2], args[3])
	fmt.Fprintln(ts.Stdout(), came)
	if (err != nil) != neg {
		ts.Fatalf("over a WebSocket: %v", err)
	}
}

func exchange(ts *testscript.TestScript, base, client, topic, payload string) (string, error) {
	r, err := http.NewRequest(http.MethodGet, base+"/mqtt", nil)
	ts.Check(err)
	keys := aws.Credentials{AccessKeyID: ts.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: ts.Getenv("AWS_SECRET_ACCESS_KEY")}
	empty := sha256.Sum256(nil)
	address, _, err := v4.NewSigner().PresignHTTP(context.Background(), keys, r, hex.EncodeToString(empty[:]), "iotdevicegateway", ts.Getenv("AWS_REGION"), time.Now())
	ts.Check(err)
	o := paho.NewClientOptions().AddBroker("ws" + strings.TrimPrefix(address, "http")).SetClientID(client).SetAutoReconnect(false)
	if strings.HasPrefix(base, "https") {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM([]byte(ts.ReadFile("tt-data/ca/root.pem")))
		o.SetTLSConfig(&tls.Config{RootCAs: pool})
	}
	c := paho.NewClient(o)
	came := make(chan string, 1)
	for _, step := range []func() paho.Token{
		c.Connect,
		func() paho.Token {
			return c.Subscribe(topic, 1, func(_ paho.Client, m paho.Message) { came <- m.Topic() + " " + string(m.Payload()) })
		},
		func() paho.Token { return c.Publish(topic, 1, false, payload) },
	} {
		if token := step(); !token.WaitTimeout(15 * time.Second) {
			return "", fmt.Errorf("timeout")
		} else if token.Error() != nil {
			return "", token.Error()
		}
	}
	defer c.Disconnect(100)
	select {
	case text := <-came:
		return text, nil
	case <-time.After(15 * time.Second):
		return "", fmt.Errorf("nothing came")
	}
}
