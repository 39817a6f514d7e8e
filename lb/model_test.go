// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/member"
)

// Model is Octavia without statuses, locks and time: what becomes of a graph when calls
// are made. Tests carry plans out on it, thousands in a second, and look at every state
// in between.
type Model struct {
	balancers map[string]*Graph // by ID
	fip       *floatingip.FloatingIP
	mark      floatingip.Mark
	ids       map[string]string
	made      int
}

// Carry carries a plan out on a copy of have and returns what is there then. After each
// step look is called with its number and the load balancer that has the public address,
// or the older one; what Octavia would refuse is an error.
func (p *Plan) Carry(have *Graph, look func(step int, g *Graph)) (*Graph, error) {
	m := &Model{balancers: map[string]*Graph{}, ids: maps.Clone(p.ids), mark: floatingip.Mark{Owner: p.owner, Key: keyOf(p.owner, p.name)}}
	if have != nil {
		m.take(have)
	}
	for i, s := range p.steps {
		if err := m.step(s); err != nil {
			return nil, fmt.Errorf("step %d, %s: %w", i+1, s.Call, err)
		}
		for _, g := range m.balancers {
			g.relate()
		}
		look(i, cmp.Or(m.serving(), &Graph{}))
	}
	if len(m.balancers) != 1 {
		return nil, fmt.Errorf("%d load balancers are left", len(m.balancers))
	}
	g := m.serving()
	g.floating = m.fip
	g.sort()
	return g, nil
}

// take copies a graph and what belongs to it.
func (m *Model) take(g *Graph) {
	m.balancers[g.root.ID] = g.clone()
	for _, f := range []*floatingip.FloatingIP{g.floating} {
		if f != nil {
			m.fip = new(*f)
		}
	}
	if g.next != nil {
		m.take(g.next)
	}
	for _, x := range g.extra {
		m.balancers[x.ID] = &Graph{root: x}
	}
	for _, n := range g.flatten() { // IDs never repeat
		if i := strings.LastIndexByte(n.ID, '-'); i >= 0 {
			made, _ := strconv.Atoi(n.ID[i+1:])
			m.made = max(m.made, made)
		}
	}
}

func (g *Graph) clone() *Graph {
	text := func(n Node) Node { n.attrs = maps.Clone(n.attrs); return n }
	out := &Graph{root: text(g.root)}
	for _, l := range g.listeners {
		c := listenerNode{Node: text(l.Node)}
		for _, p := range l.policies {
			policy := policyNode{Node: text(p.Node)}
			for _, r := range p.rules {
				policy.rules = append(policy.rules, text(r))
			}
			c.policies = append(c.policies, policy)
		}
		out.listeners = append(out.listeners, c)
	}
	for _, p := range g.pools {
		c := poolNode{Node: text(p.Node), members: slices.Clone(p.members)}
		if p.monitor != nil {
			c.monitor = new(text(*p.monitor))
		}
		out.pools = append(out.pools, c)
	}
	return out
}

// serving is the load balancer that has the public address, else the one made first.
func (m *Model) serving() *Graph {
	var best *Graph
	for _, id := range slices.Sorted(maps.Keys(m.balancers)) {
		g := m.balancers[id]
		if m.fip != nil && m.fip.PortID != "" && m.fip.PortID == g.VIPPortID() {
			return g
		}
		if best == nil || str(g.root.attrs, "created_at") < str(best.root.attrs, "created_at") {
			best = g
		}
	}
	return best
}

func (m *Model) step(s Step) error {
	r := &run{ids: m.ids}
	switch op := s.op; {
	case op.floating != nil:
		return m.floating(*op.floating)
	case op.members != nil:
		return m.members(m.ids[op.members.pool], op.members.request)
	default:
		path, err := r.path(op.path)
		if err != nil {
			return err
		}
		body, err := r.resolve(op.body)
		if err != nil {
			return err
		}
		made, err := m.call(op.method, strings.Split(strings.TrimSuffix(path, cascade), "/")[1:], asRead(body))
		if op.self != "" {
			m.ids[op.self] = made
		}
		return err
	}
}

// asRead is a body as it would be read: numbers are float64.
func asRead(body any) map[string]any {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	return out
}

func (m *Model) floating(op floatingOperation) error {
	lb := m.balancers[m.ids[loadBalancerPath]]
	switch {
	case op.release && m.fip == nil:
		return fmt.Errorf("there is no floating IP")
	case op.release:
		m.fip = nil
	case m.fip == nil || op.spec.Address.IsValid() && op.spec.Address != m.fip.Address:
		m.fip = &floatingip.FloatingIP{ID: m.id("fip"), Address: op.spec.Address, Mark: m.mark}
		fallthrough
	default:
		m.fip.PortID = lb.VIPPortID()
	}
	return nil
}

