// SPDX-License-Identifier: Apache-2.0

package member

import (
	"errors"
	"slices"
)

// gathering is what a Batcher does about one pool, from the first change until nothing is left.
type gathering struct {
	r    *run
	take func() []*change
	wish *wish
	open []*change // not answered yet
}

// more takes up what has come, and reports whether there was anything.
func (g *gathering) more() bool {
	fresh := g.take()
	for _, c := range fresh {
		c.apply(g.wish)
		g.r.renew(c.keys)
	}
	g.open = append(g.open, fresh...)
	return len(fresh) > 0
}

// count notes for those who wait that a call was accepted.
func (g *gathering) count() {
	for _, c := range g.open {
		c.calls.Add(1)
	}
}

// plan is the run's. Before the first call, and before each that follows because one was
// not enough, it takes up what has come since. What has come when all is in force is left
// for a run of its own, so that each ends.
func (g *gathering) plan(have []Member) (Delta, []Spec) {
	if !g.r.sent {
		g.more()
	}
	d, want := g.wish.delta(have)
	g.answerServed(d, have)
	if g.r.sent && !d.Empty() && g.r.withheld == nil && g.more() {
		return g.wish.delta(have)
	}
	return d, want
}

// answerServed answers the callers whose members are as wished, or beyond help, although
// the run goes on for others, and forgets what they wished.
func (g *gathering) answerServed(d Delta, have []Member) {
	left := g.r.unfinished(d, have)
	nameless := slices.ContainsFunc(d.Remove, func(m Member) bool { return !g.wish.gone[m.Key()] })
	before := len(g.open)
	g.open = slices.DeleteFunc(g.open, func(c *change) bool {
		if c.exact && nameless || slices.ContainsFunc(c.keys, func(k Key) bool { return left[k] }) {
			return false
		}
		c.done <- g.answer(c, nil)
		return true
	})
	if len(g.open) == before || slices.ContainsFunc(g.open, func(c *change) bool { return c.exact }) {
		return
	}
	awaited := map[Key]bool{}
	for _, c := range g.open {
		for _, k := range c.keys {
			awaited[k] = true
		}
	}
	g.wish.keep(awaited)
}

// answer is what one caller is told, err being the run's.
func (g *gathering) answer(c *change, err error) error {
	var consent *ConsentError
	if errors.As(err, &consent) {
		if c.exact || c.drop && g.r.named == nil {
			return consent
		}
		err = nil
	}
	if err != nil {
		return err
	}
	keys := c.keys
	for k := range g.r.refused { // whom a Replace leaves out is its concern as well
		if _, wanted := g.wish.want[k]; c.exact && !wanted {
			keys = append(slices.Clone(keys), k)
		}
	}
	return g.r.blame(keys)
}
