// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"

	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
)

// existing plans the way from what there is.
func (d *differ) existing() error {
	fixed := d.fixed()
	switch {
	case len(fixed) > 0:
		if err := d.replace(fixed); err != nil {
			return err
		}
	case d.have.root.Provisioning == failed && d.remedy == Failover:
		d.emit(failoverStep(d.have.root, d.want.Name))
		d.change()
		d.deleteNext("no longer wanted")
	case d.have.root.Provisioning == failed && len(d.have.others.owners) > 0:
		return fmt.Errorf("%w: %q is in ERROR, and making it anew would interrupt %s",
			ErrShared, d.want.Name, ownersText(d.have.others.owners))
	case d.have.root.Provisioning == failed:
		d.replaceFailed()
	default:
		d.change()
		d.deleteNext("no longer wanted")
	}
	d.deleteExtra()
	return nil
}

// change plans the way from an existing load balancer to the wanted one.
func (d *differ) change() {
	begins := d.want.Shared && d.have.shared() == "" // to be shared, once all that is ours is marked
	if !begins {
		d.changeLoadBalancer()
	}
	d.floatingIP()
	d.chooseRests()
	for _, p := range d.sortedPools() {
		if have, ok := d.pools[p.Name]; ok {
			d.changePool(p, have)
		}
	}
	d.clearTheWay()
	d.makeGraph()
	d.connected = true
	d.watchAll()
	if begins {
		d.changeLoadBalancer()
	}
	d.removePolicies()
	d.rest()
	for _, takeAway := range d.last {
		takeAway()
	}
	d.removeRest()
	d.probeAgain()
}

func (d *differ) changeLoadBalancer() {
	ds := differences(loadBalancerRows(), d.lbWish(), d.have.root.attrs, d)
	if have, want := d.have.root.Name, StoredName(d.want.Name); have != want { // found by its mark
		ds = append([]difference{{name: "name", spec: "name", want: want, effect: Updates, haveText: have, wantText: want}}, ds...)
	}
	if len(ds) == 0 {
		return
	}
	d.emit(Step{
		Changes: []Change{{
			Action: Update, Kind: KindLoadBalancer, Path: balancerPath(d.want.Name),
			ID: d.have.root.ID, Fields: fieldsOf(ds),
		}},
		Cycles: 1, Reason: unlike(ds),
		op: operation{
			method: "PUT", path: "lbaas/loadbalancers/{loadbalancer}", key: "loadbalancer",
			body: d.visible(updateBody(ds), d.have.root),
			tags: d.have.sharedTags(),
		},
	})
}

// rebuild plans an end and a new beginning: for a load balancer that settled in ERROR,
// which Octavia lets only be deleted (or failed over). It may still carry traffic,
// hence disruptive. A floating IP of ours outlives it and is bound again.
func (d *differ) rebuild(reason string) {
	seed, lost := d.seeded(d.have)
	d.emit(deleteStep(d.have.root, d.want.Name, loadBalancerPath, true, reason+lossText(lost)))
	d.want, d.lost, d.inPlace = seed, lost, true
	fip := d.have.floating
	if fip != nil {
		free := *fip
		free.PortID = "" // as its port goes
		fip = &free
	}
	d.have = &Graph{floating: fip, extra: d.have.extra}
	d.pools, d.listeners, d.oldPools, d.oldLists = map[string]poolNode{}, map[string]listenerNode{}, nil, nil
	d.instead = map[string][]difference{}
	d.plan.ids = map[string]string{loadBalancerPath: d.plan.id, nextPath: d.plan.ids[nextPath]}
	d.create()
}

// deleteStep ends a load balancer that a path stands for.
func deleteStep(root Node, name, path string, disruptive bool, reason string) Step {
	call := "lbaas/loadbalancers/{" + path + "}" + cascade
	return Step{
		Call: callText("DELETE", call), Cycles: 1, Disruptive: disruptive, Reason: reason, concern: ReplacesBalancers,
		Changes: []Change{{Action: Delete, Kind: KindLoadBalancer, Path: balancerPath(name), ID: root.ID}},
		op:      operation{method: "DELETE", path: call},
	}
}

// makeGraph makes and changes listeners one after the other, each after the pools
// it sends traffic to: a new port is open only once its pool is filled and watched.
func (d *differ) makeGraph() {
	pools := map[string]Pool{}
	for _, p := range d.want.Pools {
		pools[p.Name] = p
	}
	for _, l := range d.sortedListeners() {
		for _, name := range poolsOf(l) {
			d.makePool(pools[name])
		}
		if have, ok := d.listeners[l.Name]; ok {
			d.changeListener(l, have)
		} else {
			d.makeListener(l)
		}
	}
	for _, p := range d.sortedPools() {
		d.makePool(p)
	}
}

// poolsOf names the pools that a listener and its policies send traffic to.
func poolsOf(l Listener) []string {
	var out []string
	if l.Pool != "" {
		out = append(out, l.Pool)
	}
	for _, p := range l.Policies {
		if p.RedirectPool != "" {
			out = append(out, p.RedirectPool)
		}
	}
	return out
}

