// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"net/http"

	"github.com/octaviakit/octaviakit/provider"
)

const latest = provider.Hibiscus

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
