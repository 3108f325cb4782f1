package rules

import (
	"cmp"
	"slices"
	"sync"

	"golang.org/x/time/rate"

	"telltale/base/caller"
	"telltale/base/message"
	"telltale/lang/topic"
)

// book is the rules of one account and region, as messages meet them.
type book struct {
	evaluations *rate.Limiter // of all rules together
	missing     *rate.Limiter // of messages to rules that do not exist

	mu    sync.RWMutex
	rules map[string]*rule
	tree  *topic.Tree[*rule, *rule] // of enabled rules by their FROM
}

// book returns the rules of a scope.
func (e *Engine) book(s caller.Scope) *book {
	if b, ok := e.scopes.Load(s); ok {
		return b.(*book)
	}
	b, _ := e.scopes.LoadOrStore(s, &book{
		evaluations: rate.NewLimiter(rate.Limit(e.cfg.Evaluations), e.cfg.Evaluations),
		missing:     rate.NewLimiter(rate.Limit(e.cfg.Missing), e.cfg.Missing),
		rules:       map[string]*rule{},
		tree:        topic.NewTree[*rule, *rule](topic.AWS),
	})
	return b.(*book)
}

// put adds a rule, in place of one of the same name, which it returns.
func (b *book) put(r *rule) (old *rule) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old = b.drop(r.name)
	b.rules[r.name] = r
	if r.listens() {
		b.tree.Add(r.from, r, r)
	}
	return old
}

// remove takes a rule out and returns it.
func (b *book) remove(name string) *rule {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.drop(name)
}

func (b *book) drop(name string) *rule {
	r := b.rules[name]
	if r == nil {
		return nil
	}
	delete(b.rules, name)
	if r.listens() {
		b.tree.Remove(r.from, r)
	}
	return r
}

// find returns a rule by its name, nil if there is none.
func (b *book) find(name string) *rule {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.rules[name]
}

// size is the number of rules.
func (b *book) size() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.rules)
}

// all lists every rule of every scope.
func (e *Engine) all() (list []*rule) {
	e.scopes.Range(func(_, b any) bool {
		b.(*book).mu.RLock()
		defer b.(*book).mu.RUnlock()
		for _, r := range b.(*book).rules {
			list = append(list, r)
		}
		return true
	})
	return list
}

// Generation changes whenever a rule does. It implements broker.Tap.
func (e *Engine) Generation() uint64 { return e.generation.Load() }

// Listen returns who runs the rules that listen to a topic, nil if there are none. It implements broker.Tap.
func (e *Engine) Listen(s caller.Scope, name string) message.Handler {
	b, ok := e.scopes.Load(s)
	if !ok || isIngest(name) {
		return nil
	}
	list := b.(*book).tree.Match(name, nil)
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b *rule) int { return cmp.Compare(a.name, b.name) })
	return &listeners{engine: e, rules: list}
}
