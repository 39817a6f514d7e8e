// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"net/netip"

	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// The ovn driver knows whom to probe by one map of addresses for all pools of a layer 4
// protocol. Before 2023.2 the end of any monitor empties it, and from then to 2025.1 the
// end of a pool takes the addresses of its members out of it, also where other pools have
// the same members, as those of one Service do: nothing is probed any more, and every
// status stays as it was (quirks ovn-hm-delete-clears-mappings and
// ovn-pool-delete-clears-mappings, LP 2051172). A new monitor puts the addresses of its
// pool back, so a plan that takes a pool or monitor away makes some monitors anew
// afterwards: as few as have all the addresses. They go before, so that a program which
// dies in between leaves something that the next one sees.

const probesStop = "this driver forgets whom to probe when others go"

// probe is what the driver's map has: an address, within a layer 4 protocol.
type probe struct {
	layer   string
	address netip.Addr
}

// chooseRests chooses the pools that stay whose monitors are made anew: first those that
// bring the most of what is lost back, those that are there already before new ones.
func (d *differ) chooseRests() {
	lost := d.lostProbes()
	for len(lost) > 0 {
		var best Pool
		most := 0
		for _, p := range d.sortedPools() {
			back := 0
			for _, a := range d.probesOf(p) {
				if lost[a] {
					back += 2
				}
			}
			if _, kept := d.pools[p.Name]; kept && back > 0 {
				back++
			}
			if p.Monitor != nil && back > most {
				best, most = p, back
			}
		}
		if most == 0 {
			return // nobody watches the rest
		}
		d.rests[best.Name] = nil
		for _, a := range d.probesOf(best) {
			delete(lost, a)
		}
	}
}

// lostProbes are the addresses that the plan makes the driver forget. Where the end of a
// monitor empties the map, making one anew does so, too.
func (d *differ) lostProbes() map[probe]bool {
	lost, emptied := map[probe]bool{}, map[string]bool{}
	if d.caps.HasQuirk(provider.QuirkOVNPoolDeleteClearsMappings) {
		for _, p := range d.oldPools {
			for _, m := range p.members {
				a := probe{layerOf(p), m.Address.Unmap()}
				lost[a], emptied[a.layer] = true, true
			}
		}
	}
	if !d.caps.HasQuirk(provider.QuirkOVNHMDeleteClearsMappings) {
		return lost
	}
	d.emptiedLayers(emptied)
	for _, p := range d.want.Pools {
		if !emptied[transport(p.Protocol)] || p.Monitor == nil {
			continue
		}
		for _, a := range d.probesOf(p) {
			lost[a] = true
		}
	}
	return lost
}

// emptiedLayers adds the layer 4 protocols of which a monitor goes and others do not
// come back afterwards, as they do where a port is opened (see inTheWay).
func (d *differ) emptiedLayers(emptied map[string]bool) {
	for _, p := range d.oldPools {
		if p.monitor != nil && !d.inTheWay(p) {
			emptied[layerOf(p)] = true
		}
	}
	for _, p := range d.want.Pools {
		have, kept := d.pools[p.Name]
		if !kept || have.monitor == nil || d.inTheWay(have) {
			continue
		}
		goes := p.Monitor == nil
		if !goes {
			_, _, goes = monitor.Diff(have.monitor.attrs, *p.Monitor)
		}
		if goes {
			emptied[transport(p.Protocol)] = true
		}
	}
}

func layerOf(p poolNode) string { return transport(Protocol(str(p.attrs, "protocol"))) }

func (d *differ) probesOf(p Pool) []probe {
	var out []probe
	for _, m := range p.Members {
		out = append(out, probe{transport(p.Protocol), m.Address.Unmap()})
	}
	if p.ExternalMembers {
		for _, m := range d.pools[p.Name].members {
			out = append(out, probe{transport(p.Protocol), m.Address.Unmap()})
		}
	}
	return out
}

// rest takes the monitors away that are to be made anew once others are gone.
func (d *differ) rest() {
	for _, p := range d.sortedPools() {
		fields, rests := d.rests[p.Name]
		if _, waits := d.watches[p.Name]; !rests || waits {
			continue
		}
		path := monitorPath(p.Name)
		c := Change{Action: Delete, Kind: KindHealthMonitor, Path: path}
		if have := d.pools[p.Name].monitor; have != nil {
			c.ID, d.plan.ids[path] = have.ID, have.ID
		}
		d.emitMonitor(d.wantedPool(p), Step{
			Changes: []Change{c}, Cycles: 1, Reason: "comes back at the end: " + probesStop + d.othersUnprobed(p.Protocol),
			op: operation{method: "DELETE", path: "lbaas/healthmonitors/{" + path + "}"},
		})
		d.watches[p.Name] = func() {
			d.createMonitor(p, "again: "+probesStop+"; meanwhile members counted as up", fields...)
		}
	}
}

// probeAgain makes the monitors that were taken away.
func (d *differ) probeAgain() {
	clear(d.rests)
	d.watchAll()
}

// othersUnprobed warns that the pools of other owners, whose monitors are not ours to make
// anew, are not probed any more.
func (d *differ) othersUnprobed(gone Protocol) string {
	if !d.caps.HasQuirk(provider.QuirkOVNHMDeleteClearsMappings) && !d.caps.HasQuirk(provider.QuirkOVNPoolDeleteClearsMappings) {
		return ""
	}
	for _, p := range d.have.others.pools {
		if p.monitor != nil && layerOf(p) == transport(gone) {
			return fmt.Sprintf("; pools of %s may not be probed until they get a new monitor", ownersText(mark.Owners(tagsOf(p.attrs))))
		}
	}
	return ""
}
