// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/octaviakit/octaviakit/member"
)

func (m *Model) pool(g *Graph, method string, path []string, body map[string]any) (string, error) {
	if method == "POST" {
		n := poolNode{Node: m.node(KindPool, poolPath(str(body, "name")), body)}
		g.pools = append(g.pools, n)
		return n.ID, nil
	}
	i := slices.IndexFunc(g.pools, func(p poolNode) bool { return p.ID == path[1] })
	if method == "PUT" {
		maps.Copy(g.pools[i].attrs, body)
		g.pools[i].Provisioning = active
		return "", nil
	}
	for _, l := range g.listeners {
		for _, p := range l.policies {
			if str(p.attrs, "redirect_pool_id") == path[1] {
				return "", fmt.Errorf("pool is in use by policy %s", p.Name)
			}
		}
		if str(l.attrs, "default_pool_id") == path[1] {
			l.attrs["default_pool_id"] = nil
		}
	}
	g.pools = slices.Delete(g.pools, i, i+1)
	return "", nil
}

func (m *Model) listener(g *Graph, method string, path []string, body map[string]any) (string, error) {
	if method == "POST" {
		n := listenerNode{Node: m.node(KindListener, listenerPath(str(body, "name")), body)}
		for _, l := range g.listeners {
			if slotOf(l.Node) == slotOf(n.Node) {
				return "", fmt.Errorf("port %s is taken by %s", slotOf(n.Node), l.Name)
			}
		}
		g.listeners = append(g.listeners, n)
		return n.ID, nil
	}
	i := slices.IndexFunc(g.listeners, func(l listenerNode) bool { return l.ID == path[1] })
	if method == "PUT" {
		l := &g.listeners[i]
		maps.Copy(l.attrs, body)
		l.Name, l.Path, l.Provisioning = str(l.attrs, "name"), listenerPath(str(l.attrs, "name")), active
		return "", nil
	}
	g.listeners = slices.Delete(g.listeners, i, i+1)
	return "", nil
}

func slotOf(n Node) string {
	return fmt.Sprint(transport(Protocol(str(n.attrs, "protocol"))), number(n.attrs, "protocol_port"))
}

func (m *Model) monitor(g *Graph, method string, path []string, body map[string]any) (string, error) {
	for i := range g.pools {
		p := &g.pools[i]
		switch {
		case method == "POST" && str(body, "pool_id") == p.ID:
			if p.monitor != nil {
				return "", fmt.Errorf("pool %s has a monitor", p.Name)
			}
			p.monitor = new(m.node(KindHealthMonitor, monitorPath(p.Name), body))
			return p.monitor.ID, nil
		case method == "POST" || p.monitor == nil || p.monitor.ID != path[1]:
		case method == "PUT":
			maps.Copy(p.monitor.attrs, body)
			p.monitor.Provisioning, p.monitor.Name = active, str(p.monitor.attrs, "name")
			return "", nil
		default:
			p.monitor = nil
			return "", nil
		}
	}
	return "", fmt.Errorf("no such pool or monitor")
}

// policy inserts and moves as Octavia does (octavia/db/repositories.py, L7PolicyRepository).
func (m *Model) policy(g *Graph, method string, path []string, body map[string]any) (string, error) {
	if method == "POST" {
		i := slices.IndexFunc(g.listeners, func(l listenerNode) bool { return l.ID == str(body, "listener_id") })
		if i < 0 {
			return "", fmt.Errorf("no listener %s", str(body, "listener_id"))
		}
		l := &g.listeners[i]
		n := policyNode{Node: m.node(KindL7Policy, policyPath(l.Name, str(body, "name")), body)}
		l.insert(n, int(number(body, "position")))
		return n.ID, nil
	}
	for i := range g.listeners {
		l := &g.listeners[i]
		at := slices.IndexFunc(l.policies, func(p policyNode) bool { return p.ID == path[1] })
		if at < 0 {
			continue
		}
		n := l.policies[at]
		if _, moves := body["position"]; method == "DELETE" || moves {
			l.policies = slices.Delete(l.policies, at, at+1)
		}
		maps.Copy(n.attrs, body)
		n.Provisioning = active
		if _, moves := body["position"]; moves {
			l.insert(n, int(number(body, "position")))
		} else if method == "PUT" {
			l.policies[at] = n
		}
		l.count()
		return "", nil
	}
	return "", fmt.Errorf("no policy %s", path[1])
}

func (l *listenerNode) insert(n policyNode, position int) {
	at := min(max(position-1, 0), len(l.policies))
	l.policies = slices.Insert(l.policies, at, n)
	l.count()
}

func (l *listenerNode) count() {
	for i := range l.policies {
		l.policies[i].attrs["position"] = float64(i + 1)
	}
}

