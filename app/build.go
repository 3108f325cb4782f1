package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"telltale/api"
	"telltale/api/devicecreds"
	"telltale/api/gateway"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/service/announce"
	"telltale/service/authorizer"
	"telltale/service/broker"
	"telltale/service/domain"
	"telltale/service/eventlog"
	"telltale/service/identity"
	"telltale/service/jobs"
	"telltale/service/logs"
	"telltale/service/metrics"
	"telltale/service/registry"
	"telltale/service/registry/authority"
	"telltale/service/rolealias"
	"telltale/service/rules"
	"telltale/service/rules/action"
	"telltale/service/rules/connect"
	"telltale/service/rules/destination"
	"telltale/service/shadow"
	"telltale/service/trail"
	"telltale/store/logseg"
	"telltale/store/series"
	"telltale/store/state"
)

// program is everything that runs, floor by floor.
type program struct {
	diary *slog.Logger

	db     *state.DB
	store  *logseg.Log
	series *series.Store

	identity *identity.Directory
	registry *registry.Registry
	logs     *logs.Logs
	metrics  *metrics.Metrics
	eventlog *eventlog.Log
	trail    *trail.Trail
	broker   *broker.Broker
	shadows  *shadow.Shadows
	jobs     *jobs.Jobs
	announce *announce.Announcements
	rules    *rules.Engine

	destinations *destination.Destinations

	authorizers *authorizer.Authorizers
	domains     *domain.Domains
	aliases     *rolealias.Aliases
	credentials *devicecreds.Server

	facts              *event.Recorder
	outside            *connect.Outside
	authority          *authority.Authority
	handler            http.Handler
	endpoint           string       // host:port that DescribeEndpoint hands out; set by listen
	credentialEndpoint string       // the same for the credentials provider; "" if there is none
	leave              func()       // set by start
	stop               func() error // set by start
}

// build puts the program together, from the ground floor up. Reading it answers "who uses this?".
func build(ctx context.Context, c *Config, dir string) (p *program, err error) {
	p = &program{diary: c.Logger()}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
			p = nil
		}
	}()
	if err := p.buildStores(ctx, dir); err != nil {
		return p, err
	}
	if err := p.buildServices(ctx, c, dir); err != nil {
		return p, err
	}
	p.buildDoors(c)
	return p, nil
}

// tables are everything the services keep in the state database.
func tables() (all []state.Schema) {
	for _, list := range [][]state.Schema{
		identity.Tables(), registry.Tables(), broker.Tables(), logs.Tables(), eventlog.Tables(), trail.Tables(), shadow.Tables(), jobs.Tables(), announce.Tables(), rules.Tables(), destination.Tables(),
		authorizer.Tables(), domain.Tables(), rolealias.Tables(),
	} {
		all = append(all, list...)
	}
	return all
}

func (p *program) buildStores(ctx context.Context, dir string) (err error) {
	p.store, err = logseg.Open(logseg.Config{Dir: filepath.Join(dir, "logs"), Diary: p.diary}) // first: its lock guards the whole directory
	if fault.Is(err, fault.Conflict) {
		return fmt.Errorf("data directory %s is in use by another telltale%s", dir, otherProcess(dir))
	}
	if err != nil {
		return err
	}
	config := state.Default()
	config.Path = filepath.Join(dir, "state.db")
	if p.db, err = state.Open(config, tables()...); err != nil {
		return err
	}
	p.series, err = series.Open(ctx, p.db, series.Default())
	return err
}

// buildServices builds the services in the order in which they need each other.
func (p *program) buildServices(ctx context.Context, c *Config, dir string) error {
	for _, step := range []func(context.Context, *Config, string) error{p.buildOffices, p.buildRecords, p.buildOutside, p.buildEntrance, p.buildBroker, p.buildDeviceServices, p.buildRules} {
		if err := step(ctx, c, dir); err != nil {
			return err
		}
	}
	return nil
}

// buildOffices builds what all others ask: who may do what, and which things there are.
func (p *program) buildOffices(ctx context.Context, c *Config, dir string) (err error) {
	who := identity.Config{Account: c.AccountID, Region: c.Region, Relaxed: c.relaxed()}
	if !c.relaxed() {
		who.CredentialsFile = filepath.Join(dir, "credentials")
	}
	if p.identity, err = identity.New(ctx, who, identity.Needs{State: p.db, Diary: p.diary}); err != nil {
		return err
	}
	if p.authority, err = authority.Open(filepath.Join(dir, "ca")); err != nil {
		return err
	}
	p.registry, err = registry.New(ctx, registry.Config{Endpoint: func() string { return p.endpoint }, CredentialEndpoint: func() string { return p.credentialEndpoint }}, registry.Needs{State: p.db, Authority: p.authority, Diary: p.diary})
	return err
}

// buildRecords builds what keeps and tells what happened.
func (p *program) buildRecords(ctx context.Context, c *Config, _ string) (err error) {
	if p.logs, err = logs.New(ctx, logs.Config{}, logs.Needs{State: p.db, Store: p.store, Diary: p.diary}); err != nil {
		return err
	}
	if p.trail, err = trail.New(ctx, trail.Config{}, trail.Needs{State: p.db, Store: p.store, Diary: p.diary}); err != nil {
		return err
	}
	if p.metrics, err = metrics.New(metrics.Default(), metrics.Needs{Series: p.series}); err != nil {
		return err
	}
	p.eventlog = eventlog.New(eventlog.Config{AutoEnable: c.relaxed(), Node: nodeName()},
		eventlog.Needs{State: p.db, Writer: p.logs, Groups: p.registry, Roles: p.identity, Metrics: p.metrics, Diary: p.diary})
	p.facts = event.NewRecorder(p.eventlog, p.metrics)
	return nil
}

