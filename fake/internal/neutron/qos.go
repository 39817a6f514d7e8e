// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"net/http"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

func (n *Neutron) policyKind() *kind {
	k := &kind{
		name: "policy", plural: "policies", path: "qos/policies",
		missing: notFound("QosPolicyNotFound", "QoS policy %s could not be found."),
		decode:  decodeAs[QoSPolicy],
		items:   map[string]*item{},
		attrs: common(map[string]attr{
			"name": {both, text(255)}, "shared": {both, boolean}, "is_default": {both, boolean}, "rules": {},
		}),
		fresh: func() any { return &QoSPolicy{Rules: []any{}} },
	}
	k.visible = func(_ identity.Identity, it *item) bool { return it.body.(*QoSPolicy).Shared }
	k.create = func(who identity.Identity, _ *item, _ rest.Object) *Error {
		if !isAdmin(who) {
			return forbidden("rule:create_policy")
		}
		return nil
	}
	k.remove = func(who identity.Identity, it *item) *Error {
		if !isAdmin(who) {
			return forbidden("rule:delete_policy")
		}
		for _, o := range []*kind{n.ports, n.networks, n.fips} {
			for id, user := range o.items {
				if repr(rest.View(user.body)["qos_policy_id"]) == it.id {
					return refuse(http.StatusConflict, "QosPolicyInUse", "QoS Policy %s is used by %s %s.", it.id, o.name, id)
				}
			}
		}
		return nil
	}
	return k
}
