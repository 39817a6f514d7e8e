// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"strings"

	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

func (d *differ) changeMonitor(p Pool, have poolNode, detached string) {
	switch {
	case p.Monitor == nil && have.monitor == nil:
	case have.monitor != nil && d.inTheWay(have):
		d.removeMonitor(monitorPath(p.Name), have, detached, inTheWay)
		if p.Monitor != nil {
			d.createMonitor(p, "again, now that the port is open; meanwhile members counted as up")
		}
	case p.Monitor == nil:
		d.last = append(d.last, func() { d.removeMonitor(monitorPath(p.Name), have, detached, unwanted) })
	case have.monitor == nil:
		d.createMonitor(p, "the pool is not watched yet")
	default:
		d.alterMonitor(p, have, detached)
	}
}

func (d *differ) alterMonitor(p Pool, have poolNode, detached string) {
	changes, body, replace := monitor.Diff(have.monitor.attrs, *p.Monitor)
	_, rests := d.rests[p.Name]
	switch {
	case rests:
		d.rests[p.Name] = fieldsOfMonitor(changes, replace)
	case replace:
		d.removeMonitor(monitorPath(p.Name), have, detached, "a pool has one monitor, and its type cannot be changed")
		d.createMonitor(p, "takes the place of the one before; meanwhile members count as up", fieldsOfMonitor(changes, true)...)
	case have.monitor.Provisioning == failed && d.caps.HasQuirk(provider.QuirkOVNHMMemberWithoutPort):
		d.remakeMonitor(p, have, detached)
	default:
		d.updateMonitor(p, have, changes, body, detached)
	}
}

// fieldsOfMonitor shows what changes: of a replacement only what makes it one.
func fieldsOfMonitor(changes []monitor.Change, replace bool) []Field {
	var out []Field
	for _, f := range changes {
		switch {
		case !replace:
			out = append(out, Field{Name: f.Field, Old: show(f.Old), New: show(f.New), Effect: Updates})
		case f.Field == "type":
			out = append(out, Field{Name: f.Field, Old: show(f.Old), New: show(f.New), Effect: Replaces})
		}
	}
	return out
}

// remakeMonitor tries a monitor in ERROR again where an update would only say ACTIVE and
// still probe nothing. Where a deletion stops the probes of the other pools it stays as it is.
func (d *differ) remakeMonitor(p Pool, have poolNode, detached string) {
	others := d.caps.HasQuirk(provider.QuirkOVNHMDeleteClearsMappings) && len(d.have.pools) > 1
	if others || d.remedy == Hopeless {
		return
	}
	d.removeMonitor(monitorPath(p.Name), have, detached, inError)
	d.createMonitor(p, "an update would say ACTIVE, and nothing would be probed")
}

func (d *differ) updateMonitor(p Pool, have poolNode, changes []monitor.Change, body map[string]any, detached string) {
	if len(changes) == 0 && (have.monitor.Provisioning != failed || d.remedy == Hopeless) {
		return
	}
	path := monitorPath(p.Name)
	c := Change{Action: Update, Kind: KindHealthMonitor, Path: path, ID: have.monitor.ID}
	names := make([]string, len(changes))
	for i, f := range changes {
		names[i] = f.Field
	}
	c.Fields = fieldsOfMonitor(changes, false)
	reason := "not as wished: " + strings.Join(names, ", ")
	if len(changes) == 0 {
		body, reason = map[string]any{"name": have.monitor.Name}, inError
	}
	d.plan.ids[path] = have.monitor.ID
	d.emitMonitor(d.wantedPool(p), Step{
		Changes: []Change{c}, Cycles: 1, Reason: reason,
		op: operation{
			method: "PUT", path: "lbaas/healthmonitors/{" + path + "}", key: "healthmonitor", body: body, detached: detached,
		},
	})
}

// createMonitor makes a pool's monitor, or remembers to do so once every port is open, or
// once what would stop its probes is gone.
func (d *differ) createMonitor(p Pool, reason string, fields ...Field) {
	_, rests := d.rests[p.Name]
	if !d.opened && d.opensBeside(p.Protocol) || rests && !d.made[poolPath(p.Name)] {
		d.watches[p.Name] = func() { d.createMonitor(p, reason, fields...) }
		return
	}
	path := poolPath(p.Name)
	pool := d.wantedPool(p)
	detached := ""
	if d.made[path] && len(pool.listeners) == 0 {
		detached = path
	}
	change := monitorChange(p)
	change.Fields = fields
	d.emitMonitor(pool, Step{
		Changes: []Change{change}, Cycles: 1, Reason: reason,
		op: operation{
			method: "POST", path: "lbaas/healthmonitors", key: "healthmonitor",
			body: merged(p.Monitor.Body(), map[string]any{"pool_id": ref(path)}),
			self: monitorPath(p.Name), detached: detached,
		},
	})
}

// removeMonitor deletes the monitor of a pool that is there, kept or not.
func (d *differ) removeMonitor(path string, have poolNode, detached, reason string) {
	d.plan.ids[path] = have.monitor.ID
	d.emitMonitor(d.observedPool(have), Step{
		Changes: []Change{{Action: Delete, Kind: KindHealthMonitor, Path: have.monitor.Path, ID: have.monitor.ID}},
		Cycles:  1, Reason: reason + d.othersUnprobed(Protocol(str(have.attrs, "protocol"))),
		op: operation{method: "DELETE", path: "lbaas/healthmonitors/{" + path + "}", detached: detached},
	})
}
