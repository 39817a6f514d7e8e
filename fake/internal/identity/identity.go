// SPDX-License-Identifier: Apache-2.0

// Package identity says who a request comes from. Keystone fills it in, Neutron and Octavia decide by it.
package identity

import (
	"slices"
	"time"
)

// Identity is what a token stands for: a user with some roles in one project.
type Identity struct {
	UserID, UserName       string
	ProjectID, ProjectName string // empty for an unscoped token
	Roles                  []string
	Expires                time.Time
}

// Has reports whether the identity holds a role of that name.
func (i Identity) Has(role string) bool { return slices.Contains(i.Roles, role) }
