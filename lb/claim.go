// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/internal/mark"
)

// A load balancer whose Specs say Shared carries the mark of every owner and a tag
// that says so; its listeners and pools carry their owner's. Each owner's Graph is
// scoped to its share, so planning knows nothing of the others but what claim
// refuses. Tags are one field that is written whole, so two who join at the same
// moment can lose each other's mark: the marks of listeners and pools count, too, and
// whoever comes next writes the one that is missing.

// The audiences of a shared load balancer: a listener that was meant for the inside
// must not come to have a public address because of another owner.
const (
	internal = "internal"
	public   = "public"
)

// others is what a shared load balancer holds that is not the owner's.
type others struct {
	owners    []string // sorted
	listeners []listenerNode
	pools     []poolNode
	nodes     []Node // pools and listeners, with all below them
}

// audience is who reaches the load balancer.
func (s Spec) audience() string {
	if s.FloatingIP != nil {
		return public
	}
	return internal
}

// shared returns the audience of a shared load balancer, "" if it is not shared.
func (g *Graph) shared() string { return mark.SharedAs(tagsOf(g.root.attrs)) }

// Owners are those who have a share in the load balancer, sorted: usually one.
func (g *Graph) Owners() []string { return ownersIn(g.root, g.listeners, g.pools, g.others.owners) }

func ownersIn(root Node, listeners []listenerNode, pools []poolNode, more []string) []string {
	out := append(slices.Clone(more), ownersOf(root.attrs)...)
	for _, l := range listeners {
		out = append(out, mark.Owners(tagsOf(l.attrs))...)
	}
	for _, p := range pools {
		out = append(out, mark.Owners(tagsOf(p.attrs))...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// scope leaves in the graph of a shared load balancer what is the owner's. What
// nobody has marked is the only owner's, if there is one.
func (g *Graph) scope(owner string) *Graph {
	if g.shared() == "" {
		return g
	}
	out := *g
	out.listeners, out.pools = nil, nil
	all := ownersIn(g.root, g.listeners, g.pools, nil)
	alone := len(all) == 1 && all[0] == owner
	out.others.owners = slices.DeleteFunc(all, func(o string) bool { return o == owner })
	ours := func(n Node) bool {
		marked := mark.Owners(tagsOf(n.attrs))
		return slices.Contains(marked, owner) || alone && len(marked) == 0
	}
	rest := Graph{root: g.root}
	for _, l := range g.listeners {
		if ours(l.Node) {
			out.listeners = append(out.listeners, l)
		} else {
			rest.listeners = append(rest.listeners, l)
		}
	}
	for _, p := range g.pools {
		if ours(p.Node) {
			out.pools = append(out.pools, p)
		} else {
			rest.pools = append(rest.pools, p)
		}
	}
	out.others.listeners, out.others.pools, out.others.nodes = rest.listeners, rest.pools, rest.flatten()[1:]
	return &out
}

// holds reports whether an owner has a share.
func (g *Graph) holds(owner string) bool { return slices.Contains(g.Owners(), owner) }

// markChildren adds the owner's mark to the tags that a shared load balancer's pools
// and listeners shall have, keeping those that the Spec leaves alone.
func (d *differ) markChildren() {
	if !d.want.Shared {
		return
	}
	for i, p := range d.want.Pools {
		have, ok := d.pools[p.Name]
		if j := slices.IndexFunc(d.have.pools, func(n poolNode) bool { return n.Name == p.Name }); !ok && j >= 0 {
			have = d.have.pools[j] // to be replaced
		}
		d.want.Pools[i].Tags = d.marked(p.Tags, have.Node)
	}
	for i, l := range d.want.Listeners {
		have, ok := d.listeners[l.Name] // by another name, perhaps
		if j := slices.IndexFunc(d.have.listeners, func(n listenerNode) bool { return n.Name == l.Name }); !ok && j >= 0 {
			have = d.have.listeners[j]
		}
		d.want.Listeners[i].Tags = d.marked(l.Tags, have.Node)
	}
}

func (d *differ) marked(tags []string, have Node) []string {
	if tags == nil {
		tags = tagsOf(have.attrs)
	}
	return slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(tags), mark.Owner(d.owner)))))
}

// claim refuses what would take something from the other owners.
func (d *differ) claim() error {
	g := d.have
	switch {
	case g.shared() == "":
		return nil
	case !d.want.Shared && !g.holds(d.owner):
		return fmt.Errorf("%w: %q (%s) is shared by %s; a Spec that is Shared would join them",
			ErrNotOwned, d.want.Name, g.ID(), ownersText(g.others.owners))
	case len(g.others.owners) == 0:
		return nil
	}
	var errs []error
	say := func(path, format string, args ...any) {
		problem := fmt.Sprintf(format, args...)
		errs = append(errs, fmt.Errorf("%w: %w", ErrShared, &FieldError{Path: path, Problem: problem}))
	}
	them := ownersText(g.others.owners)
	if !d.want.Shared {
		say("shared", "is false, but %s share(s) the load balancer; it can be unshared once they have left", them)
	}
	d.claimAddress(say, them)
	for _, f := range differences(loadBalancerRows(), d.lbWish(), g.root.attrs, d) {
		if f.name != "tags" {
			say(f.spec, "is %s for %s, too, and cannot become %s; leave it out or say the same", f.haveText, them, f.wantText)
		}
	}
	for i, l := range d.want.Listeners {
		d.claimPort(say, at("listeners", l.Name, i), l)
		d.claimWatched(say, at("listeners", l.Name, i), l)
	}
	return errors.Join(errs...)
}

// claimAddress refuses to expose what others keep inside, and to move their address.
func (d *differ) claimAddress(say func(string, string, ...any), them string) {
	want, have := d.want.FloatingIP, d.have.floating
	switch is := d.have.shared(); {
	case is == internal && want != nil:
		say("floatingIP", "would expose what %s serve(s) inside; leave it out, or use another load balancer", them)
	case is == public && want == nil:
		say("floatingIP", "is absent, but %s made the load balancer public; ask for one, or use another load balancer", them)
	case want != nil && want.Address.IsValid() && have != nil && have.PortID != "" && want.Address.Unmap() != have.Address:
		say("floatingIP.address", "is %s for %s, too, and cannot become %s", have.Address, them, want.Address)
	}
}

// claimPort refuses a port that another owner's listener has.
func (d *differ) claimPort(say func(string, string, ...any), path string, l Listener) {
	if _, ours := d.listeners[l.Name]; ours {
		return
	}
	for _, o := range d.have.others.listeners {
		if d.sameSlot(o, l) {
			whose := ownersText(mark.Owners(tagsOf(o.attrs)))
			say(path+".port", "%d is taken by the listener %q of %s; use another port or load balancer", l.Port, o.Name, whose)
		}
	}
}

// ownersText names owners in a sentence.
func ownersText(owners []string) string {
	if len(owners) == 0 {
		return "nobody"
	}
	return strings.Join(owners, ", ")
}

// roomFor refuses to join where WithMaxOwners are already.
func (e *Engine) roomFor(g *Graph) error {
	if e.crowd == 0 || g == nil || g.shared() == "" || g.holds(e.owner) || len(g.others.owners) < e.crowd {
		return nil
	}
	return fmt.Errorf("%w: %q has %d owners already, and WithMaxOwners is %d", ErrShared, g.Name(), len(g.others.owners), e.crowd)
}
