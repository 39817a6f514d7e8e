// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"errors"
	"net/http"
	"slices"

	"github.com/octaviakit/octaviakit/provider"
)

func (c *Cloud) monitorResource() *resource {
	return &resource{
		kind: "HealthMonitorRootPOST", arg: "health_monitor_",
		list: lister(c, c.store.monitors, c.views.monitor), get: getter(c, c.store.monitors, c.views.monitor),
		create: c.createMonitor, update: c.updateMonitor, remove: c.deleteMonitor,
	}
}

func (c *Cloud) createMonitor(q *request) (answer, error) {
	b, err := q.decode(arg{name: "health_monitor_", wrapper: "healthmonitor", first: "pool_id"}, c.tables.monitorPost)
	if err != nil {
		return answer{}, err
	}
	p, err := find(c.store.pools, c.views.pool, orNone(b, "pool_id"), c.writer(q))
	if err != nil {
		return answer{}, err
	}
	h := c.newMonitor(p, b)
	if err := h.checkPool(b, p.protocol); err != nil {
		return answer{}, err
	}
	if err := c.quota(p.project, kindMonitor, 1); err != nil {
		return answer{}, err
	}
	if err := lockPool(p); err != nil {
		return answer{}, err
	}
	if err := h.check(b); err != nil {
		return answer{}, err
	}
	if p.monitor != nil {
		return answer{}, errMonitored()
	}
	if err := storableMonitor(b); err != nil {
		return answer{}, err
	}
	if err := p.lb.driver.checkMonitor(h); err != nil {
		return answer{}, err
	}
	c.store.insert(h)
	c.submit(q, &work{lb: p.lb, kind: kindMonitor, status: pendingCreate, objects: []thing{h}, parents: withListeners(p, p)})
	return createdAs(c.views.monitor.wrap(h, q))
}

func errMonitored() error { return conflict("This pool already has a health monitor") }

// storableMonitor: a key that is there twice is taken for the pool's, be it a tag.
func storableMonitor(b body) error {
	var refusal *apiError
	err := storable(b)
	if errors.As(err, &refusal) && refusal.status == http.StatusConflict {
		return errMonitored()
	}
	return err
}