// makePool makes a pool that does not exist yet, its members and its monitor.
func (d *differ) makePool(p Pool) {
	path := poolPath(p.Name)
	if _, exists := d.pools[p.Name]; exists || d.made[path] {
		return
	}
	d.made[path] = true
	body := merged(d.poolBody(p), map[string]any{"loadbalancer_id": ref(loadBalancerPath)})
	reason := "new; traffic comes once it is filled and watched"
	change := d.poolChange(p)
	if fixed := d.instead[path]; len(fixed) > 0 {
		reason = "beside the one it replaces, which serves until this one is ready"
		change.Fields = fieldsOf(fixed)
	}
	d.emit(Step{
		Changes: []Change{change}, Cycles: 1, Reason: reason,
		op: operation{method: "POST", path: "lbaas/pools", key: "pool", body: body, self: path, detached: path},
	})
	d.memberSteps(p, nil, member.Diff(nil, p.Members), path)
	if p.Monitor != nil {
		reason := "watched before traffic comes"
		if d.opensBeside(p.Protocol) {
			reason = "watched now that the ports are open: " + inTheWay
		}
		d.createMonitor(p, reason)
	}
}

func (d *differ) makeListener(l Listener) {
	change, reason := listenerChange(l), "opens the port, now that its pools are ready"
	if len(poolsOf(l)) == 0 {
		reason = "opens the port"
	}
	for i, old := range d.oldLists {
		if d.sameSlot(old, l) {
			d.oldLists = append(d.oldLists[:i:i], d.oldLists[i+1:]...)
			d.removeListener(old, !d.have.lost[old.ID], fmt.Sprintf("port %d must be free before it is reused", l.Port))
			change.Note = "replaces the one before"
			break
		}
	}
	change.Fields = fieldsOf(d.instead[listenerPath(l.Name)])
	body := merged(wishes(listenerRows(), l), map[string]any{"loadbalancer_id": ref(loadBalancerPath)})
	d.emit(Step{
		Changes: []Change{change}, Cycles: 1, Reason: reason,
		op: operation{method: "POST", path: "lbaas/listeners", key: "listener", body: body, self: listenerPath(l.Name)},
	})
	for i, p := range l.Policies {
		d.makePolicy(l, p, i+1, d.inPlace || change.Note != "") // a port that was there before has its clients
	}
}

// sameSlot reports whether a listener holds the port that another one wants. Before
// Train a port was one listener's, whatever its layer 4 protocol.
func (d *differ) sameSlot(have listenerNode, want Listener) bool {
	return number(have.attrs, "protocol_port") == float64(want.Port) &&
		(transport(Protocol(str(have.attrs, "protocol"))) == transport(want.Protocol) || !d.caps.Has(provider.SamePortPerProtocol))
}

func (d *differ) changeListener(l Listener, have listenerNode) {
	path := listenerPath(l.Name)
	ds := d.listenerDifferences(l, have)
	if have.Name != l.Name { // see matchListeners
		ds = append([]difference{{name: "name", want: l.Name, effect: Updates, haveText: show(have.Name), wantText: l.Name}}, ds...)
	}
	d.update(have.Node, "listeners", "listener", path, ds, "")
	d.starves(have.Node, "default_pool_id", l.Pool)
	d.changePolicies(l, have)
}

// update emits a PUT for what differs, and for an object in ERROR even if nothing
// does: Octavia then tries it again.
func (d *differ) update(have Node, collection, key, path string, ds []difference, detached string) {
	if len(ds) == 0 && have.Provisioning != failed {
		return
	}
	body, reason := d.visible(updateBody(ds), have), unlike(ds)
	if len(ds) == 0 {
		body, reason = map[string]any{"name": have.Name}, inError
	}
	d.plan.ids[path] = have.ID
	d.emit(Step{
		Changes: []Change{{Action: Update, Kind: have.Kind, Path: path, ID: have.ID, Fields: fieldsOf(ds)}},
		Cycles:  1, Reason: reason,
		op: operation{
			method: "PUT", path: "lbaas/" + collection + "/{" + path + "}", key: key, body: body, detached: detached,
		},
	})
}

// removeRest removes what the Spec does not name, parents only: Octavia's own
// cascade takes their children.
func (d *differ) removeRest() {
	for _, l := range d.oldLists {
		reason := unwanted
		if _, replaced := d.instead[listenerPath(l.Name)]; replaced {
			reason = "replaced by the one of that name"
		}
		if named, ok := d.listeners[l.Name]; ok && named.Name != l.Name {
			reason = "the Spec gives its name to another port"
		}
		d.removeListener(l, false, reason)
	}
	for _, p := range d.oldPools {
		path := "old/" + p.ID + "/" + p.Path
		d.plan.ids[path] = p.ID
		d.endWatch(p, path)
		s := Step{
			Changes: []Change{{Action: Delete, Kind: KindPool, Path: p.Path, ID: p.ID}},
			Cycles:  1, Reason: d.whyPoolGoes(p.Name),
			op: operation{method: "DELETE", path: "lbaas/pools/{" + path + "}", within: len(p.members)},
		}
		d.loses(&s, p)
		d.emit(s)
	}
}

func (d *differ) whyPoolGoes(pool string) string {
	_, kept := d.pools[pool]
	if kept || d.made[poolPath(pool)] {
		return "replaced by the one of that name, which serves"
	}
	return unwanted
}

func (d *differ) removeListener(l listenerNode, disruptive bool, reason string) {
	path := "old/" + l.ID + "/" + l.Path
	d.plan.ids[path] = l.ID
	d.emit(Step{
		Changes: []Change{{Action: Delete, Kind: KindListener, Path: l.Path, ID: l.ID}},
		Cycles:  1, Disruptive: disruptive, Reason: reason, concern: Interrupts,
		op: operation{method: "DELETE", path: "lbaas/listeners/{" + path + "}"},
	})
}
