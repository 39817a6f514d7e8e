// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"github.com/octaviakit/octaviakit/internal/octavia"
)

// QuotaError means that a plan needs more objects of a kind than the project may
// have. Plan, Ensure and Step return one for each such kind, joined, before any
// change is made. Octavia's own refusal, which comes when somebody else is faster,
// is a *RefusedError of kind quota.
type QuotaError struct {
	Kind  Kind
	Limit int // objects of this kind in the project
	Used  int // of those, when last counted
	Need  int // more, at the worst moment of the plan; 0 or less: of what it deletes it makes some anew
}

func (e *QuotaError) Error() string {
	if e.Need <= 0 {
		return fmt.Sprintf("lb: quota: the project may have %s, has %d, and the plan makes new ones in the place of others",
			plural(e.Limit, string(e.Kind)), e.Used)
	}
	return fmt.Sprintf("lb: quota: the project may have %s, has %d, and the plan needs %d more",
		plural(e.Limit, string(e.Kind)), e.Used, e.Need)
}

// quotaLife is how long limits are believed: an operator who raises one is heard soon.
const quotaLife = 5 * time.Minute

// quotas remembers what a project may have.
type quotas struct {
	mu      sync.Mutex
	project string
	limits  map[Kind]int // negative: no limit
	read    time.Time
}

// afford refuses a plan that no project with these limits could carry out. Limits
// that cannot be read are no reason to refuse anything.
func (e *Engine) afford(ctx context.Context, p *Plan, have *Graph) error {
	need := p.needs(have)
	if len(need) == 0 {
		return nil
	}
	limits, project := e.quotas.get(ctx, e, have)
	var errs []error
	for _, k := range quotaKinds() {
		limit, known := limits[k.kind]
		more, makes := need[k.kind]
		if !known || limit < 0 || !makes {
			continue
		}
		used, err := e.count(ctx, project, k.kind)
		if err == nil && used+more > limit {
			errs = append(errs, &QuotaError{Kind: k.kind, Limit: limit, Used: used, Need: more})
		}
	}
	return errors.Join(errs...)
}

// needs is how many more objects of each kind that it makes the plan has at its worst
// moment. Where there are more than there may be already, that is 0 or less, and too many:
// what is deleted to be made anew would be lost.
func (p *Plan) needs(have *Graph) map[Kind]int {
	now, most := map[Kind]int{}, map[Kind]int{}
	for _, s := range p.steps {
		for _, c := range s.Changes {
			switch c.Action {
			case Create:
				now[c.Kind]++
				if m, made := most[c.Kind]; !made || now[c.Kind] > m {
					most[c.Kind] = now[c.Kind]
				}
			case Delete:
				for _, n := range have.under(c.ID) {
					now[n.Kind]--
				}
			case Update:
			}
		}
	}
	delete(most, KindFloatingIP) // Neutron's
	return most
}

// under lists an object and what goes with it when it is deleted.
func (g *Graph) under(id string) []Node {
	if g == nil {
		return nil
	}
	if g.next != nil && id == g.next.root.ID {
		return g.next.flatten()
	}
	all := g.flatten()
	if id == g.root.ID {
		return all
	}
	var out []Node
	path := ""
	for _, n := range all {
		if n.ID == id {
			path = n.Path
		}
	}
	for _, n := range all {
		if n.ID == id || path != "" && strings.HasPrefix(n.Path, path+"/") {
			out = append(out, n)
		}
	}
	return out
}

// quotaKind is how Octavia spells a kind among quotas: differently from release to
// release (octavia/api/v2/types/quotas.py).
type quotaKind struct {
	kind  Kind
	names []string
}

func quotaKinds() []quotaKind {
	return []quotaKind{
		{KindLoadBalancer, []string{"load_balancer", "loadbalancer"}},
		{KindPool, []string{"pool"}},
		{KindMember, []string{"member"}},
		{KindHealthMonitor, []string{"health_monitor", "healthmonitor"}},
		{KindListener, []string{"listener"}},
		{KindL7Policy, []string{"l7policy"}},
		{KindL7Rule, []string{"l7rule"}},
	}
}

// get returns the project's limits and ID. The project is that of the load balancer,
// that of the client's token, or the only one whose quotas may be seen: Octavia keeps
// a record for every project that ever had something.
func (q *quotas) get(ctx context.Context, e *Engine, have *Graph) (map[Kind]int, string) {
	q.mu.Lock()
	limits, project, fresh := q.limits, q.project, time.Since(q.read) < quotaLife
	q.mu.Unlock()
	if fresh {
		return limits, project
	}
	if project == "" && have != nil {
		project = str(have.root.attrs, "project_id")
	}
	if project == "" {
		project = tokenProject(e.octavia)
	}
	if project == "" {
		project = e.soleProject(ctx)
	}
	if project == "" {
		return nil, ""
	}
	if limits = e.limits(ctx, project); limits == nil {
		return nil, project
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.limits, q.project, q.read = limits, project, time.Now()
	return limits, project
}

// tokenProject is the project that the client logged in to, "" if it did not by itself.
func tokenProject(c *gophercloud.ServiceClient) string {
	token, ok := c.GetAuthResult().(tokens.CreateResult)
	if !ok {
		return ""
	}
	project, err := token.ExtractProject()
	if err != nil || project == nil {
		return ""
	}
	return project.ID
}

func (e *Engine) soleProject(ctx context.Context) string {
	all, err := collect(octavia.List(ctx, e.octavia, "lbaas/quotas", "quotas", nil))
	if err != nil || len(all) != 1 {
		return ""
	}
	return str(all[0], "project_id")
}

func (e *Engine) limits(ctx context.Context, project string) map[Kind]int {
	o, err := octavia.Get(ctx, e.octavia, "lbaas/quotas/"+url.PathEscape(project), "quota")
	if err != nil {
		return nil
	}
	out := map[Kind]int{}
	for _, k := range quotaKinds() {
		for _, name := range k.names {
			if n, ok := o[name].(float64); ok {
				out[k.kind] = int(n)
			}
		}
	}
	return out
}

// count counts a project's objects of a kind, members and rules by what their parents
// name: Octavia has no list of all members.
func (e *Engine) count(ctx context.Context, project string, k Kind) (int, error) {
	path, each := "lbaas/"+string(k)+"s", func(octavia.Object) int { return 1 }
	switch k { //nolint:exhaustive // the others have lists of their own
	case KindMember:
		path, each = "lbaas/pools", func(o octavia.Object) int { return len(refs(o, "members")) }
	case KindL7Policy:
		path = "lbaas/l7policies"
	case KindL7Rule:
		path, each = "lbaas/l7policies", func(o octavia.Object) int { return len(refs(o, "rules")) }
	}
	n := 0
	for o, err := range octavia.List(ctx, e.octavia, path, strings.TrimPrefix(path, "lbaas/"), url.Values{"project_id": {project}}) {
		if err != nil {
			return 0, err
		}
		n += each(o)
	}
	return n, nil
}
