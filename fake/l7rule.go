// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const maxRules = 50

// ruleResource is what lies below /l7policies/{id}. A rule asked for through the wrong
// policy is served all the same.
func (c *Cloud) ruleResource(q *request, policyID, name string) (*resource, error) {
	if name != "rules" {
		return nil, nil
	}
	r, found := c.store.policies.get(policyID)
	if !found {
		return nil, routing(http.StatusNotFound, "Bad Request", "L7Policy "+policyID+" not found.")
	}
	return &resource{
		kind: "L7RuleRootPOST", arg: "rule_",
		list: func(q *request) (answer, error) {
			if err := c.read(q, r.project); err != nil {
				return answer{}, err
			}
			return list(c.views.rule, q, ofProject(q, r.rules), c.store.rules.get)
		},
		get:    getter(c, c.store.rules, c.views.rule),
		create: func(q *request) (answer, error) { return c.createRule(q, r) },
		update: c.updateRule, remove: c.deleteRule,
	}, nil
}

func (c *Cloud) createRule(q *request, r *l7policy) (answer, error) {
	b, err := q.decode(arg{name: "rule_", wrapper: "rule", first: "value"}, c.tables.rulePost)
	if err != nil {
		return answer{}, err
	}
	if err := c.write(q, r.project); err != nil {
		return answer{}, err
	}
	x := c.newRule(r, b)
	if err := x.check(); err != nil {
		return answer{}, err
	}
	if err := c.quota(r.project, kindRule, 1); err != nil {
		return answer{}, err
	}
	if len(r.rules) >= maxRules {
		return answer{}, conflict("Too many rules on L7 policy %s", r.id)
	}
	if err := lockPolicy(r); err != nil {
		return answer{}, err
	}
	if err := storable(b); err != nil {
		return answer{}, err
	}
	if err := r.listener.lb.driver.checkPolicy(r.listener, "creating l7rules"); err != nil {
		c.forgetLock(q, r.listener.lb, kindRule)
		return answer{}, err
	}
	c.store.insert(x)
	c.submitRule(q, x, pendingCreate)
	return createdAs(c.views.rule.wrap(x, q))
}

func (c *Cloud) submitRule(q *request, x *l7rule, status string) {
	l := x.policy.listener
	c.submit(q, &work{lb: l.lb, kind: kindRule, status: status, objects: []thing{x}, parents: []thing{l, x.policy}})
}

func (c *Cloud) newRule(r *l7policy, b body) *l7rule {
	return &l7rule{
		common: c.fresh(kindRule, r.project, b), policy: r, rule: b.str("type"), compare: b.str("compare_type"),
		key: b.str("key"), value: b.str("value"), invert: b.flag("invert"),
	}
}

