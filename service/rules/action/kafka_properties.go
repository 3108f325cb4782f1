package action

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"telltale/service/rules/connect"
)

// kafkaProperty is a client property that a rule may set. (aws: iot/apache-kafka-rule-action#apache-kafka-rule-action-parameters)
type kafkaProperty struct {
	check  func(string) error // nil: secrets are checked when they are used, and never shown
	secret bool               // it may hold ${get_secret(…)}
}

var kafkaProperties = map[string]kafkaProperty{
	"acks":                {check: oneOf("0", "1")},
	"bootstrap.servers":   {check: checkServers},
	"compression.type":    {check: oneOf("none", "gzip", "snappy", "lz4", "zstd")},
	"key.serializer":      {check: oneOf("StringSerializer", "org.apache.kafka.common.serialization.StringSerializer")},
	"value.serializer":    {check: oneOf("ByteBufferSerializer", "org.apache.kafka.common.serialization.ByteBufferSerializer")},
	"security.protocol":   {check: oneOf("SSL", "SASL_SSL")},
	"sasl.mechanism":      {check: checkMechanism},
	"sasl.plain.username": {secret: true},
	"sasl.plain.password": {secret: true},
	"sasl.scram.username": {secret: true},
	"sasl.scram.password": {secret: true},
	"ssl.truststore":      {secret: true},
	"ssl.keystore":        {secret: true},
}

func checkServers(text string) error {
	for server := range strings.SplitSeq(text, ",") {
		if host, port, err := net.SplitHostPort(strings.TrimSpace(server)); err != nil || host == "" || port == "" {
			return errors.New("want host:port,host:port,…")
		}
	}
	return nil
}

func checkMechanism(text string) error {
	if text == "GSSAPI" {
		return errors.New("it is Kerberos, which is not spoken here; allowed are PLAIN, SCRAM-SHA-512")
	}
	return oneOf("PLAIN", "SCRAM-SHA-512")(text)
}

// kafkaSetting is a property of a rule.
type kafkaSetting struct {
	name  string
	value value
}

// compileProperties checks the properties of a rule; if they hold no ${…}, all that can be known of them.
func compileProperties(c *Compiler, properties map[string]string, brokers *kafkaBrokers) (list []kafkaSetting, err error) {
	templates := false
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if err := checkProperty(name, properties[name]); err != nil {
			return nil, fmt.Errorf("clientProperties: %w", err)
		}
		s := kafkaSetting{name: name}
		if err := c.parameters(parameter{to: &s.value, name: "clientProperties." + name, text: properties[name], check: kafkaProperties[name].check}); err != nil {
			return nil, err
		}
		templates = templates || !s.value.template.Literal()
		list = append(list, s)
	}
	if !templates {
		if _, err := kafkaOptions(properties, brokers); err != nil {
			return nil, fmt.Errorf("clientProperties: %w", err)
		}
	}
	return list, nil
}

func checkProperty(name, text string) error {
	p, known := kafkaProperties[name]
	switch {
	case strings.HasPrefix(name, "ssl.") && strings.HasSuffix(name, ".password"):
		return fmt.Errorf("%s is not allowed: ssl.truststore and ssl.keystore are PEM here, without passwords", name)
	case strings.HasPrefix(name, "sasl.kerberos."):
		return fmt.Errorf("%s is not allowed: Kerberos is not spoken here; use the sasl.mechanism PLAIN or SCRAM-SHA-512", name)
	case !known:
		return fmt.Errorf("%s is not known; allowed are %s", name, strings.Join(slices.Sorted(maps.Keys(kafkaProperties)), ", "))
	case !p.secret && strings.Contains(text, "${"):
		return fmt.Errorf("%s must not hold ${…}", name)
	}
	return nil
}

// kafkaBrokers are those of the endpoint kafka. They take the place of what a rule says about where brokers are and how they are secured.
type kafkaBrokers struct {
	server         string
	user, password string // "" for none
}

// configuredBrokers reads the endpoint kafka://user:password@host:port; it may be nil.
func configuredBrokers(e *connect.Endpoint) (*kafkaBrokers, error) {
	if e == nil {
		return nil, nil
	}
	if e.URL.Scheme != "kafka" || e.URL.Port() == "" {
		return nil, fmt.Errorf("the endpoint kafka is %s; want kafka://host:port", e.URL)
	}
	b := &kafkaBrokers{server: e.URL.Host}
	b.user, b.password, _ = e.Login()
	return b, nil
}

