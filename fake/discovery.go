// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/octaviakit/octaviakit/provider"
)

const latest = provider.Hibiscus

// serveVersions is the one answer that needs no token, and no method in particular.
func (c *Cloud) serveVersions(q *request, res *response) {
	if err := c.askVersions(q); err != nil {
		res.refuse(err)
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

func (c *Cloud) askVersions(q *request) *apiError {
	var refused *apiError
	var err error
	if q.release >= provider.Antelope { // before it had an XML of this, by which a client can tell
		err = acceptable(q)
	}
	if err == nil {
		err = paged(q)
	}
	if err == nil {
		_, err = q.arguments("", "", false)
	}
	errors.As(err, &refused)
	return refused
}

// released is when a minor came (octavia/api/root_controller.py).
func released(minor int) string {
	dates := []string{
		"2016-12-11", "2018-04-20", "2018-07-31", "2018-12-18", "2018-12-19", "2019-01-21", "2019-01-25", "2018-01-25T12",
		"2019-02-12", "2019-03-04", "2019-03-05", "2019-06-24", "2019-09-11", "2019-09-13", "2019-11-10", "2020-03-10",
		"2020-03-15", "2020-04-29", "2020-04-29T01", "2020-05-12", "2020-08-02", "2020-09-03", "2020-09-04", "2020-09-07",
		"2020-10-15", "2021-10-02", "2022-08-29", "2023-05-05", "2023-11-08", "2024-10-15", "2025-02-26",
	}
	day, hour, _ := strings.Cut(dates[min(minor, len(dates)-1)], "T")
	if hour == "" {
		hour = "00"
	}
	return day + "T" + hour + ":00:00Z"
}
