package action

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

const vpc = "arn:aws:iot:eu-west-1:123456789012:ruledestination/vpc/00000000-0000-4000-8000-000000000001"

// kafkaJSON is an action with properties, given as name, value, name, value, ….
func kafkaJSON(parameters string, properties ...string) string {
	m := map[string]string{}
	for i := 0; i < len(properties); i += 2 {
		m[properties[i]] = properties[i+1]
	}
	text, _ := json.Marshal(m)
	return fmt.Sprintf(`{"kafka":{"destinationArn":"%s","topic":"plant-${topic(2)}",%s"clientProperties":%s}}`, vpc, parameters, text)
}

func newBrokers(t testing.TB, options ...kfake.Opt) (*kfake.Cluster, string) {
	t.Helper()
	c, err := kfake.NewCluster(append(options, kfake.NumBrokers(1), kfake.SeedTopics(4, "plant-7"))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, c.ListenAddrs()[0]
}

// reader reads what arrived in a topic.
type reader struct {
	t      testing.TB
	client *kgo.Client
}

func newReader(t testing.TB, server string, options ...kgo.Opt) *reader {
	t.Helper()
	client, err := kgo.NewClient(append(options, kgo.SeedBrokers(server), kgo.ConsumeTopics("plant-7"))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &reader{t, client}
}

// next is the next record: its partition or * if any will do, key, headers and value.
func (r *reader) next(anyPartition bool) string {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Second)
	defer cancel()
	var list []*kgo.Record
	for len(list) == 0 {
		fetches := r.client.PollRecords(ctx, 1)
		if err := fetches.Err(); err != nil {
			r.t.Fatal(err)
		}
		list = fetches.Records()
	}
	x := list[0]
	partition := fmt.Sprint(x.Partition)
	if anyPartition {
		partition = "*"
	}
	text := partition + " " + string(x.Key)
	for _, h := range x.Headers {
		text += " " + h.Key + "=" + string(h.Value)
	}
	return text + " " + string(x.Value)
}

func TestKafka(t *testing.T) {
	_, server := newBrokers(t)
	r := newReader(t, server)
	w := newWorld(t, &Needs{Endpoints: endpoints(t, "kafka", "kafka://"+server)})
	f := func(anyPartition bool, parameters, payload, want string, properties ...string) {
		t.Helper()
		a := w.compile(kafkaJSON(parameters, properties...))
		defer a.(Closed).Close()
		for range 2 {
			w.want(w.do(a, payload), "Topic=plant-7 DestinationArn="+vpc, "")
			if got := r.next(anyPartition); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		}
	}
	f(true, "", `{"t":1}`, `*  {"t":1}`)
	f(false, `"key":"${clientid()}","partition":"${p}",`, `{"p":3}`, `3 dev1 {"p":3}`)
	f(true, `"key":"k","headers":[{"key":"a","value":"${topic()}"},{"key":"a","value":""}],`, "\xff\x00", "* k a=sensors/7 a= \xff\x00", "acks", "0")
	for _, compression := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		long := strings.Repeat(compression, 200)
		f(true, "", long, "*  "+long, "compression.type", compression, "acks", "1", "security.protocol", "SSL", "bootstrap.servers", "b-1.example:9094",
			"key.serializer", "StringSerializer", "value.serializer", "org.apache.kafka.common.serialization.ByteBufferSerializer")
	}
	closed := w.compile(kafkaJSON(""))
	closed.(Closed).Close()
	w.wantError(w.do(closed, `{}`), "Failed to send Kafka record. The error received was the rule is gone")
}

func TestKafkaFailures(t *testing.T) {
	c, server := newBrokers(t)
	w := newWorld(t, &Needs{Endpoints: endpoints(t, "kafka", "kafka://"+server)})
	a := w.compile(kafkaJSON(`"partition":"${p}",`))
	defer a.(Closed).Close()
	w.wantError(w.do(a, `{"p":4}`), "Failed to send Kafka record. The error received was ")
	w.wantError(w.do(a, `{"p":-1}`), `partition "-1" is not allowed: want the number of a partition`)
	w.wantError(w.do(a, `{}`), `partition "" is not allowed: it is empty`)
	w.topic = "sensors/a b"
	w.wantError(w.do(a, `{"p":1}`), `topic "plant-a b" is not allowed: want 1 to 249 letters`)
	w.topic = "sensors/8"
	w.wantError(w.do(a, `{"p":1}`), "UNKNOWN_TOPIC_OR_PARTITION")
	w.topic = "sensors/7"
	c.Close()
	w.wantError(w.do(a, `{"p":1}`), "Failed to send Kafka record. The error received was ")
}