func (c *Cloud) updateRule(q *request, id string) (answer, error) {
	b, err := q.decode(arg{name: "l7rule_", wrapper: "rule", first: "invert"}, c.tables.rulePut)
	if err != nil {
		return answer{}, err
	}
	x, err := find(c.store.rules, c.views.rule, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	changed := *x
	changed.common.apply(b)
	b.setStr(&changed.rule, "type")
	b.setStr(&changed.compare, "compare_type")
	b.setStr(&changed.key, "key")
	b.setStr(&changed.value, "value")
	b.setBool(&changed.invert, "invert")
	changed.dropKey()
	if err := changed.check(); err != nil {
		return answer{}, err
	}
	if err := lockPolicy(x.policy); err != nil {
		return answer{}, err
	}
	if err := x.policy.listener.lb.driver.checkPolicy(x.policy.listener, "updating l7rules"); err != nil {
		return answer{}, err
	}
	if err := storableUpdate(b, x.tags); err != nil {
		return answer{}, err
	}
	*x = changed
	c.mark(x, pendingUpdate)
	c.submitRule(q, x, pendingUpdate)
	return ok(c.views.rule.wrap(x, q))
}

// dropKey: a create shows the key that it was sent even where the type uses none; any
// later write, the worker's included, drops it.
func (x *l7rule) dropKey() {
	if slices.Contains([]string{"HOST_NAME", "PATH", "FILE_TYPE"}, x.rule) {
		x.key = ""
	}
}

func (c *Cloud) deleteRule(q *request, id string) (answer, error) {
	x, err := find(c.store.rules, c.views.rule, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	if err := lockPolicy(x.policy); err != nil {
		return answer{}, err
	}
	if err := x.policy.listener.lb.driver.checkPolicy(x.policy.listener, "deleting l7rules"); err != nil {
		return answer{}, err
	}
	c.mark(x, pendingDelete)
	c.submitRule(q, x, pendingDelete)
	return empty(http.StatusNoContent)
}

func badRule(why string) error { return badRequest("Error parsing L7Rule: %s", why) }

// check is octavia/common/validate.py's l7rule_data.
func (x *l7rule) check() error {
	if x.value == "" {
		return badRule("Invalid L7 Rule: L7 rule type requires a value")
	}
	switch x.rule {
	case "HEADER":
		return x.checkKeyed(!x.quoted() && strings.ContainsAny(x.value, " \t\""), "header value")
	case "COOKIE":
		return x.checkKeyed(strings.ContainsAny(x.value, " \t\";\\"), "cookie value")
	case "HOST_NAME", "PATH", "FILE_TYPE":
		if x.rule == "FILE_TYPE" && x.compare != "REGEX" && x.compare != "EQUAL_TO" {
			return badComparison()
		}
		return x.checkCompared(!x.quoted() && strings.ContainsAny(x.value, "\r\n\t "), "comparison value")
	case "SSL_CONN_HAS_CERT", "SSL_VERIFY_RESULT":
		return x.checkTLS()
	case "SSL_DN_FIELD":
		return x.checkName()
	default:
		return badRule("Invalid L7 Rule: invalid rule type")
	}
}

func badComparison() error { return badRule("Invalid L7 Rule: invalid comparison type for rule type") }

// quoted values may have spaces (octavia/common/constants.py, HTTP_QUOTED_HEADER_VALUE_REGEX).
func (x *l7rule) quoted() bool {
	return len(x.value) > 1 && strings.HasPrefix(x.value, `"`) && strings.HasSuffix(x.value, `"`)
}

func (x *l7rule) checkKeyed(odd bool, what string) error {
	if x.key == "" {
		return badRule("Invalid L7 Rule: L7 rule type requires a key")
	}
	if !regexp.MustCompile(`^[a-zA-Z0-9!#$%&'*+,.^_\x60|~-]+$`).MatchString(x.key) {
		return badRule("Invalid characters in key")
	}
	return x.checkCompared(odd, what)
}

// checkCompared looks at a value with regard to how it is compared.
func (x *l7rule) checkCompared(odd bool, what string) error {
	switch {
	case x.compare == "REGEX":
		return pythonRegex(x.value)
	case x.compare == "":
		return badComparison()
	case odd, strings.ContainsFunc(x.value, func(r rune) bool { return r < ' ' || r > '~' }):
		return badRule("Invalid characters in " + what)
	}
	return nil
}

func (x *l7rule) checkName() error {
	if x.compare == "REGEX" {
		if err := pythonRegex(x.value); err != nil {
			return err
		}
	}
	if x.key == "" {
		return badRule("Invalid L7 Rule: L7rule type SSL_DN_FIELD needs to specify a key and a value.")
	}
	if !regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]*$`).MatchString(x.key) {
		return badRule("Invalid L7 Rule: Invalid L7rule distinguished name field.")
	}
	return nil
}

func (x *l7rule) checkTLS() error {
	if x.key != "" {
		return badRule("Invalid L7 Rule: L7rule type " + x.rule + " does not use the \"key\" field.")
	}
	if x.rule == "SSL_CONN_HAS_CERT" && strings.ToLower(x.value) != "true" {
		return badRule("Invalid L7 Rule: L7rule value " + x.value + " is not a boolean True string.")
	}
	if _, err := strconv.ParseUint(x.value, 10, 63); x.rule == "SSL_VERIFY_RESULT" && err != nil {
		return badRule("Invalid L7 Rule: L7rule type SSL_VERIFY_RESULT needs a int value, which is >= 0")
	}
	if x.compare != "EQUAL_TO" {
		return badRule("Invalid L7 Rule: L7rule type " + x.rule + " only supports the EQUAL_TO compare type.")
	}
	return nil
}
