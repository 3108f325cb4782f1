// Package app builds the program from its floors, starts it and stops it in order. It decides nothing about the product.
package app

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"telltale/base/caller"
	"telltale/service/broker"
	"telltale/service/shadow"
)

// Mode is how the program is run: relaxed on a developer's machine, or for real.
type Mode string

// The modes.
const (
	Dev   Mode = "dev"
	Serve Mode = "serve"
)

// Config is every setting of the program. The same names serve as flags (--data-dir), as environment variables
// (TELLTALE_DATA_DIR) and as keys of the configuration file (data-dir); a flag beats the environment, which beats the file.
type Config struct {
	Mode Mode

	DataDir     string // where everything that must survive is kept
	Ephemeral   bool   // keep nothing: data live in a temporary directory that is removed at the end
	Gateway     string // address of the AWS API listener
	MQTTS       string // address of the MQTT listener with TLS and client certificates
	MQTT        string // address of the plain MQTT listener for anonymous clients; dev only
	TLS         string // address of the listener that takes every protocol with TLS, by ALPN
	HTTPS       string // address of HTTPS with client certificates
	Credentials string // address of the credentials provider for devices: HTTPS with client certificates
	AccountID   string // account of the root key, and of credentials that name none
	Region      string // region of devices and of requests that name none
	Permissive  bool   // let devices do what no policy allows, and tell
	LogLevel    string // level of the program's own diary on standard error

	Endpoints          map[string]string // where the services are that rules use, by name: s3, sqs, …
	Functions          map[string]string // the functions that rules call, by name: an URL or a program
	ServerCertificates map[string]string // files of the certificates that domain configurations name, by ARN
	Models             map[string]string // the models that rules ask, the same way

	Shadow shadow.Config // history and quotas of device shadows
	Broker broker.Config // profile and quotas of the message broker

	settings []setting
}

// setting is one row of the table that flags, environment, file and `telltale config` share.
type setting struct {
	Key     string
	Doc     string
	Origin  string // default, file PATH, environment TELLTALE_X, flag --x
	mode    Mode   // the one mode that knows it, "" for all
	set     func(string) error
	get     func() string
	boolean bool
	many    bool // values have names and add up
}

// Setting is what `telltale config` shows of a setting.
type Setting struct{ Key, Value, Origin, Doc string }