func (m *Model) id(kind string) string {
	m.made++
	return fmt.Sprintf("%s-%08d", kind, m.made)
}

func (m *Model) node(kind Kind, path string, body map[string]any) Node {
	o := maps.Clone(body)
	o["id"], o["provisioning_status"], o["operating_status"] = m.id(string(kind)), active, "ONLINE"
	o["created_at"] = fmt.Sprintf("%08d", m.made)
	return node(kind, path, o)
}

// call is one of Octavia's, but those about members.
func (m *Model) call(method string, path []string, body map[string]any) (made string, err error) {
	switch {
	case path[0] == "loadbalancers" && method == "POST":
		return m.createBalancer(body)
	case path[0] == "loadbalancers" && method == "DELETE":
		lb, ok := m.balancers[path[1]]
		if !ok {
			return "", fmt.Errorf("no load balancer %s", path[1])
		}
		delete(m.balancers, path[1])
		if m.fip != nil && m.fip.PortID == lb.VIPPortID() {
			m.fip.PortID = ""
		}
		return "", nil
	case path[0] == "loadbalancers":
		maps.Copy(m.balancers[path[1]].root.attrs, body)
		return "", nil
	}
	g := m.balancers[m.ids[loadBalancerPath]]
	if len(path) > 1 && method != "POST" {
		if g = m.owner(path[1]); g == nil {
			return "", fmt.Errorf("nothing has the ID %s", path[1])
		}
	}
	switch path[0] {
	case "pools":
		return m.pool(g, method, path, body)
	case "listeners":
		return m.listener(g, method, path, body)
	case "healthmonitors":
		return m.monitor(g, method, path, body)
	}
	if len(path) > 2 {
		return m.rule(m.owner(path[1]), method, path, body)
	}
	return m.policy(g, method, path, body)
}

// owner is the load balancer that holds an object.
func (m *Model) owner(id string) *Graph {
	for _, g := range m.balancers {
		for _, n := range g.flatten() {
			if n.ID == id {
				return g
			}
		}
	}
	return nil
}

func (m *Model) createBalancer(body map[string]any) (string, error) {
	pools, listeners := objects(body, "pools"), objects(body, "listeners")
	delete(body, "pools")
	delete(body, "listeners")
	n := m.node(KindLoadBalancer, loadBalancerPath, body)
	n.attrs["vip_port_id"] = "port-of-" + n.ID
	switch {
	case str(n.attrs, "vip_address") != "":
	case strings.HasSuffix(str(n.attrs, "vip_subnet_id"), "2"): // see imagined
		n.attrs["vip_address"] = "fd00::10"
	default:
		n.attrs["vip_address"] = "10.0.0.10"
	}
	g := &Graph{root: n}
	m.balancers[n.ID], m.ids[loadBalancerPath] = g, n.ID
	ids := map[string]string{}
	for _, p := range pools {
		inner := maps.Clone(p)
		delete(inner, "members")
		delete(inner, "healthmonitor")
		pool := poolNode{Node: m.node(KindPool, poolPath(str(p, "name")), inner)}
		ids[str(p, "name")], m.ids[poolPath(str(p, "name"))] = pool.ID, pool.ID
		if err := pool.put(m, member.Request{Method: "PUT", Additive: true, Members: objects(p, "members")}); err != nil {
			return "", err
		}
		if h, ok := p["healthmonitor"].(map[string]any); ok {
			pool.monitor = new(m.node(KindHealthMonitor, monitorPath(pool.Name), h))
		}
		g.pools = append(g.pools, pool)
	}
	for _, l := range listeners {
		inner := maps.Clone(l)
		delete(inner, "l7policies")
		delete(inner, "default_pool")
		if p, ok := l["default_pool"].(map[string]any); ok {
			inner["default_pool_id"] = ids[str(p, "name")]
		}
		id, err := m.listener(g, "POST", []string{"listeners"}, inner)
		if err != nil {
			return "", err
		}
		m.ids[listenerPath(str(l, "name"))] = id
		for _, p := range objects(l, "l7policies") {
			if err := m.nestedPolicy(g, id, p, ids); err != nil {
				return "", err
			}
		}
	}
	return n.ID, nil
}

func (m *Model) nestedPolicy(g *Graph, listener string, p map[string]any, pools map[string]string) error {
	inner := maps.Clone(p)
	delete(inner, "rules")
	delete(inner, "redirect_pool")
	inner["listener_id"] = listener
	if to, ok := p["redirect_pool"].(map[string]any); ok {
		inner["redirect_pool_id"] = pools[str(to, "name")]
	}
	id, err := m.policy(g, "POST", []string{"l7policies"}, inner)
	for _, r := range objects(p, "rules") {
		if err == nil {
			_, err = m.rule(g, "POST", []string{"l7policies", id, "rules"}, r)
		}
	}
	return err
}
