// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// dumper writes the state as an indented tree.
type dumper struct {
	b     strings.Builder
	names map[string]string
}

// dump names objects by kind and order of creation, and shows of each what differs from
// the defaults.
func (c *Cloud) dump() string {
	d := &dumper{names: c.shortNames()}
	for lb := range c.store.lbs.all() {
		d.loadBalancer(lb)
	}
	d.network(c.neutron.Dump(d.name))
	return d.b.String()
}

// network adds Neutron's lines and numbers what they are about: a port is up or down, a
// floating IP ACTIVE or DOWN.
func (d *dumper) network(text string) {
	ports, fips := 0, 0
	var ids []string
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		name := ""
		if words[1] == "up" || words[1] == "down" {
			ports++
			name = "port-" + strconv.Itoa(ports)
		} else {
			fips++
			name = "floatingip-" + strconv.Itoa(fips)
		}
		ids = append(ids, words[0], name)
	}
	text = strings.NewReplacer(ids...).Replace(text)
	for line := range strings.Lines(text) {
		d.b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

func (d *dumper) name(id string) string {
	if n, known := d.names[id]; known {
		return n
	}
	return id
}

func (c *Cloud) shortNames() map[string]string {
	names := map[string]string{
		c.keystone.ProjectID("demo"): "demo", c.keystone.ProjectID("demo2"): "demo2", c.keystone.ProjectID("admin"): "admin",
		c.seeded.Network: "private", c.seeded.Subnet: "private-v4", c.seeded.Subnet6: "private-v6",
		c.seeded.MemberNetwork: "members", c.seeded.MemberSubnet: "members-v4",
		c.seeded.External: "public", c.seeded.ExternalSubnet: "public-v4",
		c.seeded.Demo2Network: "demo2-private", c.seeded.Demo2Subnet: "demo2-v4",
	}
	number(names, c.store.lbs)
	number(names, c.store.listeners)
	number(names, c.store.pools)
	number(names, c.store.members)
	number(names, c.store.monitors)
	number(names, c.store.policies)
	number(names, c.store.rules)
	return names
}

func number[T thing](names map[string]string, s *collection[T]) {
	n := 0
	for o := range s.all() {
		n++
		names[o.base().id] = o.base().kind + "-" + strconv.Itoa(n)
	}
}

// line writes one object: its short name, statuses and whatever else is worth saying.
func (d *dumper) line(depth int, o *common, words ...string) {
	fmt.Fprintf(&d.b, "%s%s %s/%s", strings.Repeat("  ", depth), d.name(o.id), o.prov, o.oper)
	if o.name != "" {
		words = append([]string{strconv.Quote(o.name)}, words...)
	}
	if !o.enabled {
		words = append(words, "disabled")
	}
	if len(o.tags) > 0 {
		tags := slices.Sorted(slices.Values(o.tags))
		words = append(words, "tags="+strings.Join(tags, ","))
	}
	if o.description != "" {
		words = append(words, "description="+strconv.Quote(o.description))
	}
	for _, w := range words {
		if w != "" {
			d.b.WriteString(" " + w)
		}
	}
	d.b.WriteByte('\n')
}

// unless shows key=value when the value is not the default.
// optional is how Python prints a number that may be None.
func optional(n *int) string {
	if n == nil {
		return "None"
	}
	return strconv.Itoa(*n)
}

func unless[T comparable](key string, value, usual T) string {
	if value == usual {
		return ""
	}
	return fmt.Sprintf("%s=%v", key, value)
}

func (d *dumper) loadBalancer(lb *loadBalancer) {
	words := []string{lb.provider, "vip=" + lb.vip.address, "subnet=" + d.name(lb.vip.subnet)}
	for _, v := range lb.additional {
		words = append(words, "vip="+v.address)
	}
	words = append(words, unless("flavor", d.name(lb.flavor), ""), unless("zone", lb.zone, ""))
	d.line(0, &lb.common, append(words, unless("project", d.name(lb.project), "demo"))...)
	for _, l := range lb.listeners {
		d.listener(l)
	}
	for _, p := range lb.pools {
		d.pool(p)
	}
}

func (d *dumper) listener(l *listener) {
	words := []string{
		fmt.Sprintf("%s:%d", l.protocol, l.port), unless("connection_limit", optional(l.limit), "-1"),
		unless("timeout_client_data", l.clientData, dataTimeout), unless("timeout_member_data", l.memberData, dataTimeout),
		unless("timeout_member_connect", l.connect, connectTimeout), unless("timeout_tcp_inspect", l.inspect, 0),
		unless("allowed_cidrs", strings.Join(l.cidrs, ","), ""), unless("default_tls_container_ref", l.tlsRef.text, ""),
	}
	for _, k := range sortedKeys(l.headers) {
		words = append(words, k+"="+l.headers[k])
	}
	if l.defaultPool != nil {
		words = append(words, "-> "+d.name(l.defaultPool.id))
	}
	d.line(1, &l.common, words...)
	for _, r := range l.policies {
		d.policy(r)
	}
}

func (d *dumper) policy(r *l7policy) {
	words := []string{strconv.Itoa(r.position()), r.action, unless("url", r.url, ""), unless("prefix", r.prefix, "")}
	if r.pool != nil {
		words = append(words, "-> "+d.name(r.pool.id))
	}
	d.line(2, &r.common, words...)
	for _, x := range r.rules {
		not := ""
		if x.invert {
			not = "not"
		}
		d.line(3, &x.common, not, x.rule, unless("key", x.key, ""), x.compare, strconv.Quote(x.value))
	}
}

func (d *dumper) pool(p *pool) {
	words := []string{p.protocol, p.algorithm}
	if p.session != nil {
		words = append(words, "session="+p.session.kind, unless("cookie", p.session.cookie, ""))
	}
	d.line(1, &p.common, words...)
	if h := p.monitor; h != nil {
		d.line(2, &h.common, h.probe, fmt.Sprintf("delay=%d timeout=%d max_retries=%d", h.delay, h.timeout, h.retries),
			unless("max_retries_down", h.retriesDown, 3), unless("http_method", h.method, ""),
			unless("url_path", h.path, ""), unless("expected_codes", h.codes, ""))
	}
	for _, m := range p.members {
		d.line(2, &m.common, fmt.Sprintf("%s:%d", m.at.address, m.at.port), unless("weight", optional(m.weight), "1"),
			unless("backup", m.backup, false), unless("subnet", d.name(m.subnet), ""),
			unless("monitor_address", m.monitorAddress, ""), unless("monitor_port", optional(m.monitorPort), "None"))
	}
}