// NewConfig returns the defaults of a mode.
func NewConfig(mode Mode) *Config {
	c := &Config{
		Mode: mode, DataDir: "./data", Gateway: "127.0.0.1:4566", MQTTS: "127.0.0.1:8883", TLS: off, HTTPS: off, Credentials: off,
		AccountID: "000000000000", Region: "us-east-1", LogLevel: "info", Shadow: shadow.Default(), Broker: broker.Default(),
	}
	if mode == Dev {
		c.MQTT, c.TLS, c.HTTPS, c.Credentials = "127.0.0.1:1883", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	} else {
		c.Broker.Rates = broker.AWSRates()
	}
	text := func(key, doc string, p *string, check func(string) error) setting {
		return setting{Key: key, Doc: doc, Origin: "default", get: func() string { return *p }, set: func(v string) error {
			if err := check(v); err != nil {
				return err
			}
			*p = v
			return nil
		}}
	}
	only := func(mode Mode, s setting) setting {
		s.mode = mode
		return s
	}
	number := func(key, doc string, p *int, from, upTo int) setting {
		return setting{Key: key, Doc: doc, Origin: "default", get: func() string { return strconv.Itoa(*p) }, set: func(v string) error {
			n, err := strconv.Atoi(v)
			if err != nil || n < from || n > upTo {
				return fmt.Errorf("want a whole number from %d to %d", from, upTo)
			}
			*p = n
			return nil
		}}
	}
	toggle := func(key, doc string, p *bool) setting {
		return setting{Key: key, Doc: doc, Origin: "default", boolean: true, get: func() string { return strconv.FormatBool(*p) }, set: func(v string) (err error) {
			if *p, err = strconv.ParseBool(v); err != nil {
				return errors.New("want true or false")
			}
			return nil
		}}
	}
	profile := "aws"
	c.settings = []setting{
		text("data-dir", "directory that keeps everything that must survive", &c.DataDir, nonEmpty),
		toggle("ephemeral", "keep nothing: data live in a temporary directory removed at the end", &c.Ephemeral),
		text("gateway", "address of the AWS API (HTTP); port 0 picks a free one", &c.Gateway, address),
		text("mqtts", "address of MQTT with TLS and client certificates; port 0 picks a free one", &c.MQTTS, address),
		only(Dev, text("mqtt", "address of plain MQTT for anonymous clients, dev only; port 0 picks a free one, \"off\" opens none", &c.MQTT, addressOrOff)),
		text("tls", "address of TLS for every protocol, chosen by ALPN (x-amzn-mqtt-ca, mqtt, x-amzn-http-ca, http/1.1), as AWS has it on port 443; port 0 picks a free one, \"off\" opens none", &c.TLS, addressOrOff),
		text("https", "address of HTTPS with client certificates, as AWS has it on port 8443; port 0 picks a free one, \"off\" opens none", &c.HTTPS, addressOrOff),
		toggle("require-server-name", "refuse devices that name no server in their TLS handshake (SNI)", &c.Broker.RequireServerName),
		number("waiting-connections", "most connections that have not sent CONNECT yet; what is more is closed at once, 0 for any number", &c.Broker.Waiting, 0, 10_000_000),
		text("credentials", "address of the credentials provider for devices (HTTPS with client certificates); port 0 picks a free one, \"off\" opens none", &c.Credentials, addressOrOff),
		text("account-id", "account of the root key and of credentials that name none", &c.AccountID, matching(`^\d{12}$`, "12 digits")),
		text("region", "region of devices and of requests that name none", &c.Region, matching(`^[a-z]{2}(-[a-z]+)+-\d$`, "a region such as us-east-1")),
		text("log-level", "level of the program's own log on standard error: debug, info, warn, error", &c.LogLevel, matching(`^(debug|info|warn|error)$`, "debug, info, warn or error")),
		{Key: "mqtt-profile", Doc: "rules and limits of MQTT: aws is AWS IoT's, standard is all of MQTT 3.1.1 and 5", Origin: "default",
			get: func() string { return profile },
			set: func(v string) (err error) { profile, err = c.chooseProfile(v); return err }},
		number("mqtt-connections", "most MQTT connections of an account", &c.Broker.Limits.Connections, 1, 10_000_000),
		number("mqtt-subscriptions", "most subscriptions of one MQTT connection", &c.Broker.Limits.Subscriptions, 1, 10_000_000),
		number("mqtt-filters", "most topic filters of one SUBSCRIBE packet", &c.Broker.Limits.FiltersPerSubscribe, 1, 100_000),
		number("mqtt-inflight", "most unacknowledged messages to one MQTT client", &c.Broker.Limits.Inflight, 1, 60_000),
		number("mqtt-session-messages", "most messages that wait for one absent client", &c.Broker.Limits.SessionMessages, 1, 60_000),
		number("mqtt-session-bytes", "most bytes that wait for one absent client", &c.Broker.Limits.SessionBytes, 1024, 1<<40),
		number("mqtt-waiting-bytes", "most bytes that wait for all absent clients, which are also in memory", &c.Broker.Limits.AllSessionBytes, 1024, 1<<40),
		number("mqtt-stored-rate", "messages a second that a client which comes back gets of those that waited, 0 as it takes them", &c.Broker.Limits.StoredPerSecond, 0, 1_000_000),
		number("mqtt-retained", "most retained messages of an account", &c.Broker.Limits.Retained, 0, 100_000_000),
		number("mqtt-connect-rate", "CONNECTs a second of an account, 0 for no limit; telltale dev limits no rates", &c.Broker.Rates.Connects, 0, 1_000_000),
		number("mqtt-client-connect-rate", "CONNECTs a second of one client id, 0 for no limit", &c.Broker.Rates.ClientConnects, 0, 1_000_000),
		number("mqtt-publish-rate", "messages a second of one connection, in and out, 0 for no limit; AWS has 100", &c.Broker.Rates.Publishes, 0, 10_000_000),
		number("mqtt-byte-rate", "bytes a second that one connection may send, 0 for no limit; AWS has 524288", &c.Broker.Rates.Bytes, 0, 1<<40),
		number("mqtt-account-publish-rate", "messages a second from the clients of an account, 0 for no limit", &c.Broker.Rates.AccountPublishes, 0, 100_000_000),
		number("mqtt-account-delivery-rate", "messages a second to the clients of an account, 0 for no limit", &c.Broker.Rates.AccountDeliveries, 0, 100_000_000),
		number("mqtt-subscribe-rate", "topic filters a second that the clients of an account ask for, 0 for no limit", &c.Broker.Rates.Subscriptions, 0, 10_000_000),
		number("mqtt-queue-rate", "messages a second stored for the absent clients of an account, 0 for no limit", &c.Broker.Rates.Queued, 0, 10_000_000),
		number("mqtt-retain-rate", "retained messages a second of an account, 0 for no limit", &c.Broker.Rates.Retained, 0, 10_000_000),
		number("mqtt-retain-topic-rate", "retained messages a second of one topic, 0 for no limit", &c.Broker.Rates.RetainedTopic, 0, 10_000_000),
		number("mqtt-direct-rate", "direct messages a second of an account, 0 for no limit", &c.Broker.Rates.DirectMessages, 0, 10_000_000),
		number("mqtt-request-rate", "calls a second of each API operation about clients, 0 for no limit", &c.Broker.Rates.Requests, 0, 1_000_000),
		number("mqtt-client-request-rate", "the same about one client, 0 for no limit", &c.Broker.Rates.ClientRequests, 0, 1_000_000),
		toggle("permissive", "let devices do what no policy allows; their entries tell what would have been denied, and why", &c.Permissive),
		mapping("endpoint", "NAME=URL of a service that rules use, may be given again: s3, sqs, kafka, ... (docs/gen/actions.md); a key as user:secret@, ?region= to sign for", &c.Endpoints, checkEndpoint),
		mapping("function", "NAME=URL or NAME=exec:PROGRAM of a function for aws_lambda() and lambda actions, may be given again", &c.Functions, checkFunction),
		mapping("server-certificate", "ARN=FILE of a certificate for domain configurations, may be given again: PEM with certificate, chain and key", &c.ServerCertificates, checkServerCertificate),
		mapping("model", "NAME=URL or NAME=exec:PROGRAM of a model for machinelearning_predict(), may be given again", &c.Models, checkModel),
		number("shadow-history", "days for which the past of a shadow can be seen, 0 keeps none", &c.Shadow.History, 0, 36_500),
		number("shadow-revisions", "most past revisions of a shadow that can be seen, 0 keeps none", &c.Shadow.Revisions, 0, 1_000_000),
		number("shadow-state-bytes", "largest state of a shadow, without its metadata", &c.Shadow.Limits.StateBytes, 2, 128<<10),
		number("shadow-levels", "most levels of objects and arrays below desired and reported", &c.Shadow.Limits.Levels, 1, 100),
	}
	return c
}