func (m *Model) rule(g *Graph, method string, path []string, body map[string]any) (string, error) {
	for i := range g.listeners {
		for j := range g.listeners[i].policies {
			p := &g.listeners[i].policies[j]
			if p.ID != path[1] {
				continue
			}
			if method == "POST" {
				n := m.node(KindL7Rule, rulePath(p.Path, len(p.rules)), body)
				p.rules = append(p.rules, n)
				return n.ID, nil
			}
			at := slices.IndexFunc(p.rules, func(r Node) bool { return r.ID == path[3] })
			if at < 0 {
				return "", fmt.Errorf("no rule %s", path[3])
			}
			if method == "PUT" {
				maps.Copy(p.rules[at].attrs, body)
				p.rules[at].Provisioning = active
			} else {
				p.rules = slices.Delete(p.rules, at, at+1)
			}
			return "", nil
		}
	}
	return "", fmt.Errorf("no policy %s", path[1])
}

func (m *Model) members(pool string, r member.Request) error {
	for _, g := range m.balancers {
		for i := range g.pools {
			if g.pools[i].ID == pool {
				return g.pools[i].put(m, r)
			}
		}
	}
	return fmt.Errorf("no pool %s", pool)
}

// put is octavia/api/v2/controllers/member.py: what a batch leaves out of a member is
// reset to a default or kept, field by field.
func (p *poolNode) put(m *Model, r member.Request) error {
	if r.MemberID != "" {
		i := slices.IndexFunc(p.members, func(x member.Member) bool { return x.ID == r.MemberID })
		if i < 0 {
			return fmt.Errorf("no member %s", r.MemberID)
		}
		if r.Method == "DELETE" {
			p.members = slices.Delete(p.members, i, i+1)
			return nil
		}
		return p.write(m, i, r.Members[0])
	}
	if (r.Created != member.Key{}) {
		return p.write(m, slices.IndexFunc(p.members, func(x member.Member) bool { return x.Key() == r.Created }), r.Members[0])
	}
	named := map[member.Key]bool{}
	for _, b := range r.Members {
		body := asRead(b)
		a, err := netip.ParseAddr(str(body, "address"))
		if err != nil {
			return err
		}
		key := member.Key{Address: a.Unmap(), Port: uint16(number(body, "protocol_port"))}
		named[key] = true
		i := slices.IndexFunc(p.members, func(x member.Member) bool { return x.Key() == key })
		if i >= 0 && r.Method == "POST" {
			return fmt.Errorf("member %s is there already", key)
		}
		if err := p.write(m, i, merged(map[string]any{"weight": 1, "backup": false, "admin_state_up": true, "monitor_address": nil, "monitor_port": nil}, body)); err != nil {
			return err
		}
	}
	if r.Method == "PUT" && !r.Additive {
		p.members = slices.DeleteFunc(p.members, func(x member.Member) bool { return !named[x.Key()] })
	}
	slices.SortFunc(p.members, func(a, b member.Member) int { return a.Key().Compare(b.Key()) })
	return nil
}

// write changes the member with an index, or adds one.
func (p *poolNode) write(m *Model, i int, body map[string]any) error {
	o := map[string]any{}
	if i >= 0 {
		x := p.members[i]
		tags := []any{}
		for _, t := range x.Tags {
			tags = append(tags, t)
		}
		o = map[string]any{
			"id": x.ID, "name": x.Name, "address": x.Spelling, "protocol_port": float64(x.Port), "weight": float64(x.Weight), "backup": x.Backup,
			"admin_state_up": x.AdminStateUp, "subnet_id": x.SubnetID, "tags": tags,
		}
		if x.MonitorAddress.IsValid() {
			o["monitor_address"] = x.MonitorAddress.String()
		}
		if x.MonitorPort != 0 {
			o["monitor_port"] = float64(x.MonitorPort)
		}
		if x.SRIOV {
			o["vnic_type"] = "direct"
		}
	} else {
		o["id"] = m.id("member")
	}
	maps.Copy(o, asRead(body))
	if o["request_sriov"] == true {
		o["vnic_type"] = "direct"
	}
	o["provisioning_status"] = active
	x, err := member.Parse(o)
	if err != nil {
		return err
	}
	if i >= 0 {
		p.members[i] = x
	} else {
		p.members = append(p.members, x)
	}
	return nil
}

// relate writes down which listeners use a pool, as Octavia tells it.
func (g *Graph) relate() {
	for i := range g.pools {
		var by []any
		for _, l := range g.listeners {
			uses := str(l.attrs, "default_pool_id") == g.pools[i].ID
			for _, p := range l.policies {
				uses = uses || str(p.attrs, "redirect_pool_id") == g.pools[i].ID && p.attrs["admin_state_up"] != false && len(p.rules) > 0
			}
			if uses {
				by = append(by, map[string]any{"id": l.ID})
			}
		}
		g.pools[i].attrs["listeners"] = by
	}
}