// kafkaOptions are what properties mean to the client. Errors show none of their values.
func kafkaOptions(properties map[string]string, brokers *kafkaBrokers) ([]kgo.Opt, error) {
	options := []kgo.Opt{kgo.ProducerBatchCompression(kafkaCompression[properties["compression.type"]])}
	if properties["acks"] == "0" {
		options = append(options, kgo.RequiredAcks(kgo.NoAck()))
	} else {
		options = append(options, kgo.RequiredAcks(kgo.LeaderAck()))
	}
	if brokers != nil {
		return append(options, brokers.options()...), nil
	}
	if properties["bootstrap.servers"] == "" {
		return nil, errors.New("bootstrap.servers is missing")
	}
	var servers []string
	for server := range strings.SplitSeq(properties["bootstrap.servers"], ",") {
		servers = append(servers, strings.TrimSpace(server))
	}
	secured, err := kafkaTLS(properties)
	if err != nil {
		return nil, err
	}
	login, err := kafkaLogin(properties)
	return append(options, kgo.SeedBrokers(servers...), kgo.DialTLSConfig(secured), login), err
}

var kafkaCompression = map[string]kgo.CompressionCodec{
	"": kgo.NoCompression(), "none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

func (b *kafkaBrokers) options() []kgo.Opt {
	options := []kgo.Opt{kgo.SeedBrokers(b.server)}
	if b.user != "" {
		options = append(options, kgo.SASL(plain.Auth{User: b.user, Pass: b.password}.AsMechanism()))
	}
	return options
}

// kafkaLogin reads how to log in. With the security.protocol SSL nobody does.
func kafkaLogin(properties map[string]string) (kgo.Opt, error) {
	mechanism := properties["sasl.mechanism"]
	if properties["security.protocol"] != "SASL_SSL" {
		if mechanism != "" {
			return nil, errors.New("sasl.mechanism needs the security.protocol SASL_SSL")
		}
		return kgo.SASL(), nil
	}
	kind := map[string]string{"PLAIN": "plain", "SCRAM-SHA-512": "scram"}[mechanism]
	if kind == "" {
		return nil, errors.New("the security.protocol SASL_SSL needs a sasl.mechanism: PLAIN or SCRAM-SHA-512")
	}
	user, password := properties["sasl."+kind+".username"], properties["sasl."+kind+".password"]
	if user == "" || password == "" {
		return nil, fmt.Errorf("the sasl.mechanism %s needs sasl.%s.username and sasl.%s.password", mechanism, kind, kind)
	}
	if kind == "plain" {
		return kgo.SASL(plain.Auth{User: user, Pass: password}.AsMechanism()), nil
	}
	return kgo.SASL(scram.Auth{User: user, Pass: password}.AsSha512Mechanism()), nil
}

// maxTruststore is the length of a truststore. (aws: iot/apache-kafka-rule-action)
const maxTruststore = 65 << 10

// kafkaTLS reads whom to trust and who we are.
func kafkaTLS(properties map[string]string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if text := properties["ssl.truststore"]; text != "" {
		if len(text) > maxTruststore {
			return nil, fmt.Errorf("ssl.truststore has %d bytes; allowed are %d", len(text), maxTruststore)
		}
		pem, err := readPEM(text)
		if err != nil {
			return nil, fmt.Errorf("ssl.truststore %w", err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("ssl.truststore holds no certificate")
		}
	}
	if text := properties["ssl.keystore"]; text != "" {
		pem, err := readPEM(text)
		if err != nil {
			return nil, fmt.Errorf("ssl.keystore %w", err)
		}
		pair, err := tls.X509KeyPair(pem, pem)
		if err != nil {
			return nil, errors.New("ssl.keystore must hold a certificate and its private key, not encrypted")
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}

// readPEM reads PEM, or base64 of it as binary secrets are.
func readPEM(text string) ([]byte, error) {
	const begin = "-----BEGIN "
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, begin) {
		return []byte(text), nil
	}
	if plain, err := base64.StdEncoding.DecodeString(text); err == nil && strings.HasPrefix(string(plain), begin) {
		return plain, nil
	}
	return nil, errors.New("is neither PEM nor base64 of PEM; a JKS or PKCS #12 file must be turned into PEM")
}