// chooseProfile replaces the limits of MQTT by those of a profile; settings that change single ones keep what they say.
func (c *Config) chooseProfile(name string) (string, error) {
	var names []string
	for _, p := range broker.Profiles {
		if names = append(names, p.Name); p.Name != name {
			continue
		}
		set := map[string]string{}
		for _, s := range c.settings {
			if strings.HasPrefix(s.Key, "mqtt-") && s.Origin != "default" && s.Key != "mqtt-profile" {
				set[s.Key] = s.get()
			}
		}
		c.Broker.Limits = p.Limits()
		for key, value := range set {
			if err := c.find(key).set(value); err != nil {
				return "", err
			}
		}
		return name, nil
	}
	return "aws", errors.New("want " + strings.Join(names, " or "))
}

// Settings lists every setting of the mode, with its value and where it came from.
func (c *Config) Settings() []Setting {
	var list []Setting
	for _, s := range c.settings {
		if s.knownTo(c.Mode) {
			list = append(list, Setting{Key: s.Key, Value: s.get(), Origin: s.Origin, Doc: s.Doc})
		}
	}
	return list
}

// IsBool reports whether a setting is a switch, which a flag may give without a value.
func (c *Config) IsBool(key string) bool {
	s := c.find(key)
	return s != nil && s.boolean
}

// IsMany reports whether a setting takes many values, each NAME=VALUE.
func (c *Config) IsMany(key string) bool {
	s := c.find(key)
	return s != nil && s.many
}

// Set changes one setting by its text, remembering where it came from.
func (c *Config) Set(key, value, origin string) error {
	s := c.find(key)
	if s == nil {
		return fmt.Errorf("%s: there is no setting %q%s", origin, key, c.Suggest(key))
	}
	if !s.knownTo(c.Mode) {
		return fmt.Errorf("%s: %s is a setting of telltale %s only", origin, key, s.mode)
	}
	if err := s.set(value); err != nil {
		return fmt.Errorf("%s: %s = %q: %w", origin, key, masked(value), err)
	}
	s.Origin = origin
	return nil
}

