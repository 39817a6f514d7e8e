// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"net/url"
	"sync"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// children remembers what lists of children are good for, for all that share them.
type children struct {
	mu    sync.Mutex
	known below
}

// below is what has been seen of lists of children.
type below struct {
	pages   int             // calls that they take together
	crowded map[string]bool // load balancers that had members when pools were last listed
	never   bool            // listing was refused
}

// census reads what is below many load balancers that turned ACTIVE together, with up to
// three lists of the project (pools, listeners, monitors) in the place of a status tree
// for each. How members are only their own pool's list says, so of a load balancer that
// has some a census shows that it is not settled, but not that it is (see vouched).
type census struct {
	w        *Waiter
	families map[string]*family // by load balancer
	owner    map[string]*family // by listener or monitor
	monitors bool               // there are some
	below    below
}

// family is one load balancer's status in the making.
type family struct {
	tree    *Status
	members []Object
	away    map[string]bool // listeners and monitors that it has and no list has shown yet
}

// trees completes the news of load balancers that are awaited, ACTIVE and have children,
// if that saves calls. Whatever goes wrong costs only the saving.
func (w *Waiter) trees(ctx context.Context, awaited []asker, found map[string]news) {
	known := w.children.knows()
	c := census{w: w, families: map[string]*family{}, owner: map[string]*family{}}
	for _, a := range awaited {
		n := found[a.id]
		// Where the worker turns the load balancer ACTIVE after its children, a census tells
		// nothing of one with members that was changed.
		hopeless := known.crowded[a.id] && n.inOrder() && !a.made
		if n.lb.Provisioning == statusActive && !n.bare && n.whole && !hopeless {
			c.add(n)
		}
	}
	if known.never || len(c.families) <= known.pages {
		return
	}
	c.below = below{pages: 3, crowded: map[string]bool{}}
	err := c.read(ctx)
	c.below.never = err != nil && ctx.Err() == nil && refusal(fault.Of(err).Kind)
	w.children.learn(c.below)
	for id, f := range c.families {
		if n := found[id]; err == nil && len(f.away) == 0 {
			f.tree.add() // restores the order
			n.tree, n.members = f.tree, f.members
			found[id] = n
		}
	}
}

func (c *census) add(n news) {
	f := &family{tree: &Status{Objects: []Object{n.lb}}, away: map[string]bool{}}
	c.families[n.lb.ID] = f
	for _, id := range n.listeners {
		c.expect(f, id)
	}
}

func (c *census) expect(f *family, id string) {
	f.away[id] = true
	c.owner[id] = f
}

// read begins with pools: if they show that nobody can be completed, that is all.
func (c *census) read(ctx context.Context) error {
	err := c.list(ctx, "pools", c.pool, "loadbalancers", "listeners", "members", "healthmonitor_id")
	if err == nil && len(c.families) > 0 {
		err = c.list(ctx, "listeners", func(o octavia.Object) { c.child("listener", "loadbalancers", o) }, "loadbalancers")
	}
	if err == nil && c.monitors && len(c.families) > 0 {
		err = c.list(ctx, "healthmonitors", func(o octavia.Object) { c.child("healthmonitor", "pools", o) }, "pools")
	}
	return err
}

func (c *census) list(ctx context.Context, kind string, see func(octavia.Object), more ...string) error {
	q := url.Values{"fields": append([]string{"id", "name", "provisioning_status", "operating_status"}, more...)}
	n := 0
	err := c.w.each(ctx, "lbaas/"+kind, kind, q, func(o octavia.Object) {
		see(o)
		n++
	})
	c.below.pages += n / listedPage
	return err
}

// pool takes a pool in if the status tree would show it: without a listener it does not.
func (c *census) pool(o octavia.Object) {
	lb := firstID(o, "loadbalancers")
	_, known := o["members"].([]any)
	if !known {
		delete(c.families, lb)
	}
	members := ids(o, "members")
	if len(members) > 0 {
		c.below.crowded[lb] = true
	}
	f, listener := c.families[lb], firstID(o, "listeners")
	if f == nil || listener == "" {
		return
	}
	pool := parseObject("pool", listener, o)
	f.tree.Objects = append(f.tree.Objects, pool)
	for _, id := range members {
		f.members = append(f.members, Object{Kind: "member", ID: id, Parent: pool.ID, Provisioning: statusActive})
	}
	if id, _ := o["healthmonitor_id"].(string); id != "" {
		c.monitors = true
		c.expect(f, id)
	}
}

func (c *census) child(kind, parent string, o octavia.Object) {
	child := parseObject(kind, firstID(o, parent), o)
	f := c.owner[child.ID]
	if f == nil || child.Provisioning == "" {
		return
	}
	delete(f.away, child.ID)
	f.tree.Objects = append(f.tree.Objects, child)
}

// firstID is the ID of the first object that o refers to.
func firstID(o octavia.Object, key string) string {
	for _, id := range ids(o, key) {
		return id
	}
	return ""
}

// ids are the IDs of the objects that o refers to.
func ids(o octavia.Object, key string) []string {
	refs, _ := o[key].([]any)
	out := make([]string, 0, len(refs))
	for _, r := range refs {
		ref, _ := r.(octavia.Object)
		id, _ := ref["id"].(string)
		out = append(out, id)
	}
	return out
}

func (c *children) knows() below {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known
}

func (c *children) learn(x below) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = x
}
