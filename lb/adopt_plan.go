// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/provider"
)

// draw plans the adoption: names first, since a load balancer that is ours and has
// nameless pools would lose them to the next Ensure; then the mark; then the floating IP's.
func (t *candidate) draw() {
	t.plan = &Plan{
		name: t.as, id: t.graph.ID(), owner: t.owner, provider: t.caps.Provider(),
		ids: map[string]string{loadBalancerPath: t.graph.ID()}, digest: t.graph.digest(),
	}
	for _, r := range t.graph.renames() {
		t.rename(r)
	}
	t.markLoadBalancer()
	t.markFloatingIP()
}

func (t *candidate) emit(s Step) {
	if s.Call == "" {
		s.Call = callText(s.op.method, s.op.path)
	}
	t.plan.add(s)
}

func (t *candidate) rename(r renaming) {
	note := "had the name of another"
	if r.Name == "" {
		note = "had no name"
	}
	path := "adopted/" + r.ID + "/" + r.path
	t.plan.ids[path] = r.ID
	body := map[string]any{"name": r.to}
	if r.Kind == KindPool && t.caps.HasQuirk(provider.QuirkOVNPoolUpdateListenerPending) {
		body["admin_state_up"] = r.attrs["admin_state_up"] // see echoAdminState
	}
	t.emit(Step{
		Changes: []Change{{
			Action: Update, Kind: r.Kind, Path: r.path, ID: r.ID, Note: note,
			Fields: []Field{{Name: "name", Old: show(r.Name), New: r.to, Effect: Updates}},
		}},
		Cycles: 1, Reason: "objects are found by name",
		op: operation{
			method: "PUT", path: "lbaas/" + collectionOf(r.Kind) + "/{" + path + "}", key: string(r.Kind), body: body,
		},
	})
}

func collectionOf(k Kind) string {
	switch k { //nolint:exhaustive // the others are never renamed
	case KindPool:
		return "pools"
	case KindListener:
		return "listeners"
	}
	return "l7policies"
}

// markLoadBalancer adds the mark to the tags that are there, or, where the cloud has no
// tags, to the description.
func (t *candidate) markLoadBalancer() {
	o := t.graph.root.attrs
	body, fields, note := map[string]any{}, []Field(nil), ""
	var found *string
	set := func(name string, have, want any) {
		if canonical(have, true) != canonical(want, true) {
			body[name] = want
			fields = append(fields, Field{Name: name, Old: show(have), New: show(want), Effect: Updates})
		}
	}
	set("name", t.graph.Name(), t.as)
	if t.caps.Has(provider.ResourceTags) {
		tags, _ := list(t.tags())
		set("tags", o["tags"], tags)
		found = new(canonical(o["tags"], true))
	} else {
		text, _, _, _ := mark.FromDescription(str(o, "description"))
		want := mark.Describe(text, t.owner, keyOf(t.owner, t.as))
		set("description", str(o, "description"), want)
		if !strings.HasPrefix(want, text) {
			note = "the description is cut to make room"
		}
	}
	if len(fields) == 0 {
		return
	}
	body["name"] = t.as // see visible
	t.emit(Step{
		Changes: []Change{{
			Action: Update, Kind: KindLoadBalancer, Path: balancerPath(t.as), ID: t.graph.ID(), Fields: fields, Note: note,
		}},
		Cycles: 1, Reason: "the owner's mark",
		op: operation{
			method: "PUT", path: "lbaas/loadbalancers/{" + loadBalancerPath + "}", key: "loadbalancer", body: body, tags: found,
		},
	})
}

// tags are those that are there and our mark. The key of a name that it had is dropped
// where no other owner can mean it.
func (t *candidate) tags() []string {
	there := tagsOf(t.graph.root.attrs)
	alone := slices.Equal(mark.Owners(there), []string{t.owner})
	there = slices.DeleteFunc(there, func(tag string) bool { return alone && strings.HasPrefix(tag, mark.Key("")) })
	tags := append(there, mark.Tags(t.owner, keyOf(t.owner, t.as))...)
	slices.Sort(tags)
	return slices.Compact(tags)
}

// markFloatingIP marks the address that clients reach, unless it is somebody else's.
func (t *candidate) markFloatingIP() {
	f, key := t.graph.floating, keyOf(t.owner, t.as)
	if f == nil || t.LeaveFloatingIP || t.foreignAddress() || f.Mark.Owner == t.owner && f.Mark.Key == key {
		return
	}
	old := f.Description
	if f.Mark.Owner != "" {
		old = mark.Describe(f.Description, f.Mark.Owner, f.Mark.Key)
	}
	t.emit(Step{
		Call: "PUT /floatingips/{floatingip}", Reason: "released with the load balancer from then on",
		Changes: []Change{{
			Action: Update, Kind: KindFloatingIP, Path: floatingPath(t.as), ID: f.ID, Summary: f.Address.String(),
			Fields: []Field{{Name: "description", Old: show(old), New: mark.Describe(f.Description, t.owner, key), Effect: Updates}},
		}},
		op: operation{floating: &floatingOperation{from: f.Mark, heir: t.owner}},
	})
}

// foreignAddress reports a floating IP with another owner's mark.
func (t *candidate) foreignAddress() bool {
	f := t.graph.floating
	return f != nil && f.Mark.Owner != "" && f.Mark.Owner != t.owner
}
