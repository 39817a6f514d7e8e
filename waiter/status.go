// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/octaviakit/octaviakit/internal/octavia"
)

// Provisioning statuses, as Octavia spells them. All that begin with PENDING_ hold the lock.
const (
	statusActive  = "ACTIVE"
	statusError   = "ERROR"
	statusDeleted = "DELETED"
	pendingPrefix = "PENDING_"
	pendingCreate = "PENDING_CREATE"
	pendingUpdate = "PENDING_UPDATE"
)

// Status is a load balancer's status tree, flattened: the load balancer first,
// then every object below it once, parents before children, sorted by kind, then name, then id.
// Of members that others vouch for (many load balancers were being created, and lists of
// their pools told that all is settled) it has ID, Parent and Provisioning only.
type Status struct {
	Objects []Object
}

// Object is one node of the status tree.
type Object struct {
	Kind         string // "loadbalancer", "listener", "pool", "member", "healthmonitor", "l7policy", "l7rule"
	ID, Name     string
	Parent       string // ID of the object it was found below; the first, if several
	Address      string // members: "10.0.0.5:8080"
	Provisioning string // provisioning_status
	Operating    string // operating_status
}

// Pending reports whether a change to the object is under way.
func (o Object) Pending() bool { return strings.HasPrefix(o.Provisioning, pendingPrefix) }

// listed reports whether it is of a kind of which there are lists of a whole project.
func (o Object) listed() bool {
	return o.Kind == "loadbalancer" || o.Kind == "listener" || o.Kind == "pool" || o.Kind == "healthmonitor"
}

// Path is where the object is found below the API version, "lbaas/pools/ID".
func (o Object) Path() string {
	switch o.Kind {
	case "member":
		return "lbaas/pools/" + o.Parent + "/members/" + o.ID
	case "l7policy":
		return "lbaas/l7policies/" + o.ID
	case "l7rule":
		return "lbaas/l7policies/" + o.Parent + "/rules/" + o.ID
	default:
		return "lbaas/" + o.Kind + "s/" + o.ID
	}
}

// String names the object as people know it, "member 10.0.0.5:8080", with its status.
func (o Object) String() string {
	name := cmp.Or(o.Name, o.Address, o.ID)
	if name != o.ID {
		name += " (" + o.ID + ")"
	}
	return o.Kind + " " + name + " " + o.Provisioning
}

// LoadBalancer returns the root, zero if s is nil or empty.
func (s *Status) LoadBalancer() Object {
	if s == nil || len(s.Objects) == 0 {
		return Object{}
	}
	return s.Objects[0]
}

// Find returns the object with the ID.
func (s *Status) Find(id string) (Object, bool) {
	if s != nil {
		for _, o := range s.Objects {
			if o.ID == id {
				return o, true
			}
		}
	}
	return Object{}, false
}

// Pending returns the objects that are changing, in the order of Objects.
func (s *Status) Pending() []Object { return s.where(Object.Pending) }

// Failed returns the objects in ERROR, in the order of Objects.
func (s *Status) Failed() []Object {
	return s.where(func(o Object) bool { return o.Provisioning == statusError })
}

func (s *Status) where(is func(Object) bool) []Object {
	var out []Object
	if s != nil {
		for _, o := range s.Objects {
			if is(o) {
				out = append(out, o)
			}
		}
	}
	return out
}

// add puts objects in that the tree did not have and restores the order.
func (s *Status) add(objects ...Object) {
	for _, o := range objects {
		if _, ok := s.Find(o.ID); !ok {
			s.Objects = append(s.Objects, o)
		}
	}
	slices.SortFunc(s.Objects, func(a, b Object) int {
		return cmp.Or(
			cmp.Compare(rank(a.Kind), rank(b.Kind)),
			cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.ID, b.ID),
		)
	})
}

// plus is s, which others may look at as well, with objects that it did not have.
func (s *Status) plus(objects []Object) *Status {
	out := &Status{Objects: slices.Clone(s.Objects)}
	out.add(objects...)
	return out
}

func rank(kind string) int {
	return slices.Index([]string{"loadbalancer", "listener", "l7policy", "l7rule", "pool", "member", "healthmonitor"}, kind)
}

// parseTree flattens the answer of GET …/status. A shared pool is repeated there
// under each of its listeners; pools without a listener, policies and rules are absent.
func parseTree(statuses octavia.Object) (*Status, error) {
	lb, ok := statuses["loadbalancer"].(octavia.Object)
	if !ok {
		return nil, fmt.Errorf("status tree has no load balancer")
	}
	f := flattener{seen: map[string]bool{}}
	f.node("loadbalancer", "", lb)
	s := &Status{}
	s.add(f.objects...)
	if s.LoadBalancer().Provisioning == "" {
		return nil, fmt.Errorf("status tree has no provisioning_status")
	}
	return s, nil
}

type flattener struct {
	seen    map[string]bool
	objects []Object
}

func (f *flattener) node(kind, parent string, v any) {
	n, ok := v.(octavia.Object)
	if !ok {
		return
	}
	o := parseObject(kind, parent, n)
	if !f.seen[o.ID] {
		f.seen[o.ID] = true
		f.objects = append(f.objects, o)
	}
	below := func(kind, key string) {
		list, _ := n[key].([]any)
		for _, c := range list {
			f.node(kind, o.ID, c)
		}
	}
	below("listener", "listeners")
	below("pool", "pools")
	below("member", "members")
	f.node("healthmonitor", o.ID, n["health_monitor"])
}

func parseObject(kind, parent string, n octavia.Object) Object {
	text := func(key string) string { s, _ := n[key].(string); return s }
	o := Object{
		Kind: kind, Parent: parent,
		ID: text("id"), Name: text("name"),
		Provisioning: text("provisioning_status"), Operating: text("operating_status"),
	}
	if a := text("address"); a != "" && kind == "member" {
		port, _ := n["protocol_port"].(float64)
		o.Address = net.JoinHostPort(a, strconv.Itoa(int(port)))
	}
	return o
}

// place is where an Also path points: kind, wrapper key and parent of the object.
type place struct {
	path, kind, key, parent, id string
	leaving                     bool // deleted: to be gone, not ACTIVE
}

func parsePath(path string) (place, bool) {
	seg := strings.Split(strings.Trim(path, "/"), "/")
	kinds := map[string]place{
		"listeners":      {kind: "listener", key: "listener"},
		"pools":          {kind: "pool", key: "pool"},
		"members":        {kind: "member", key: "member"},
		"healthmonitors": {kind: "healthmonitor", key: "healthmonitor"},
		"l7policies":     {kind: "l7policy", key: "l7policy"},
		"rules":          {kind: "l7rule", key: "rule"},
	}
	if len(seg) != 3 && len(seg) != 5 || seg[0] != "lbaas" || slices.Contains(seg, "") {
		return place{}, false
	}
	p, ok := kinds[seg[len(seg)-2]]
	nested := p.kind == "member" || p.kind == "l7rule"
	if !ok || nested != (len(seg) == 5) {
		return place{}, false
	}
	if nested {
		p.parent = seg[2]
		ok = seg[1] == map[string]string{"member": "pools", "l7rule": "l7policies"}[p.kind]
	}
	p.path, p.id = strings.Join(seg, "/"), seg[len(seg)-1]
	return p, ok
}
