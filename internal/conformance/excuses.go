// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"regexp"
	"strings"
)

// excuse is a difference that is left on purpose. There may be ten.
type excuse struct {
	what   string // for the report
	covers func(Difference) bool
	reason string
}

// excuses returns what is left, and why.
func excuses() []excuse { return append(ofTheRecorded(), ofTheFake()...) }

// ofTheRecorded is what the clouds that were recorded lack.
func ofTheRecorded() []excuse {
	machine := regexp.MustCompile(`^body\.amphora(e\[\d+\])?\.(cached_zone|compute_flavor|image_id|lb_network_ip)$`)
	health := regexp.MustCompile(`^"(OFFLINE|NO_MONITOR)"$`)
	return []excuse{
		{
			"operating_status, really OFFLINE or NO_MONITOR",
			func(d Difference) bool {
				return !strings.HasPrefix(d.Scenario, "ovn") && strings.HasSuffix(d.Field, ".operating_status") && health.MatchString(d.Real)
			},
			"The real cloud that was recorded runs no health manager, so what is behind amphorae stays as it was made; the fake reports health as a whole cloud does.",
		},
		{
			"cached_zone, compute_flavor, image_id, lb_network_ip of an amphora",
			func(d Difference) bool { return machine.MatchString(d.Field) },
			"The real cloud that was recorded has no Nova: its amphorae are of no image and flavor, and all have one management address. In the fake they are as Nova's.",
		},
	}
}

// ofTheFake is what the fake does in its own way.
func ofTheFake() []excuse {
	missingPool := regexp.MustCompile(`Pool '.*' was referenced but no full definition was found`)
	return []excuse{
		{
			"faultstring, really an error of the database",
			func(d Difference) bool {
				return d.Field == "body.faultstring" && strings.HasSuffix(d.Real, `$database error"`)
			},
			"Octavia hands out its database's own error, SQL and all; the fake has no database, and says that something went wrong with the same status.",
		},
		{
			"provisioning_status in the answer to a PUT on ovn, really ACTIVE",
			func(d Difference) bool {
				return strings.HasPrefix(d.Scenario, "ovn") && strings.HasPrefix(d.Request, "PUT ") &&
					strings.HasSuffix(d.Field, ".provisioning_status") && d.Real == `"ACTIVE"` && d.Fake == `"PENDING_UPDATE"`
			},
			"The ovn driver works in the API's own process, and is done now and then before the API reads the object for its answer; in the fake an answer always comes before the work.",
		},
		{
			"no answer at all, but a closed connection",
			func(d Difference) bool {
				return d.Field == "status" && d.Real == "0" && d.Fake == "500" || d.Field == "type" && d.Real == `""` && d.Fake == `"text/plain"`
			},
			"The failure is outside of Octavia's controllers, and the server around it, here uWSGI, hangs up; others answer with a 500, as the fake does.",
		},
		{
			"an answer that is not JSON, or a 406, to an Accept that asks for more than JSON",
			func(d Difference) bool {
				return d.Section == "accept: not quite JSON" && (d.Field == "type" && d.Fake == `""` || d.Field == "status" && (d.Fake == "406" || d.Real == "406"))
			},
			"Zed has an XML of all that it shows, and errors as text and as HTML, which went with 2023.1. The fake answers in JSON or refuses, as the later ones do.",
		},
		{
			"the pool that is named, of several that are referred to and not there",
			func(d Difference) bool {
				return d.Field == "body.faultstring" && missingPool.MatchString(d.Real) && missingPool.MatchString(d.Fake)
			},
			"Octavia takes any of them, as Python's sets have no order; the fake takes the first.",
		},
		{
			"a number for an address of a member, or of its monitor",
			func(Difference) bool { return false }, // no walk sends one
			"It passes for an address, is stored and then cannot be shown: the answer is a 400 though the member is made, and so is each list that has it. A batch answers 202. The fake refuses it.",
		},
		{
			"an update that was answered with a 500 by the database, a minute later",
			func(Difference) bool { return false }, // no scenario waits for it
			"Amphora's worker was told before the database refused. It waits a minute for an object that never becomes PENDING, then carries the update out: what can be stored shows, without tags; what cannot ends in ERROR, below a load balancer that is ACTIVE (observed on both). On ovn nothing is to be seen. The fake forgets the update, as its answer says.",
		},
	}
}