// authority makes certificates.
type authority struct {
	t    testing.TB
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pem  string
}

func newAuthority(t testing.TB) *authority {
	a := &authority{t: t}
	a.cert, a.key, a.pem = a.issue(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

func (a *authority) issue(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey, string) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber, template.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: "test"}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := template, key
	if a.cert != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// pair is a certificate with its key, as PEM.
func (a *authority) pair(template *x509.Certificate) string {
	a.t.Helper()
	_, key, certificate := a.issue(template)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return certificate + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// Brokers that a rule names are reached with TLS, and with a client's certificate or a login if they want one.
func TestKafkaSecurity(t *testing.T) {
	ca := newAuthority(t)
	local := ca.pair(&x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	certificate, err := tls.X509KeyPair([]byte(local), []byte(local))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	mutual := &tls.Config{Certificates: []tls.Certificate{certificate}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	_, withCertificates := newBrokers(t, kfake.TLS(mutual))
	_, withLogins := newBrokers(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{certificate}}), kfake.EnableSASL(),
		kfake.Superuser("PLAIN", "ada", "pw1"), kfake.Superuser("SCRAM-SHA-512", "bob", "pw2"))
	client := ca.pair(&x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	w := newWorld(t, &Needs{})
	f := func(words string, properties ...string) {
		t.Helper()
		a := w.compile(kafkaJSON("", properties...))
		defer a.(Closed).Close()
		got := w.do(a, `{}`)
		if words == "" && got.err == nil {
			return
		}
		if words == "" {
			words = "no error"
		}
		w.wantError(got, words)
	}
	trust := base64.StdEncoding.EncodeToString([]byte(ca.pem))
	f("", "bootstrap.servers", withCertificates, "ssl.truststore", trust, "ssl.keystore", client)
	f("certificate", "bootstrap.servers", withCertificates, "ssl.truststore", ca.pem)
	f("certificate", "bootstrap.servers", withCertificates, "ssl.keystore", client)
	sasl := func(mechanism string, more ...string) []string {
		return append([]string{"bootstrap.servers", withLogins, "ssl.truststore", ca.pem, "security.protocol", "SASL_SSL", "sasl.mechanism", mechanism}, more...)
	}
	f("", sasl("PLAIN", "sasl.plain.username", "ada", "sasl.plain.password", "pw1")...)
	f("", sasl("SCRAM-SHA-512", "sasl.scram.username", "bob", "sasl.scram.password", "pw2")...)
	const closed = "refresh metadata 3 times, last err: EOF" // as these brokers answer a wrong login
	f(closed, sasl("PLAIN", "sasl.plain.username", "ada", "sasl.plain.password", "no")...)

	// A secret that changes makes another connection; what is no key is told without showing it.
	w.sql = "SELECT * FROM 'sensors/+'"
	a := w.compile(kafkaJSON("", sasl("PLAIN", "sasl.plain.username", "${user}", "sasl.plain.password", "${password}")...))
	defer a.(Closed).Close()
	w.want(w.do(a, `{"user":"ada","password":"pw1"}`), "Topic=plant-7 DestinationArn="+vpc, "")
	w.wantError(w.do(a, `{"user":"ada","password":"no"}`), closed)
	w.want(w.do(a, `{"user":"ada","password":"pw1"}`), "Topic=plant-7 DestinationArn="+vpc, "")
	a = w.compile(kafkaJSON("", "bootstrap.servers", withCertificates, "ssl.keystore", "${key}"))
	got := w.do(a, `{"key":"c2VjcmV0"}`)
	if w.wantError(got, "ssl.keystore is neither PEM nor base64 of PEM"); strings.Contains(fmt.Sprint(got.err), "c2VjcmV0") {
		t.Errorf("the error shows the key: %v", got.err)
	}
}

// The operator's endpoint takes the place of the rule's brokers, with the operator's login.
func TestKafkaEndpointLogin(t *testing.T) {
	_, server := newBrokers(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "ada", "pw1"))
	r := newReader(t, server, kgo.SASL(plain.Auth{User: "ada", Pass: "pw1"}.AsMechanism()))
	w := newWorld(t, &Needs{Endpoints: endpoints(t, "kafka", "kafka://ada:pw1@"+server)})
	a := w.compile(kafkaJSON("", "security.protocol", "SASL_SSL", "sasl.mechanism", "SCRAM-SHA-512", "bootstrap.servers", "b-1.example:9096"))
	defer a.(Closed).Close()
	w.want(w.do(a, `{}`), "Topic=plant-7 DestinationArn="+vpc, "")
	if got := r.next(true); got != "*  {}" {
		t.Errorf("got %s", got)
	}
}

func TestKafkaRefusesParameters(t *testing.T) {
	w := newWorld(t, &Needs{})
	good := map[string]string{"bootstrap.servers": "b-1.example:9094, b-2.example:9094"}
	f := func(name, value, words string) {
		t.Helper()
		properties := maps.Clone(good)
		properties[name] = value
		var list []string
		for k, v := range properties {
			list = append(list, k, v)
		}
		w.refused(kafkaJSON("", list...), words)
	}
	f("acks", "all", `clientProperties.acks "all" is not allowed: allowed are 0, 1`)
	f("bootstrap.servers", "", "bootstrap.servers")
	f("bootstrap.servers", "b-1.example", "want host:port")
	f("bootstrap.servers", "${x}", "bootstrap.servers must not hold ${…}")
	f("compression.type", "bzip2", "allowed are none, gzip, snappy, lz4, zstd")
	f("security.protocol", "PLAINTEXT", "allowed are SSL, SASL_SSL")
	f("security.protocol", "SASL_SSL", "needs a sasl.mechanism")
	f("key.serializer", "JSON", "allowed are StringSerializer")
	f("value.serializer", "JSON", "allowed are ByteBufferSerializer")
	f("sasl.mechanism", "GSSAPI", "Kerberos, which is not spoken here")
	f("sasl.mechanism", "SCRAM-SHA-256", "allowed are PLAIN, SCRAM-SHA-512")
	f("sasl.mechanism", "PLAIN", "sasl.mechanism needs the security.protocol SASL_SSL")
	f("sasl.kerberos.keytab", "x", "Kerberos is not spoken here")
	f("ssl.truststore", "MIIK", "neither PEM nor base64 of PEM")
	f("ssl.truststore", "-----BEGIN NOTHING-----", "holds no certificate")
	f("ssl.truststore", strings.Repeat("x", maxTruststore+1), "allowed are 66560")
	f("ssl.truststore.password", "x", "without passwords")
	f("ssl.keystore", "-----BEGIN CERTIFICATE-----", "must hold a certificate and its private key")
	f("ssl.key.password", "x", "without passwords")
	f("linger.ms", "5", "linger.ms is not known; allowed are acks, ")
	w.refused(kafkaJSON(""), "bootstrap.servers is missing")
	w.refused(kafkaJSON("", "bootstrap.servers", "a:1", "security.protocol", "SASL_SSL", "sasl.mechanism", "PLAIN", "sasl.plain.username", "a"), "needs sasl.plain.username and sasl.plain.password")
	one := kafkaJSON(`"key":"k","partition":"1","headers":[{"key":"a","value":"b"}],`, "bootstrap.servers", "a:1")
	w.compile(one)
	for _, x := range [][3]string{
		{vpc, strings.Replace(vpc, "vpc", "http", 1), "destinationArn"},
		{`"plant-${topic(2)}"`, `"a b"`, "topic"},
		{`"plant-${topic(2)}"`, `""`, "topic"},
		{`"1"`, `"one"`, "partition"},
		{`"k"`, `"${"`, "key: "},
		{`"b"`, `"${"`, "headers[0].value: "},
		{`"headers":[{"key":"a","value":"b"}]`, `"headers":[]`, "headers"},
	} {
		w.refused(strings.Replace(one, x[0], x[1], 1), x[2])
	}
	w.needs = &Needs{Endpoints: endpoints(t, "kafka", "http://localhost:9092")}
	w.refused(one, "want kafka://host:port")
}
