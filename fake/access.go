// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"iter"

	"github.com/octaviakit/octaviakit/provider"
)

// Octavia's default policies, project scoped. The legacy load-balancer roles count at
// every release, plain member and reader since 2023.1.

func (q *request) admin() bool {
	return q.who.Has("admin") || q.who.Has("load-balancer_admin")
}

func (c *Cloud) mayRead(q *request, project string) bool {
	switch {
	case q.admin(), q.who.Has("load-balancer_global_observer"):
		return true
	case q.who.ProjectID != project:
		return false
	}
	return q.who.Has("load-balancer_observer") || c.mayWrite(q, project) || (c.plainRoles() && q.who.Has("reader"))
}

func (c *Cloud) mayWrite(q *request, project string) bool {
	if q.admin() {
		return true
	}
	return q.who.ProjectID == project && (q.who.Has("load-balancer_member") || (c.plainRoles() && q.who.Has("member")))
}

func (c *Cloud) plainRoles() bool { return c.release >= provider.Antelope }

func (c *Cloud) read(q *request, project string) error {
	if c.mayRead(q, project) {
		return nil
	}
	return errForbidden()
}

func (c *Cloud) write(q *request, project string) error {
	if c.mayWrite(q, project) {
		return nil
	}
	return errForbidden()
}

func adminOnly(q *request) error {
	if q.admin() {
		return nil
	}
	return errForbidden()
}

// everyone may read what is not in a project, with any role that may read at all.
func (c *Cloud) everyone(q *request) error { return c.read(q, q.who.ProjectID) }

// manyProjects is what becomes of a project that is named twice: the policy looks at each, and the database fails, see list.
func (c *Cloud) manyProjects(q *request) error {
	all := q.query["project_id"]
	if len(all) < 2 {
		return nil
	}
	for _, project := range all {
		if err := c.read(q, project); err != nil {
			return err
		}
	}
	return nil
}

// scoped restricts a list to what the caller may see: everything for an administrator,
// else one project, and no other may be named.
func scoped[T thing](c *Cloud, q *request, all iter.Seq[T]) (iter.Seq[T], error) {
	project := q.query.Get("project_id")
	if project == "" && q.query.Has("project_id") {
		return nil, errForbidden()
	}
	if err := c.manyProjects(q); err != nil {
		return nil, err
	}
	switch everywhere := q.admin() || q.who.Has("load-balancer_global_observer"); {
	case project == "" && everywhere:
		return all, nil
	case project == "" && q.who.ProjectID == "": // a token without a project
		return nil, errForbidden()
	case project == "":
		project = q.who.ProjectID
	}
	if err := c.read(q, project); err != nil {
		return nil, err
	}
	return filter(all, func(o T) bool { return o.base().project == project }), nil
}
