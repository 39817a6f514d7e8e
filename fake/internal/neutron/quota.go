// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// quotas are Neutron's own defaults, in the order of its answers, save those that its usual configuration raises.
func quotas() map[string]int {
	return map[string]int{
		"network": 100, "subnet": 100, "subnetpool": -1, "port": 5000, "router": 10, "floatingip": 500,
		"rbac_policy": 10, "security_group": 5000, "security_group_rule": 20000,
	}
}

func (n *Neutron) limitsOf(project string) map[string]int {
	all := quotas()
	maps.Copy(all, n.limits[project])
	return all
}

func (n *Neutron) withinQuota(k *kind, project string) *Error {
	limit, ok := n.limitsOf(project)[k.name]
	if project == "" || !ok || limit < 0 || k.count(project) < limit {
		return nil
	}
	return refuse(http.StatusConflict, "OverQuota", "Quota exceeded for resources: ['%s'].", k.name)
}

// SetQuota changes a project's limit of a kind of object ("floatingip", "port", …); -1 is no limit.
func (n *Neutron) SetQuota(project, resource string, limit int) {
	if n.limits[project] == nil {
		n.limits[project] = map[string]int{}
	}
	n.limits[project][resource] = limit
}

// quota serves /quotas and what lies below it.
func (n *Neutron) quota(c call) (answer, *Error) {
	parts := strings.Split(c.path, "/")
	if len(parts) == 1 {
		if !isAdmin(c.who) {
			return answer{}, forbidden("rule:get_quota")
		}
		return answer{status: http.StatusOK, body: rest.Object{"quotas": n.allQuotas()}}, nil
	}
	project, what := parts[1], strings.Join(parts[2:], "/")
	if (project == "tenant" || project == "project") && what == "" {
		return answer{status: http.StatusOK, body: rest.Object{project: rest.Object{project + "_id": c.who.ProjectID}}}, nil
	}
	if project != c.who.ProjectID && !isAdmin(c.who) {
		return answer{}, forbidden("rule:get_quota")
	}
	switch {
	case c.r.Method == http.MethodGet && what == "":
		return answer{status: http.StatusOK, body: rest.Object{"quota": n.limitsOf(project)}}, nil
	case c.r.Method == http.MethodGet && what == "default":
		return answer{status: http.StatusOK, body: rest.Object{"quota": quotas()}}, nil
	case c.r.Method == http.MethodGet && what == "details":
		return answer{status: http.StatusOK, body: rest.Object{"quota": n.usage(project)}}, nil
	case what != "":
		return answer{}, nowhere()
	case c.r.Method == http.MethodPut:
		return n.putQuota(c, project)
	case c.r.Method == http.MethodDelete:
		return n.deleteQuota(c, project)
	}
	return answer{}, notAllowed()
}

func (n *Neutron) allQuotas() []rest.Object {
	all := []rest.Object{}
	for _, project := range slices.Sorted(maps.Keys(n.limits)) {
		o := rest.View(n.limitsOf(project))
		o["project_id"], o["tenant_id"] = project, project
		all = append(all, o)
	}
	return all
}

func (n *Neutron) used(project, resource string) int {
	for _, k := range n.kinds {
		if k.name == resource {
			return k.count(project)
		}
	}
	return 0
}

func (n *Neutron) usage(project string) rest.Object {
	usage := rest.Object{}
	for name, limit := range n.limitsOf(project) {
		usage[name] = rest.Object{"limit": limit, "used": n.used(project, name), "reserved": 0}
	}
	return usage
}

func (n *Neutron) putQuota(c call, project string) (answer, *Error) {
	if !isAdmin(c.who) {
		return answer{}, forbidden("rule:update_quota")
	}
	var body struct {
		Quota rest.Object `json:"quota"`
	}
	if json.Unmarshal(rest.Read(c.r), &body) != nil {
		return answer{}, malformed("Body contains invalid data")
	}
	if body.Quota == nil {
		return answer{}, malformed("Unable to find 'quota' in request body")
	}
	next := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(body.Quota)) {
		if _, ok := quotas()[name]; !ok {
			return answer{}, malformed("Unrecognized attribute(s) '%s'", name)
		}
		limit, err := integer(name, body.Quota[name])
		if err != nil {
			return answer{}, err
		}
		if next[name] = limit.(int); next[name] < -1 {
			return answer{}, wrong(name, "'%d' is too small - must be at least '-1'", next[name])
		}
		if used := n.used(project, name); !n.env.Lenient && next[name] >= 0 && next[name] < used {
			return answer{}, malformed("Quota limit %d for %s must be greater than or equal to already used %d", next[name], name, used)
		}
	}
	for name, limit := range next {
		n.SetQuota(project, name, limit)
	}
	return answer{status: http.StatusOK, body: rest.Object{"quota": n.limitsOf(project)}}, nil
}

func (n *Neutron) deleteQuota(c call, project string) (answer, *Error) {
	if !isAdmin(c.who) {
		return answer{}, forbidden("rule:delete_quota")
	}
	if n.limits[project] == nil {
		return answer{}, refuse(http.StatusNotFound, "TenantQuotaNotFound",
			"Quota for project %s could not be found.", project)
	}
	delete(n.limits, project)
	return answer{status: http.StatusNoContent}, nil
}
