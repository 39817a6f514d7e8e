// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"net/http"

	"github.com/octaviakit/octaviakit/provider"
)

const latest = provider.Hibiscus

// minorOf is the API minor that a release of Octavia advertises (octavia/api/root_controller.py).
func minorOf(r provider.Release) int {
	switch {
	case r >= provider.Epoxy:
		return 30
	case r >= provider.Caracal:
		return 28
	case r >= provider.Bobcat:
		return 27
	case r >= provider.Zed:
		return 26
	case r >= provider.Yoga:
		return 25
	case r >= provider.Wallaby:
		return 24
	case r >= provider.Victoria:
		return 23
	case r >= provider.Ussuri:
		return 16
	case r >= provider.Train:
		return 13
	case r >= provider.Stein:
		return 10
	case r >= provider.Rocky:
		return 2
	default:
		return 0
	}
}

// serveVersions is the one answer that needs no token.
func (c *Cloud) serveVersions(q *request, res *response) {
	if q.method != http.MethodGet {
		res.refuse(errMethod())
		return
	}
	self := []object{{{"href", q.base + "/load-balancer/v2"}, {"rel", "self"}}}
	versions := make([]object, 0, c.minor+1)
	for n := range c.minor + 1 {
		status := "SUPPORTED"
		if n == c.minor {
			status = "CURRENT"
		}
		versions = append(versions, object{
			{"id", fmt.Sprintf("v2.%d", n)}, {"status", status}, {"updated", released(n)}, {"links", self},
		})
	}
	res.json(http.StatusOK, object{{"versions", versions}})
}

// released is when a minor came; clients show it and nothing more.
func released(minor int) string {
	return fmt.Sprintf("%04d-%02d-01T00:00:00Z", 2017+minor/4, 1+minor%4*3)
}
