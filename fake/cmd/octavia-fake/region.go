// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/octaviakit/octaviakit/fake"
)

// region is the cloud being served, with the controls around it.
type region struct {
	cfg config
	mux *http.ServeMux

	mu    sync.Mutex
	cloud *fake.Cloud
	ahead time.Duration // how far the clock has been advanced
}

func newRegion(cfg config) *region {
	r := &region{cfg: cfg, mux: http.NewServeMux()}
	r.cloud = r.fresh()
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /-/{$}":          r.page,
		"GET /-/state":        r.state,
		"GET /-/calls":        r.calls,
		"DELETE /-/calls":     r.forget,
		"GET /-/dump":         r.dump,
		"GET /-/faults":       r.listFaults,
		"POST /-/faults":      r.inject,
		"DELETE /-/faults":    r.heal,
		"POST /-/advance":     r.advance,
		"POST /-/reset":       r.reset,
		"GET /-/timeline.svg": r.timeline,
	} {
		r.mux.HandleFunc(pattern, handler)
	}
	return r
}

// ServeHTTP sends what begins with /-/ to the controls, the rest to the cloud.
func (r *region) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	switch {
	case q.URL.Path == "/":
		http.Redirect(w, q, "/-/", http.StatusFound)
	case strings.HasPrefix(q.URL.Path, "/-"):
		r.mux.ServeHTTP(w, q)
	default:
		r.current().ServeHTTP(w, q)
	}
}

func (r *region) fresh() *fake.Cloud {
	return fake.New(fake.WithProvider(r.cfg.provider, r.cfg.release), fake.WithLatency(r.cfg.latency),
		fake.WithSeed(r.cfg.seed), fake.WithClock(r.now), fake.WithoutServers())
}

func (r *region) current() *fake.Cloud {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cloud
}

func (r *region) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Now().Add(r.ahead)
}

func (r *region) dump(w http.ResponseWriter, _ *http.Request) {
	write(w, "text/plain; charset=utf-8", r.current().Dump())
}

// timeline is drawn of the load balancers that lb= names, or of all.
func (r *region) timeline(w http.ResponseWriter, q *http.Request) {
	write(w, "image/svg+xml", r.current().TimelineSVG(q.URL.Query()["lb"]...))
}

func write(w http.ResponseWriter, kind, text string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, text) // a client that has gone away misses nothing
}

func writeJSON(w http.ResponseWriter, v any) {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	write(w, "application/json", string(body)+"\n")
}

// call is a fake.Call as JSON.
type call struct {
	At      time.Time `json:"at"`
	Method  string    `json:"method"`
	Path    string    `json:"path"`
	Query   string    `json:"query,omitempty"`
	User    string    `json:"user,omitempty"`
	Project string    `json:"project,omitempty"`
	Body    any       `json:"body,omitempty"`
	Status  int       `json:"status"`
	Locked  string    `json:"locked,omitempty"`
	Fault   string    `json:"fault,omitempty"`
}

func (r *region) calls(w http.ResponseWriter, _ *http.Request) {
	calls := []call{}
	for k := range r.current().Calls() {
		c := call{k.At, k.Method, k.Path, k.Query, k.User, k.Project, nil, k.Status, k.Locked, k.Fault}
		if json.Valid(k.Body) {
			c.Body = json.RawMessage(k.Body)
		} else if len(k.Body) > 0 {
			c.Body = string(k.Body)
		}
		calls = append(calls, c)
	}
	writeJSON(w, calls)
}

func (r *region) forget(w http.ResponseWriter, _ *http.Request) {
	r.current().ForgetCalls()
	w.WriteHeader(http.StatusNoContent)
}

// advance turns the clock: by what the body or by= says, a duration, else to when the next change is due. It answers what
// the clock then shows.
func (r *region) advance(w http.ResponseWriter, q *http.Request) {
	by, err := r.step(q)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.ahead += by
	r.mu.Unlock()
	writeJSON(w, map[string]any{"by": by.String(), "now": r.now()})
}

// step takes "10s", "by=10s" or {"by":"10s"} from the body, or by=10s from the query, and says what is wrong with anything
// else.
func (r *region) step(q *http.Request) (time.Duration, error) {
	text, err := io.ReadAll(io.LimitReader(q.Body, 1<<10))
	if err != nil {
		return 0, err
	}
	said := strings.TrimSpace(string(text))
	var o struct{ By string }
	if json.Unmarshal(text, &o) == nil {
		said = o.By
	}
	if said = cmp.Or(said, q.URL.RawQuery); said == "" {
		due, pending := r.current().NextDue()
		if !pending {
			return 0, nil
		}
		return max(0, due.Sub(r.now())), nil
	}
	by, err := time.ParseDuration(strings.TrimPrefix(said, "by="))
	if err != nil || by < 0 {
		return 0, fmt.Errorf("%q: want by=DURATION, such as by=10s, or nothing for the time of the next change", said)
	}
	return by, nil
}

// reset replaces the cloud by a new one, with the same seed; tokens and objects are gone.
func (r *region) reset(w http.ResponseWriter, _ *http.Request) {
	next := r.fresh()
	r.mu.Lock()
	r.cloud = next
	r.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}