func (c *Cloud) newMonitor(p *pool, b body) *monitor {
	h := &monitor{
		common: c.fresh(kindMonitor, p.project, b), pool: p, probe: b.str("type"), delay: b.num("delay"),
		timeout: b.num("timeout"), retries: b.num("max_retries"), retriesDown: b.num("max_retries_down"),
		method: b.str("http_method"), path: b.str("url_path"), codes: b.str("expected_codes"),
		version: b.str("http_version"), domain: b.str("domain_name"),
	}
	if h.http() {
		h.method, h.path, h.codes = or(h.method, "GET"), or(h.path, "/"), or(h.codes, "200")
	}
	return h
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (h *monitor) http() bool { return h.probe == "HTTP" || h.probe == "HTTPS" }

// check is what Octavia tests of a new monitor once it has the lock, and of one in a graph.
func (h *monitor) check(b body) error {
	for _, name := range []string{"type", "delay", "timeout", "max_retries"} {
		if !b.sent(name) {
			return badRequest("None is not a valid option for %s", name)
		}
	}
	if err := h.checkHTTP(b.sent); err != nil {
		return err
	}
	if err := checkDomain(h.domain, h.domain, h.version); err != nil {
		return err
	}
	if !b.sent("max_retries_down") {
		return errUnknown()
	}
	return nil
}

// checkHTTP asks what was sent: a create does not mind null, an update does.
func (h *monitor) checkHTTP(sent func(name string) bool) error {
	if h.http() {
		return nil
	}
	for _, name := range []string{"http_method", "url_path", "expected_codes"} {
		if sent(name) {
			return badRequest("%s is not a valid option for health monitors of type %s", name, h.probe)
		}
	}
	return nil
}

// checkDomain wants HTTP 1.1 for a domain, be it sent now or before.
func checkDomain(sent, domain, version string) error {
	switch {
	case sent != "" && version == "":
		return invalid("'http_version' must be specified when 'domain_name' is provided.")
	case domain != "" && version == "1.0":
		return badRequest("http_version 1.0 is not a valid option for health monitors HTTP 1.1 domain name health check")
	}
	return nil
}

// checkPool tests whether the monitor suits its pool, whose protocol goes by that word.
func (h *monitor) checkPool(b body, word string) error {
	protocol := h.pool.protocol
	datagram := protocol == "UDP" || protocol == "SCTP"
	if !datagram && (h.probe == "UDP-CONNECT" || h.probe == "SCTP") {
		return invalid("The %s type is only supported for pools of type UDP/SCTP.", h.probe)
	}
	if datagram && !slices.Contains([]string{"UDP-CONNECT", "SCTP", "TCP", "HTTP"}, h.probe) {
		return invalid("The associated pool protocol is %s, so only a UDP-CONNECT/SCTP/TCP/HTTP health monitor is supported.", word)
	}
	if h.probe == "UDP-CONNECT" && !b.sent("delay") {
		return serverError("'<' not supported between instances of 'NoneType' and 'int'")
	}
	return h.checkDelay()
}

func (h *monitor) checkDelay() error {
	if h.probe == "UDP-CONNECT" && h.delay < 3 {
		return invalid("The request delay value %d should be larger than 3 for UDP-CONNECT health monitor type.", h.delay)
	}
	return nil
}

func (c *Cloud) updateMonitor(q *request, id string) (answer, error) {
	b, err := q.decode(arg{name: "health_monitor_", wrapper: "healthmonitor", first: "delay"}, c.tables.monitorPut)
	if err != nil {
		return answer{}, err
	}
	h, err := find(c.store.monitors, c.views.monitor, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	changed := *h
	changed.common.apply(b)
	changed.set(b)
	if err := c.checkMonitorUpdate(h, &changed, b); err != nil {
		return answer{}, err
	}
	*h = changed
	p := h.pool
	c.mark(h, pendingUpdate)
	c.submit(q, &work{lb: p.lb, kind: kindMonitor, status: pendingUpdate, sent: b, objects: []thing{h}, parents: withListeners(p, p)})
	return ok(c.views.monitor.wrap(h, q))
}

func (c *Cloud) checkMonitorUpdate(h, changed *monitor, b body) error {
	if err := h.checkUpdate(b); err != nil {
		return err
	}
	if h.probe == "UDP-CONNECT" && !b.has("delay") && c.release < provider.Dalmatian {
		return serverError("'<' not supported between instances of 'UnsetType' and 'int'")
	}
	if err := changed.checkDelay(); err != nil {
		return err
	}
	if err := lockPool(h.pool); err != nil {
		return err
	}
	if err := h.pool.lb.driver.checkMonitor(changed); err != nil {
		return err
	}
	return storableUpdate(b, h.tags)
}

// checkUpdate is octavia's _validate_update_hm.
func (h *monitor) checkUpdate(b body) error {
	if err := h.checkHTTP(b.has); err != nil {
		return err
	}
	for _, name := range []string{"delay", "max_retries", "timeout"} {
		if b.has(name) && !b.sent(name) {
			return badRequest("None is not a valid option for %s", name)
		}
	}
	domain := b.str("domain_name")
	return checkDomain(domain, or(domain, h.domain), or(b.str("http_version"), h.version))
}

func (h *monitor) set(b body) {
	b.setInt(&h.delay, "delay", 0)
	b.setInt(&h.timeout, "timeout", 0)
	b.setInt(&h.retries, "max_retries", 0)
	b.setInt(&h.retriesDown, "max_retries_down", 3)
	b.setStrOr(&h.method, "http_method", "GET")
	b.setStrOr(&h.path, "url_path", "/")
	b.setStrOr(&h.codes, "expected_codes", "200")
	b.setStr(&h.version, "http_version")
	b.setStr(&h.domain, "domain_name")
}

func (c *Cloud) deleteMonitor(q *request, id string) (answer, error) {
	h, err := find(c.store.monitors, c.views.monitor, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	p := h.pool
	if err := lockPool(p); err != nil {
		return answer{}, err
	}
	c.mark(h, pendingDelete)
	c.submit(q, &work{lb: p.lb, kind: kindMonitor, status: pendingDelete, objects: []thing{h}, parents: withListeners(p, p)})
	return empty(http.StatusNoContent)
}
