// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"maps"
	"net/http"
)

func positionOr(b body) int {
	if b.sent("position") {
		return b.num("position")
	}
	return maxInt
}

// sanitized is octavia/common/validate.py's sanitize_l7policy_api_args: a target decides the action, of several the
// prefix most, and what another action would need is dropped or refused.
func sanitized(sent body) (body, error) {
	b := maps.Clone(sent)
	if err := dropTargets(b); err != nil {
		return nil, err
	}
	targets := []string{"redirect_pool_id", "redirect_url", "redirect_prefix"}
	if b.str(targets[0]) != "" && b.str(targets[1])+b.str(targets[2]) != "" {
		return nil, badPolicy("Cannot specify redirect_pool_id and redirect_url or redirect_prefix at the same time")
	}
	for i, action := range []string{"REDIRECT_TO_POOL", "REDIRECT_TO_URL", "REDIRECT_PREFIX"} {
		if b.str(targets[i]) == "" {
			continue
		}
		b["action"] = action
		for _, other := range targets {
			if other != targets[i] {
				b[other] = nil
			}
		}
		switch {
		case action == "REDIRECT_TO_POOL":
			b["redirect_http_code"] = nil
		case !b.sent("redirect_http_code"):
			b["redirect_http_code"] = http.StatusFound
		}
	}
	if len(b) == 0 {
		return nil, badPolicy("Invalid update options")
	}
	return b, nil
}

// dropTargets drops what the action that was sent has no use for, and asks for what it needs.
func dropTargets(b body) error {
	action, needs := b.str("action"), map[string]string{
		"REDIRECT_TO_URL": "redirect_url", "REDIRECT_TO_POOL": "redirect_pool_id", "REDIRECT_PREFIX": "redirect_prefix",
	}
	need, redirects := needs[action]
	switch {
	case !b.has("action"):
		return nil
	case action == "":
		return badRequest("Invalid L7 Policy action specified: None")
	case redirects && b.str(need) == "":
		if action == "REDIRECT_TO_POOL" {
			need = "redirect_pool_id or redirect_pool"
		}
		return badPolicy(need + " must not be None")
	}
	if action == "REJECT" || action == "REDIRECT_TO_POOL" {
		b["redirect_url"] = nil
	}
	if action == "REJECT" || action == "REDIRECT_TO_URL" {
		b["redirect_pool_id"] = nil
	}
	return nil
}

func badPolicy(why string) error { return badRequest("Invalid L7 Policy arguments: %s", why) }

// retarget applies what an update says about action and target (L7PolicyRepository.update), and returns the pool.
func (p *l7policy) retarget(b body, to *pool) *pool {
	if !b.has("redirect_pool_id") {
		to = p.pool
	}
	p.set(b)
	switch b.str("action") {
	case "REJECT":
		p.url, p.prefix, p.code, to = "", "", nil, nil
	case "REDIRECT_TO_URL":
		p.prefix, to = "", nil
	case "REDIRECT_TO_POOL":
		p.url, p.prefix, p.code = "", "", nil
	case "REDIRECT_PREFIX":
		p.url, to = "", nil
	}
	return to
}
