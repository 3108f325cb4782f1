package metrics

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/store/series"
)

// counterIndex finds the counter of a sample without a lock: a hash table of linked nodes that are never changed once they can be seen.
type counterIndex struct {
	seed  maphash.Seed
	table atomic.Pointer[[]atomic.Pointer[node]] // the length is a power of two
	mu    sync.Mutex                             // held by add
	count atomic.Int64
}

type node struct {
	hash    uint64
	scope   caller.Scope
	sample  event.Sample // but for the value
	counter *series.Counter
	next    *node
}

const firstSize = 256

func (x *counterIndex) reset() {
	x.seed = maphash.MakeSeed()
	table := make([]atomic.Pointer[node], firstSize)
	x.table.Store(&table)
}

func (x *counterIndex) size() int { return int(x.count.Load()) }

// hash leaves out what hardly distinguishes samples.
func (x *counterIndex) hash(scope *caller.Scope, s *event.Sample) uint64 {
	h := maphash.String(x.seed, s.Name) ^ maphash.String(x.seed, scope.Account)<<1
	for i := range s.Dims[:s.N] {
		h = h*31 ^ maphash.String(x.seed, s.Dims[i].Value)
	}
	return h
}

func (n *node) is(hash uint64, scope *caller.Scope, s *event.Sample) bool {
	if n.hash != hash || n.sample.Name != s.Name || n.sample.N != s.N || n.scope != *scope {
		return false
	}
	for i := range s.Dims[:s.N] {
		if n.sample.Dims[i] != s.Dims[i] {
			return false
		}
	}
	return true
}

// find returns nil if the sample has no counter yet.
func (x *counterIndex) find(scope *caller.Scope, s *event.Sample) *series.Counter {
	hash := x.hash(scope, s)
	table := *x.table.Load()
	for n := table[hash&uint64(len(table)-1)].Load(); n != nil; n = n.next {
		if n.is(hash, scope, s) {
			return n.counter
		}
	}
	return nil
}

// add makes the counter known. Adding the same sample twice does no harm: a series has one counter.
func (x *counterIndex) add(scope *caller.Scope, s *event.Sample, counter *series.Counter) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.find(scope, s) != nil {
		return
	}
	table := *x.table.Load()
	if x.size() >= len(table) {
		table = grown(table)
		x.table.Store(&table)
	}
	n := &node{hash: x.hash(scope, s), scope: *scope, sample: *s, counter: counter}
	n.sample.Name = strings.Clone(s.Name)
	for i := range n.sample.Dims {
		n.sample.Dims[i] = event.Dim{Name: strings.Clone(s.Dims[i].Name), Value: strings.Clone(s.Dims[i].Value)}
	}
	place := &table[n.hash&uint64(len(table)-1)]
	n.next = place.Load()
	place.Store(n)
	x.count.Add(1)
}

// grown is a table of twice the size with copies of all nodes; readers of the old one stay undisturbed.
func grown(old []atomic.Pointer[node]) []atomic.Pointer[node] {
	table := make([]atomic.Pointer[node], 2*len(old))
	for i := range old {
		for n := old[i].Load(); n != nil; n = n.next {
			c := *n
			place := &table[c.hash&uint64(len(table)-1)]
			c.next = place.Load()
			place.Store(&c)
		}
	}
	return table
}
