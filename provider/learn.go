// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
)

// Learn derives a column that lacks what a cloud has just refused, and names
// what that is: for a driver older than assumed, or crippled by its operator.
// err is the answer to a call, wrapped or not; anything but a 501 in the words
// that Octavia and its two drivers use teaches nothing, nor does the refusal of
// another driver.
//
// Refusals are read, never provoked: before 11.0.0 a refused PUT of a pool left
// the load balancer PENDING_UPDATE ([QuirkPendingAfterProviderDenial]).
func (c Capabilities) Learn(err error) (learned Capabilities, lost []Feature) {
	var answer gophercloud.ErrUnexpectedResponseCode
	if c.name == "" || !errors.As(err, &answer) || answer.Actual != http.StatusNotImplemented {
		return c, nil
	}
	who, what := refusal(faultText(answer.Body))
	if who.Canonical() != c.name {
		return c, nil
	}
	for _, f := range refused(what, answer.Method+" "+answer.URL) {
		if c.Has(f) {
			lost = append(lost, f)
		}
	}
	return c.Without(lost...), lost
}

// faultText is the sentence of an Octavia error body, or the body itself.
func faultText(body []byte) string {
	var fault struct {
		Text string `json:"faultstring"`
	}
	if json.Unmarshal(body, &fault) == nil && fault.Text != "" {
		return fault.Text
	}
	return string(body)
}

// refusal splits octavia/common/exceptions.py's ProviderUnsupportedOptionError,
// ProviderNotImplementedError and ProviderNotFound into driver and reason.
func refusal(text string) (who Name, what string) {
	m := regexp.MustCompile(`(?s)Provider '([^']+)' (?:does not support a requested (?:option|action): (.*)|(was not found))`).
		FindStringSubmatch(text)
	if m == nil {
		return "\x00", "" // no driver at all
	}
	return Name(m[1]), m[2] + m[3]
}

// refused is what a reason means in rows of the matrix. The words are those of
// ovn-octavia-provider driver.py and common/exceptions.py, networking-ovn
// ovn_driver.py, octavia's amphora driver.py and octavia-lib provider_base.py.
// Refusals that depend on the request (an address outside the VIP's subnet, IP
// families that this load balancer cannot mix) say nothing of the cloud.
func refused(what, call string) []Feature {
	if strings.HasPrefix(what, "The loadbalancer ") { // "... X does not support UDP protocol": it has another one
		return []Feature{MixedProtocols}
	}
	if m := regexp.MustCompile(`does not support (\S+) (protocol|algorithm|session persistence|health monitor type)`).
		FindStringSubmatch(what); m != nil {
		return named(m[2], m[1], call)
	}
	for _, w := range []struct {
		words    string
		features []Feature
	}{
		{"was not found", everything()},
		{"allowed_cidrs", []Feature{AllowedCIDRs}},
		{"different member monitor address or port", []Feature{MemberMonitorAddress}},
		{"monitor options", []Feature{MemberMonitorAddress}},
		{"Subnet is required for Member creation", []Feature{MemberSubnetOptional}},
		{"No member information has been passed", []Feature{MemberBatchEmpty}},
		{"creating health monitors", group("healthmonitor")},
		{"creating l7policies", group("l7")},
		{"creating l7rules", []Feature{RuleBasic, RuleSSL}},
		{"Health Check provider", group("healthmonitor")}, // an OVN too old to have them
		{"failover", []Feature{Failover}},
		{"failing over", []Feature{Failover}},
		{"flavor", []Feature{Flavors}},
		{"availability zone", []Feature{AvailabilityZones}},
		{"batch updating members", []Feature{MemberBatch, MemberBatchAdditive, MemberBatchEmpty}},
	} {
		if strings.Contains(what, w.words) {
			return w.features
		}
	}
	return nil
}

// named finds the rows of a refused value, such as "HTTP" of kind "protocol".
func named(kind, value, call string) []Feature {
	slug := strings.ToLower(strings.ReplaceAll(value, "_", "-"))
	switch kind {
	case "protocol":
		listener, pool := Feature("listener-protocol-"+slug), Feature("pool-protocol-"+slug)
		switch { // of a whole graph, the words do not say which was meant
		case strings.Contains(call, "/pools"):
			return []Feature{pool}
		case strings.Contains(call, "/listeners"):
			return []Feature{listener}
		default:
			return []Feature{listener, pool}
		}
	case "algorithm":
		return []Feature{Feature("lb-algorithm-" + slug)}
	case "session persistence":
		return []Feature{Feature("session-persistence-" + slug)}
	default:
		return []Feature{Feature("hm-type-" + slug)}
	}
}

func everything() []Feature { return group("") }

// group lists the rows of a group, or all rows for "".
func group(name string) []Feature {
	var fs []Feature
	for _, r := range matrix().rows {
		if name == "" || r.group == name {
			fs = append(fs, r.id)
		}
	}
	return fs
}
