// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/require"
)

// project serves many load balancers, each PENDING until its time.
type project struct {
	*cloud
	until   []time.Duration
	bare    bool // no children
	gone    bool // deleted at their time, instead of ACTIVE
	limit   int  // pagination_max_limit
	refuse  func(at time.Duration) int
	lists   int
	singles int
}

func name(i int) string { return fmt.Sprintf("lb-%04d", i) }

func newProject(until ...time.Duration) *project {
	p := &project{until: until, limit: 1000}
	p.cloud = newCloud(p.answer)
	return p
}

func (p *project) answer(r *http.Request, at time.Duration) (int, string, http.Header) {
	rest := strings.TrimPrefix(r.URL.Path, "/v2.0/lbaas/loadbalancers")
	if rest == "" {
		p.lists++
		if p.refuse != nil {
			if status := p.refuse(at); status != 0 {
				return fault(status, "no lists today")
			}
		}
		return 200, p.list(r, at), nil
	}
	p.singles++
	id := strings.Split(rest, "/")[1]
	i, err := strconv.Atoi(strings.TrimPrefix(id, "lb-"))
	status := p.status(i, at)
	if err != nil || status == "" {
		return fault(404, "Load Balancer "+id+" not found.")
	}
	var children []node
	if !p.bare {
		children = append(children, web(status, status, status))
	}
	return 200, strings.ReplaceAll(tree(status, children...), lbID, id), nil
}

func (p *project) status(i int, at time.Duration) string {
	switch {
	case at < p.until[i] && p.gone:
		return "PENDING_DELETE"
	case at < p.until[i]:
		return "PENDING_UPDATE"
	case p.gone:
		return ""
	default:
		return "ACTIVE"
	}
}

func (p *project) list(r *http.Request, at time.Duration) string {
	q := r.URL.Query()
	objects, links := []node{}, []node{}
	for i := range p.until {
		status := p.status(i, at)
		if status == "" || name(i) <= q.Get("marker") {
			continue
		}
		children := []node{{"id": "x"}}
		if p.bare {
			children = []node{}
		}
		all := obj(name(i), status, "listeners", children, "pools", children, "vip_address", "10.0.0.1")
		some := node{}
		for k, v := range all {
			if slices.Contains(q["fields"], k) {
				some[k] = v
			}
		}
		objects = append(objects, some)
		if len(objects) == p.limit {
			links = append(links, node{"rel": "next", "href": "http://cloud.example/v2/lbaas/loadbalancers?limit=1"})
			break
		}
	}
	raw, err := json.Marshal(map[string]any{"loadbalancers": objects, "loadbalancers_links": links})
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// all waits for every load balancer at once and returns when each was seen.
func (p *project) all(t *testing.T, wait func(ctx context.Context, i int) error) []time.Duration {
	t.Helper()
	seen := make([]time.Duration, len(p.until))
	errs := make([]error, len(p.until))
	var wg sync.WaitGroup
	for i := range p.until {
		wg.Go(func() {
			errs[i] = wait(t.Context(), i)
			seen[i] = time.Since(p.start)
		})
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	return seen
}

func (p *project) active(w *waiter.Waiter) func(context.Context, int) error {
	return func(ctx context.Context, i int) error {
		_, err := w.Active(ctx, name(i))
		return err
	}
}

// lonely is when each would be seen, and by how many reads, if every wait were alone.
func (p *project) lonely() (seen []time.Duration, reads int) {
	for _, d := range p.until {
		at, n := look(d, cold)
		seen, reads = append(seen, at), reads+n
	}
	return seen, reads
}

func spread(n int, from, to time.Duration) []time.Duration {
	r := rand.New(rand.NewPCG(7, 8))
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = from + time.Duration(r.Int64N(int64(to-from)))
	}
	return out
}
