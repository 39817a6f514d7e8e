// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	poll  = 500 * time.Millisecond
	limit = 6 * time.Minute // for one load balancer to settle
	stuck = 8 * time.Second // for a child that stays PENDING below an ACTIVE load balancer

	absent = "no-" // begins the value of a variable that could not be captured
)

// ErrCapture means that an answer lacks a field that the scenario captures: the
// scenario cannot go on as meant.
var ErrCapture = errors.New("nothing to capture")

// Play sends the steps of a scenario in order and returns the answers to those
// that are compared. A missing capture does not stop it, but is reported at the
// end: the later steps then ask for an object that is not there.
func (s *Site) Play(ctx context.Context, scenario *Scenario) ([]Answer, error) {
	p := &player{site: s, vars: maps.Clone(s.vars)}
	var lost error
	for _, step := range scenario.Steps {
		if err := p.step(ctx, step); err != nil {
			err = fmt.Errorf("%s.scn:%d: %s: %w", scenario.Name, step.Line, step.Request(), err)
			if !errors.Is(err, ErrCapture) {
				return p.answers, errors.Join(err, p.clean(ctx))
			}
			lost = errors.Join(lost, err)
		}
	}
	return p.answers, errors.Join(lost, p.clean(ctx))
}

type player struct {
	site    *Site
	vars    map[string]string
	answers []Answer
	made    []made
}

// made is an object to be deleted at the end.
type made struct{ user, url string }

func (p *player) step(ctx context.Context, s Step) error {
	target := p.expand(s.Path)
	if missing(target) && !s.compared() {
		return nil // what was not made need not be waited for
	}
	switch s.Verb {
	case "pause":
		d, err := time.ParseDuration(target)
		return errors.Join(err, pause(ctx, d))
	case "settle":
		return p.settle(ctx, target)
	case "gone":
		return p.gone(ctx, target)
	}
	url := p.site.url(s.Service, target)
	r, err := p.site.do(ctx, s.As, s.Verb, url, p.expand(s.Body), s.Headers...)
	if err != nil {
		return err
	}
	if id := created(r); s.Verb == http.MethodPost && id != "" {
		p.made = append(p.made, made{s.As, strings.TrimSuffix(url, "/") + "/" + id})
	}
	for _, c := range s.Captures {
		v := field(r.body, c.Field)
		if v == nil {
			err = fmt.Errorf("%w: %s in status %d, %v", ErrCapture, c.Field, r.status, r.body)
			p.vars[c.Name] = absent + c.Name
			continue
		}
		p.vars[c.Name] = fmt.Sprint(v)
	}
	if s.compared() {
		p.answers = append(p.answers, p.answer(s, r))
	}
	if lb := p.expand(s.Settling); lb != "" && !missing(lb) && s.Verb != http.MethodGet && r.status < http.StatusMultipleChoices {
		err = errors.Join(err, p.settle(ctx, lb))
	}
	return err
}

func (p *player) answer(s Step, r reply) Answer {
	a := Answer{Section: s.Section, As: s.As, Request: s.Request(), Status: r.status, Type: r.kind}
	a.Body = p.normal(r.body, strings.Contains(s.Path, "sort"))
	if a.As == "demo" {
		a.As = ""
	}
	if a.Type == "application/json" || a.Body == nil {
		a.Type = ""
	}
	return a
}

func (p *player) expand(text string) string {
	return os.Expand(text, func(name string) string {
		if name == "$" {
			return "$"
		}
		return p.vars[name]
	})
}

func (s *Site) url(service, path string) string {
	root, version := s.Octavia, "/v2/"
	switch service {
	case "NEUTRON", "NETWORK":
		root, version = s.Neutron, "/v2.0/"
	case "IDENTITY":
		root, version = s.Keystone, "/v3/"
	}
	if strings.HasPrefix(path, "/") {
		return root + path
	}
	return root + version + path
}

// missing reports whether id stands for something that an answer lacked.
func missing(id string) bool { return strings.HasPrefix(id, absent) }

// created is the id of what a POST made, or "".
func created(r reply) string {
	if object, ok := r.body.(map[string]any); ok && r.status == http.StatusCreated && len(object) == 1 {
		for _, v := range object {
			if id, ok := field(v, "id").(string); ok {
				return id
			}
		}
	}
	return ""
}

// field follows a dotted path into decoded JSON.
func field(v any, path string) any {
	for part := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// settle waits until nothing of the load balancer is PENDING, and gives up on
// children that stay so: some do for good, on a real cloud.
func (p *player) settle(ctx context.Context, id string) error {
	began, active := time.Now(), time.Time{}
	for {
		r, err := p.site.do(ctx, "admin", http.MethodGet, p.site.url("", "lbaas/loadbalancers/"+id+"/status"), "")
		if err != nil {
			return err
		}
		status, _ := field(r.body, "statuses.loadbalancer.provisioning_status").(string)
		switch {
		case r.status != http.StatusOK:
			return fmt.Errorf("settle: status %d", r.status)
		case strings.HasPrefix(status, "PENDING"):
			active = time.Time{}
		case !pending(r.body):
			return nil
		case active.IsZero():
			active = time.Now()
		case time.Since(active) > stuck:
			return nil
		}
		if time.Since(began) > limit {
			return fmt.Errorf("settle: still %s after %s", status, limit)
		}
		if err := pause(ctx, poll); err != nil {
			return err
		}
	}
}

// pending looks for a PENDING status anywhere in a status tree.
func pending(v any) bool {
	switch x := v.(type) {
	case map[string]any:
		for k, w := range x {
			if text, ok := w.(string); ok && k == "provisioning_status" && strings.HasPrefix(text, "PENDING") || pending(w) {
				return true
			}
		}
	case []any:
		for _, w := range x {
			if pending(w) {
				return true
			}
		}
	}
	return false
}

func (p *player) gone(ctx context.Context, id string) error {
	for began := time.Now(); ; {
		r, err := p.site.do(ctx, "admin", http.MethodGet, p.site.url("", "lbaas/loadbalancers/"+id), "")
		if err != nil || r.status == http.StatusNotFound {
			return err
		}
		if time.Since(began) > limit {
			return fmt.Errorf("still there after %s, last %v", limit, field(r.body, "loadbalancer.provisioning_status"))
		}
		if err := pause(ctx, poll); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