func (p *program) buildBroker(ctx context.Context, c *Config, dir string) error {
	certificate, err := p.serverCertificate(c)
	if err != nil {
		return err
	}
	door := c.Broker
	door.MQTTS, door.MQTT, door.TLS, door.HTTPS = c.MQTTS, unlessOff(c.MQTT), unlessOff(c.TLS), unlessOff(c.HTTPS)
	door.Sessions, door.Permissive = filepath.Join(dir, "sessions"), c.Permissive
	root, err := p.root()
	if err != nil {
		return err
	}
	p.broker = broker.New(door, broker.Needs{State: p.db, Registry: p.registry, Facts: p.facts, TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}, Root: root, Diary: p.diary,
		Domains: deviceDomains{p.domains}, Identity: p.identity, Authorizers: deviceAuthorizers{p.authorizers}, Anonymous: c.scope()})
	return p.broker.Open(ctx)
}

// buildOutside finds the services that are not ours.
func (p *program) buildOutside(_ context.Context, c *Config, _ string) (err error) {
	p.outside = &connect.Outside{}
	if p.outside.Endpoints, err = connect.ParseEndpoints(c.Endpoints); err != nil {
		return err
	}
	if p.outside.Functions, err = connect.ParseFunctions(c.Functions); err != nil {
		return err
	}
	p.outside.Models, err = connect.ParseModels(c.Models)
	return err
}

// buildDeviceServices builds what answers devices on reserved topics.
func (p *program) buildDeviceServices(ctx context.Context, c *Config, _ string) (err error) {
	if p.shadows, err = shadow.New(ctx, c.Shadow, shadow.Needs{State: p.db, Facts: p.facts, Publisher: p.broker, Diary: p.diary}); err != nil {
		return err
	}
	p.broker.Handle("$aws/things/+/shadow/#", p.shadows)
	if p.announce, err = announce.New(ctx, announce.Needs{State: p.db, Publisher: p.broker, Diary: p.diary}); err != nil {
		return err
	}
	if p.jobs, err = jobs.New(ctx, jobs.Default(), jobs.Needs{State: p.db, Facts: p.facts, Publisher: p.broker, Announcer: p.announce, Registry: p.registry,
		Documents: p.documents(c), Diary: p.diary}); err != nil {
		return err
	}
	p.broker.Handle("$aws/things/+/jobs/#", p.jobs)
	p.broker.Handle("$aws/events/#", p.announce)
	return nil
}

func (p *program) buildRules(ctx context.Context, c *Config, dir string) (err error) {
	if p.destinations, err = destination.New(ctx, destination.Config{Endpoint: (&Running{Gateway: c.Gateway}).Endpoint, PlainHTTP: c.relaxed()},
		destination.Needs{State: p.db, Diary: p.diary}); err != nil {
		return err
	}
	config := rules.Default()
	config.Journal, config.Relaxed = filepath.Join(dir, "rules"), c.relaxed()
	p.rules, err = rules.New(ctx, config, rules.Needs{
		State: p.db, Facts: p.facts, Roles: p.identity, Shadows: p.shadows, Registry: p.registry, Outside: p.outside, Told: p.eventlog.Flush, Diary: p.diary,
		Actions: action.Needs{
			Endpoints: p.outside.Endpoints, Functions: p.outside.Functions, Publisher: p.broker, Logs: p.logs, Metrics: p.metrics,
			Destinations: p.destinations, HTTP: outgoing(), PlainHTTP: c.relaxed(),
		},
	})
	if err != nil {
		return err
	}
	p.broker.Handle("$aws/rules/#", p.rules)
	p.broker.Tap(p.rules)
	return nil
}

// outgoing is the client for what rules send: many messages to one host find open connections.
func outgoing() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 32
	return &http.Client{Transport: transport}
}

func (p *program) buildDoors(c *Config) {
	table := api.Table(api.Services{Identity: p.identity, Registry: p.registry, Logs: p.logs, Metrics: p.metrics, EventLog: p.eventlog, Trail: p.trail, Shadows: p.shadows, Broker: p.broker, Jobs: p.jobs, Announce: p.announce, Rules: p.rules, Destinations: p.destinations,
		Authorizers: p.authorizers, Domains: p.domains, RoleAliases: p.aliases})
	p.handler = gateway.New(gateway.Config{Region: c.Region, Unsigned: c.Mode == Dev, Devices: c.scope()},
		gateway.Needs{Table: table, Identity: p.identity, Broker: p.broker, Domains: deviceDomains{p.domains}, Auditor: p.trail, Pages: p.pages(), Diary: p.diary})
}

// otherProcess names the process that runs on a data directory, as far as it told.
func otherProcess(dir string) string {
	if r, err := LastRun(dir); err == nil {
		return fmt.Sprintf(" (process %d)", r.PID)
	}
	return ""
}

// close closes the stores, the newest first.
func (p *program) close() error {
	var errs []error
	if p.broker != nil {
		errs = append(errs, p.broker.Close())
	}
	if p.series != nil {
		errs = append(errs, p.series.Close())
	}
	if p.store != nil {
		errs = append(errs, p.store.Close())
	}
	if p.db != nil {
		errs = append(errs, p.db.Close())
	}
	return errors.Join(errs...)
}

// nodeName names the log stream of this process's entries.
func nodeName() string {
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "telltale"
}
