// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/http"
	"slices"
)

// quotaKinds are the limited kinds, in the order and with the words of Octavia.
func quotaKinds() []struct{ kind, field, old, word string } {
	return []struct{ kind, field, old, word string }{
		{kindLB, "load_balancer", "loadbalancer", "Load Balancer"},
		{kindListener, "listener", "", "Listener"},
		{kindMember, "member", "", "Member"},
		{kindPool, "pool", "", "Pool"},
		{kindMonitor, "health_monitor", "healthmonitor", "Health Monitor"},
		{kindPolicy, "l7policy", "", "L7 Policy"},
		{kindRule, "l7rule", "", "L7 Rule"},
	}
}

// quota refuses what a project may not have more of.
func (c *Cloud) quota(project, kind string, more int) error {
	if c.store.quotas[project] == nil { // Octavia makes a record when it first counts
		c.store.quotas[project] = map[string]int{}
	}
	limit := c.limit(project, kind)
	if limit < 0 || c.store.usage[project][kind]+more <= limit {
		return nil
	}
	word := ""
	for _, k := range quotaKinds() {
		if k.kind == kind {
			word = k.word
		}
	}
	return faultf(http.StatusForbidden, "Quota has been met for resources: %s", word)
}

func (c *Cloud) limit(project, kind string) int {
	if n, set := c.store.quotas[project][kind]; set {
		return n
	}
	if n, set := c.limits[kind]; set {
		return n
	}
	return -1
}

func (c *Cloud) quotaResource() *resource {
	return &resource{
		kind: "QuotaPUT", arg: "project_id", key: "project_id", list: c.listQuotas, get: c.getQuota, update: c.putQuota, remove: c.deleteQuota,
		action: map[string]func(*request, string) (answer, error){"GET default": c.defaultQuota},
	}
}

func (c *Cloud) showQuota(project string) object {
	var out object
	for _, k := range quotaKinds() {
		if k.kind == kindPolicy && c.minor < 19 {
			break
		}
		out = append(out, pair{k.field, c.limit(project, k.kind)})
	}
	return out
}

// quotaRow is a project's record as lists show it: what is set, null for what is not,
// and the old spellings.
type quotaRow struct {
	common
	set map[string]int
}

func quotaView(minor int) *view[*quotaRow] {
	v := &view[*quotaRow]{one: "quota", many: "quotas", links: "quotas_links", fields: []field[*quotaRow]{projectField[*quotaRow]()}}
	for _, k := range quotaKinds() {
		if (k.kind == kindPolicy || k.kind == kindRule) && minor < 19 {
			continue
		}
		limit := func(r *quotaRow) any {
			if n, set := r.set[k.kind]; set {
				return &n
			}
			return (*int)(nil)
		}
		for _, name := range nonEmpty(k.field, k.old) {
			v.fields = append(v.fields, field[*quotaRow]{name: name, get: limit})
		}
	}
	v.fields = append(v.fields, tenantField[*quotaRow]())
	return v
}

func (c *Cloud) listQuotas(q *request) (answer, error) {
	everywhere := q.admin() || q.who.Has("load-balancer_quota_admin") || q.who.Has("load-balancer_global_observer")
	if !everywhere {
		if err := c.read(q, q.who.ProjectID); err != nil {
			return answer{}, err
		}
	}
	var all []*quotaRow
	for i, p := range sortedKeys(c.store.quotas) {
		if (everywhere || p == q.who.ProjectID) && (!q.query.Has("project_id") || p == q.query.Get("project_id")) {
			all = append(all, &quotaRow{common{id: p, project: p, seq: i}, c.store.quotas[p]})
		}
	}
	q.query.Del("fields") // the one list that shows them all
	return list(quotaView(c.minor), q, slices.Values(all), func(id string) (*quotaRow, bool) {
		i := slices.IndexFunc(all, func(r *quotaRow) bool { return r.id == id })
		if i < 0 {
			return nil, false
		}
		return all[i], true
	})
}

func (c *Cloud) getQuota(q *request, project string) (answer, error) {
	if err := onlyArguments(q); err != nil {
		return answer{}, err
	}
	if !q.who.Has("load-balancer_quota_admin") {
		if err := c.read(q, project); err != nil {
			return answer{}, err
		}
	}
	return ok(object{{"quota", c.showQuota(project)}})
}

func (c *Cloud) defaultQuota(q *request, project string) (answer, error) {
	if err := c.read(q, project); err != nil {
		return answer{}, err
	}
	return ok(object{{"quota", c.showQuota("")}})
}

func quotaAdmin(q *request) error {
	if q.who.Has("load-balancer_quota_admin") {
		return nil
	}
	return adminOnly(q)
}

// putQuota: null resets a field; the old spellings work.
func (c *Cloud) putQuota(q *request, project string) (answer, error) {
	b, err := q.decode(arg{name: "quotas", wrapper: "quota", first: "'quota'"}, c.tables.quotaPut)
	if err != nil {
		return answer{}, err
	}
	if err := quotaAdmin(q); err != nil {
		return answer{}, err
	}
	set := c.store.quotas[project]
	if set == nil {
		set = map[string]int{}
		c.store.quotas[project] = set
	}
	for _, k := range quotaKinds() {
		for _, name := range nonEmpty(k.field, k.old) {
			if b.sent(name) {
				set[k.kind] = b.num(name)
			} else if b.has(name) {
				delete(set, k.kind)
			}
		}
	}
	return answer{status: http.StatusAccepted, value: object{{"quota", c.showQuota(project)}}}, nil
}

func (c *Cloud) deleteQuota(q *request, project string) (answer, error) {
	if err := quotaAdmin(q); err != nil {
		return answer{}, err
	}
	if _, set := c.store.quotas[project]; !set {
		return answer{}, notFound("Quotas", project)
	}
	c.store.quotas[project] = map[string]int{} // the record stays, empty
	return empty(http.StatusAccepted)
}