// LoadFile reads a TOML file. A key that is no setting is an error with the nearest one suggested.
func (c *Config) LoadFile(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("configuration file %s does not exist", path)
	}
	if err != nil {
		return fmt.Errorf("configuration file: %w", err)
	}
	var values map[string]any
	if err := toml.Unmarshal(text, &values); err != nil {
		if at, ok := errors.AsType[*toml.DecodeError](err); ok {
			line, column := at.Position()
			return fmt.Errorf("configuration file %s, line %d, column %d: %w", path, line, column, err)
		}
		return fmt.Errorf("configuration file %s: %w", path, err)
	}
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		var value string
		if s, table := c.find(key), values[key]; s != nil && s.many {
			many, ok := table.(map[string]any)
			if !ok {
				return fmt.Errorf("file %s: %s must be a table: [%s] with lines NAME = \"VALUE\"", path, key, key)
			}
			if err := c.table(s, path, many); err != nil {
				return err
			}
			continue
		}
		switch v := values[key].(type) {
		case string:
			value = v
		case bool, int64:
			value = fmt.Sprint(v)
		default:
			return fmt.Errorf("file %s: %s must be a string, a number or a boolean", path, key)
		}
		if err := c.Set(key, value, "file "+path); err != nil {
			return err
		}
	}
	return nil
}

// LoadEnvironment reads the TELLTALE_ variables among environ ("NAME=value"). Names that only commands of the CLI read are let by.
func (c *Config) LoadEnvironment(environ []string) error {
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		rest, ok := strings.CutPrefix(name, "TELLTALE_")
		if !ok || name == "TELLTALE_CONFIG" || value == "" {
			continue
		}
		key := strings.ReplaceAll(strings.ToLower(rest), "_", "-")
		if err := c.Set(key, value, "environment "+name); err != nil {
			return err
		}
	}
	return nil
}

// relaxed reports whether this is a developer's machine, where credentials and roles are believed.
func (c *Config) relaxed() bool { return c.Mode == Dev }

// check refuses settings that do not go together.
func (c *Config) check() error {
	if c.Mode != Dev {
		return nil
	}
	for _, key := range []string{"gateway", "mqtts", "mqtt", "tls", "https", "credentials"} {
		s := c.find(key)
		host, _, _ := net.SplitHostPort(s.get())
		if ip := net.ParseIP(host); s.get() != "off" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return fmt.Errorf("%s: %s = %q: telltale dev is relaxed and listens on loopback addresses only; use telltale serve", s.Origin, key, s.get())
		}
	}
	return nil
}

// Logger is the diary at the level configured.
func (c *Config) Logger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // checked when it was set
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

func (c *Config) find(key string) *setting {
	for i := range c.settings {
		if c.settings[i].Key == key {
			return &c.settings[i]
		}
	}
	return nil
}

func (s *setting) knownTo(m Mode) bool { return s.mode == "" || s.mode == m }

// Suggest names the setting nearest to a mistyped key, or lists them all, to be put behind an error.
func (c *Config) Suggest(key string) string {
	best, distance := "", len(key)/2+1
	var all []string
	for _, s := range c.settings {
		all = append(all, s.Key)
		if d := editDistance(key, s.Key); d < distance {
			best, distance = s.Key, d
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return "; the settings are " + strings.Join(all, ", ")
}

// editDistance is the number of insertions, deletions and replacements that make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal, row[j] = row[j], min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

func nonEmpty(v string) error {
	if v == "" {
		return errors.New("must not be empty")
	}
	return nil
}

func address(v string) error {
	if _, port, err := net.SplitHostPort(v); err != nil || !isPort(port) {
		return errors.New("want host:port, for example 127.0.0.1:4566")
	}
	return nil
}

// off opens no listener.
const off = "off"

// unlessOff is the address of a listener, "" for one that is not opened.
func unlessOff(address string) string {
	if address == off {
		return ""
	}
	return address
}

// orOff is the opposite.
func orOff(address string) string { return cmp.Or(address, off) }

// scope is where devices belong that nothing assigns to an account.
func (c *Config) scope() caller.Scope { return caller.Scope{Account: c.AccountID, Region: c.Region} }

func addressOrOff(v string) error {
	if v == off {
		return nil
	}
	return address(v)
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n <= 65535
}

func matching(pattern, want string) func(string) error {
	re := regexp.MustCompile(pattern)
	return func(v string) error {
		if !re.MatchString(v) {
			return errors.New("want " + want)
		}
		return nil
	}
}
