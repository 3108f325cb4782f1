package eventlog

import (
	"context"
	"errors"
	"fmt"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/store/state"
)

// options reads the stored options; a scope that has none gets the zero options, or in dev mode working ones.
func (l *Log) options(ctx context.Context, s caller.Scope) (*options, error) {
	o := &options{Account: s.Account, Region: s.Region}
	err := l.needs.State.View(ctx, func(tx *state.Tx) error {
		have, err := optionsTable.Get(tx, state.K(s.Account, s.Region))
		if errors.Is(err, state.ErrNotFound) {
			return nil
		}
		o = have
		return err
	})
	if err != nil {
		return nil, fault.Wrap("eventlog.options", fault.Internal, err)
	}
	if !o.Configured && l.cfg.AutoEnable {
		return l.enable(ctx, s)
	}
	return o, nil
}

// enable gives a scope a logging role and the level INFO.
func (l *Log) enable(ctx context.Context, s caller.Scope) (*options, error) {
	role, err := l.needs.Roles.EnsureRole(ctx, s.Account, "telltale-logging", trustIoT, allowLogs)
	if err != nil {
		return nil, err
	}
	o := &options{Account: s.Account, Region: s.Region}
	err = l.needs.State.Update(ctx, func(tx *state.Tx) error {
		have, err := optionsTable.Get(tx, state.K(s.Account, s.Region))
		switch {
		case err == nil:
			o = have
		case !errors.Is(err, state.ErrNotFound):
			return err
		}
		if o.Configured { // by somebody else, a moment ago
			return nil
		}
		o.Configured, o.Role, o.Level = true, role, event.Info.String()
		return optionsTable.Put(tx, o)
	})
	return o, fault.Wrap("eventlog.enable", fault.Internal, err)
}

// The logging role as the AWS IoT documents print it. (aws: iot/configure-logging#configure-logging-role-and-policy)
const (
	trustIoT  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	allowLogs = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents","logs:PutMetricFilter","logs:PutRetentionPolicy"],"Resource":"*"}]}`
)

// update changes the options of a scope, and the picture that recording uses.
func (l *Log) update(ctx context.Context, s caller.Scope, change func(*state.Tx, *options) error) error {
	const op = "eventlog.update"
	if _, err := l.options(ctx, s); err != nil {
		return err
	}
	l.change.Lock()
	defer l.change.Unlock()
	err := l.needs.State.Update(ctx, func(tx *state.Tx) error {
		o, err := optionsTable.Get(tx, state.K(s.Account, s.Region))
		if errors.Is(err, state.ErrNotFound) {
			o, err = &options{Account: s.Account, Region: s.Region}, nil
		}
		if err != nil {
			return err
		}
		if err := change(tx, o); err != nil {
			return err
		}
		return optionsTable.Put(tx, o)
	})
	if err != nil {
		return fault.Wrap(op, fault.Internal, err)
	}
	l.forget(s)
	return nil
}

// forget has the picture of a scope read again at its next use. The change lock is held.
func (l *Log) forget(s caller.Scope) {
	if old, ok := l.scopes.LoadAndDelete(s); ok {
		old.(*settings).replaced.Store(true)
	}
}

// settings is the picture of a scope, read on first use. Most facts are of the scope of the one before, which is found without hashing it.
func (l *Log) settings(s caller.Scope) *settings {
	if last := l.last.Load(); last != nil && last.scope == s && !last.replaced.Load() {
		return last
	}
	if have, ok := l.scopes.Load(s); ok {
		l.last.Store(have.(*settings))
		return have.(*settings)
	}
	l.change.Lock() // no change between reading and storing
	defer l.change.Unlock()
	if have, ok := l.scopes.Load(s); ok { // somebody else was here first
		return have.(*settings)
	}
	ctx := context.Background()
	o, err := l.options(ctx, s)
	var fresh *settings
	if err == nil {
		fresh, err = l.picture(ctx, s, o)
	}
	if err != nil {
		l.needs.Diary.Error("logging levels cannot be read: nothing is logged", "account", s.Account, "region", s.Region, "error", err)
		return &settings{scope: s}
	}
	l.scopes.Store(s, fresh)
	return fresh
}

// destination is the one pointer to d: entries recorded before and after a change of the settings stay together and so in order.
// The change lock is held.
func (l *Log) destination(d destination) *destination {
	if l.dests[d] == nil {
		l.dests[d] = &d
	}
	return l.dests[d]
}

// picture compiles options, resource levels and what is temporary into settings.
func (l *Log) picture(ctx context.Context, s caller.Scope, o *options) (*settings, error) {
	p := &settings{scope: s, configured: o.Configured, disabled: o.Disabled, role: o.Role, events: map[string]eventSetting{},
		fallback: l.destination(destination{s, DefaultGroup, o.Role}), dests: map[string]*destination{}}
	p.level, _ = event.ParseLevel(o.Level)
	for _, e := range o.Events {
		x := eventSetting{Destination: e.Destination}
		x.Level, x.HasLevel = event.ParseLevel(e.Level)
		p.events[entryName(e.Type)] = x
		if e.Destination != "" && p.dests[e.Destination] == nil {
			p.dests[e.Destination] = l.destination(destination{s, e.Destination, o.Role})
		}
	}
	return p, l.needs.State.View(ctx, p.readResources)
}

// readResources reads what is set for resources. What is temporary comes last, and so stands in front.
func (p *settings) readResources(tx *state.Tx) error {
	for r, err := range levelsTable.Scan(tx, state.K(p.scope.Account, p.scope.Region), state.Key{}, 0) {
		if err != nil {
			return err
		}
		if err := p.setLevel(target{r.Type, r.Name}, r.Level); err != nil {
			return err
		}
	}
	list, err := lasting(tx, p.scope, temporaryLevel)
	for _, t := range list {
		err = errors.Join(err, p.setLevel(t.target(), t.Level))
	}
	if err != nil {
		return err
	}
	list, err = lasting(tx, p.scope, temporaryCapture)
	for _, t := range list {
		c, bad := t.Capture.compile()
		if err = errors.Join(err, bad); bad == nil {
			p.captures.set(t.target(), c)
		}
	}
	return err
}

func (p *settings) setLevel(t target, text string) error {
	level, ok := event.ParseLevel(text)
	if !ok {
		return fmt.Errorf("stored level %q of %s %s is not a level", text, t.Type, t.Name)
	}
	p.levels.set(t, level)
	return nil
}
