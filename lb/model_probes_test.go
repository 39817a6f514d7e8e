// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"maps"
	"slices"

	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
)

// probing is whom an ovn driver with defects knows to probe: at the end of a plan it must
// be every member of a watched pool.
type probing struct {
	byMonitor, byPool bool // what empties the map
	known             map[probe]bool
	before            *Graph
}

func newProbing(have *Graph, caps provider.Capabilities) *probing {
	p := &probing{
		byMonitor: caps.HasQuirk(provider.QuirkOVNHMDeleteClearsMappings),
		byPool:    caps.HasQuirk(provider.QuirkOVNPoolDeleteClearsMappings), known: map[probe]bool{}, before: &Graph{},
	}
	if have != nil {
		for _, x := range have.pools {
			p.learn(x)
		}
		p.before = have.clone()
	}
	return p
}

func (p *probing) learn(x poolNode) {
	for _, m := range x.members {
		if x.monitor != nil {
			p.known[probe{layerOf(x), m.Address}] = true
		}
	}
}

func (p *probing) learnNew(x, old poolNode) {
	for _, m := range x.members {
		if !slices.ContainsFunc(old.members, func(o member.Member) bool { return o.ID == m.ID }) {
			p.known[probe{layerOf(x), m.Address}] = true
		}
	}
}

// look takes over what one step has changed.
func (p *probing) look(g *Graph) {
	find := func(g *Graph, id string) (poolNode, bool) {
		i := slices.IndexFunc(g.pools, func(x poolNode) bool { return x.ID == id })
		if i < 0 {
			return poolNode{}, false
		}
		return g.pools[i], true
	}
	for _, old := range p.before.pools {
		now, stays := find(g, old.ID)
		if p.byMonitor && old.monitor != nil && now.monitor == nil {
			maps.DeleteFunc(p.known, func(a probe, _ bool) bool { return a.layer == layerOf(old) })
		}
		for _, m := range old.members {
			if p.byPool && !stays {
				delete(p.known, probe{layerOf(old), m.Address})
			}
		}
	}
	for _, x := range g.pools {
		if old, there := find(p.before, x.ID); !there || old.monitor == nil {
			p.learn(x)
		} else if x.monitor != nil {
			p.learnNew(x, old)
		}
	}
	p.before = g.clone()
}

// Err says whom the driver has forgotten.
func (p *probing) err() error {
	for _, x := range p.before.pools {
		for _, m := range x.members {
			if a := (probe{layerOf(x), m.Address}); x.monitor != nil && !p.known[a] {
				return fmt.Errorf("member %s of pool %s is not probed any more", a.address, x.Name)
			}
		}
	}
	return nil
}
