// SPDX-License-Identifier: Apache-2.0

// Package keystone is an OpenStack identity service in memory: users, projects, roles, tokens and the catalogue, with
// the answers of Keystone 27 (2025.1).
//
// It neither locks nor waits: its owner serialises the calls.
package keystone

import (
	"slices"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// Password is that of every seeded user.
const Password = "fake"

// lifetime of a token; OpenStack's installers choose between one hour and a day.
const lifetime = 12 * time.Hour

// Env is what a Keystone takes from its surroundings.
type Env struct {
	Now   func() time.Time
	NewID func() string // a fresh UUID
}

// Keystone is one region's identity service.
type Keystone struct {
	env                    Env
	projects, users, roles *table
	fixed                  []*table // what nobody can change here
	passwords              map[string]string
	grants                 []grant
	tokens                 map[string]*token
	credentials            []*credential
}

// grant gives a user a role in a project, all by ID.
type grant struct{ user, project, role string }

// New returns a Keystone with the domain Default, the region RegionOne, the projects admin, demo, demo2 and service, the
// users admin, demo, demo2, observer and norole (see [Password]), and the roles that Octavia knows.
func New(env Env) *Keystone {
	k := &Keystone{
		env: env, passwords: map[string]string{}, tokens: map[string]*token{},
		projects: newTable("project", "projects"), users: newTable("user", "users"), roles: newTable("role", "roles"),
	}
	k.seed()
	return k
}

func (k *Keystone) newID() string { return strings.ReplaceAll(k.env.NewID(), "-", "") }

// ProjectID finds a project by name, "" if there is none.
func (k *Keystone) ProjectID(name string) string { return k.projects.named(name) }

// Issue gives a user a token for his default project, as a password would. An unknown user gets "".
func (k *Keystone) Issue(userName string) (id string, who identity.Identity) {
	user := k.users.named(userName)
	if user == "" {
		return "", identity.Identity{}
	}
	project, _ := k.users.rows[user]["default_project_id"].(string)
	id, t := k.grant(&token{user: user, project: project, methods: []string{"password"}})
	return id, k.identity(t)
}

// Identify says who a token stands for; false if it is unknown or expired.
func (k *Keystone) Identify(id string) (identity.Identity, bool) {
	t, ok := k.valid(id)
	if !ok {
		return identity.Identity{}, false
	}
	return k.identity(t), true
}

// ExpireTokens ends every token there is.
func (k *Keystone) ExpireTokens() { clear(k.tokens) }

func (k *Keystone) identity(t *token) identity.Identity {
	who := identity.Identity{UserID: t.user, ProjectID: t.project, Expires: t.expires}
	who.UserName = k.users.name(t.user)
	who.ProjectName = k.projects.name(t.project)
	for _, id := range k.rolesOf(t) {
		who.Roles = append(who.Roles, k.roles.name(id))
	}
	return who
}

// rolesOf lists the IDs of the roles that a token carries, sorted: those granted and those that they imply.
func (k *Keystone) rolesOf(t *token) []string {
	ids := k.granted(t)
	for _, id := range ids {
		for _, name := range implied(k.roles.name(id)) {
			ids = append(ids, k.roles.named(name))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// granted lists the IDs of the roles that a token's user was given there, as far as the token has them, sorted.
func (k *Keystone) granted(t *token) []string {
	var ids []string
	for _, g := range k.grants {
		if g.user == t.user && g.project == t.project && (t.roles == nil || slices.Contains(t.roles, g.role)) {
			ids = append(ids, g.role)
		}
	}
	slices.Sort(ids)
	return ids
}

// implied are the roles that Keystone's bootstrap lets a role stand for as well.
func implied(role string) []string {
	switch role {
	case "admin", "manager":
		return []string{"member", "reader"}
	case "member":
		return []string{"reader"}
	default:
		return nil
	}
}

func (k *Keystone) seed() {
	k.fixed = []*table{newTable("domain", "domains"), newTable("region", "regions")}
	k.fixed[0].add("default", rest.Object{
		"name": "Default", "description": "The default domain", "enabled": true, "tags": []any{}, "options": rest.Object{},
	})
	k.fixed[1].add("RegionOne", rest.Object{"description": "", "parent_region_id": nil})
	for _, name := range []string{"service", "admin", "demo", "demo2"} {
		k.projects.add(k.newID(), project(rest.Object{"name": name}))
	}
	for _, name := range []string{
		"admin", "member", "reader", "manager", "service", "load-balancer_admin", "load-balancer_member",
		"load-balancer_observer", "load-balancer_global_observer", "load-balancer_quota_admin",
	} {
		row := role(rest.Object{"name": name})
		if !strings.HasPrefix(name, "load-balancer") {
			row["options"] = rest.Object{"immutable": true}
		}
		k.roles.add(k.newID(), row)
	}
	for _, u := range []struct{ user, project, roles string }{
		{"admin", "admin", "admin manager member reader load-balancer_admin"},
		{"demo", "demo", "member reader load-balancer_member"},
		{"demo2", "demo2", "member reader load-balancer_member"},
		{"observer", "demo", "reader load-balancer_observer"},
		{"norole", "demo", "reader"}, // may use the network, but has no load-balancer role
	} {
		id := k.newID()
		k.users.add(id, user(rest.Object{"name": u.user, "default_project_id": k.projects.named(u.project)}))
		k.passwords[id] = Password
		for _, r := range strings.Fields(u.roles) {
			k.grants = append(k.grants, grant{id, k.projects.named(u.project), k.roles.named(r)})
		}
	}
}
