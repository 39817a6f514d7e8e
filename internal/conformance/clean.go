// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// prefix begins the names of all load balancers that scenarios make.
const prefix = "play-"

// clean deletes what the scenario made, last first. Load balancers take what is
// below them along.
func (p *player) clean(ctx context.Context) error {
	for _, m := range p.made { // all are told before the first is waited for
		if strings.Contains(m.url, "/loadbalancers/") {
			if _, err := p.site.do(ctx, "admin", http.MethodDelete, m.url+"?cascade=true", ""); err != nil {
				return fmt.Errorf("clean: %w", err)
			}
		}
	}
	for _, m := range slices.Backward(p.made) {
		if strings.Contains(m.url, "/loadbalancers/") {
			if err := p.site.remove(ctx, path.Base(m.url)); err != nil {
				return err
			}
		}
	}
	for _, m := range slices.Backward(p.made) {
		if strings.Contains(m.url, "/loadbalancers/") {
			continue
		}
		if _, err := p.site.do(ctx, m.user, http.MethodDelete, m.url, ""); err != nil {
			return fmt.Errorf("clean: %w", err)
		}
	}
	return nil
}

// remove deletes a load balancer with all that is below it, and waits. One that stays PENDING is left: only the
// operator can free it.
func (s *Site) remove(ctx context.Context, id string) error {
	p := &player{site: s}
	for began := time.Now(); ; {
		r, err := s.do(ctx, "admin", http.MethodDelete, s.url("", "lbaas/loadbalancers/"+id+"?cascade=true"), "")
		if err != nil {
			return err
		}
		switch r.status {
		case http.StatusNotFound:
			return nil
		case http.StatusNoContent:
			return p.gone(ctx, id)
		case http.StatusConflict:
			if time.Since(began) > limit {
				return fmt.Errorf("clean: load balancer %s: still %v after %s", id, r.body, limit)
			}
			if err := pause(ctx, poll); err != nil { // PENDING
				return err
			}
		default:
			return fmt.Errorf("clean: load balancer %s: status %d, %v", id, r.status, r.body)
		}
	}
}

// others reports what is of neither project: somebody else may be playing.
func (s *Site) others(v any) bool {
	project, owned := field(v, "project_id").(string)
	return owned && project != s.Projects["project"] && project != s.Projects["project2"]
}

// Sweep deletes what an interrupted run of the same two projects left: load balancers, flavors, zones and ports named play-….
func (s *Site) Sweep(ctx context.Context) error {
	ports, err := s.list(ctx, "demo", "ports", "project_id="+s.Projects["project"])
	if err != nil {
		return err
	}
	for _, port := range ports {
		if strings.HasPrefix(fmt.Sprint(port["name"]), prefix) {
			if _, err := s.do(ctx, "demo", http.MethodDelete, s.url("NEUTRON", "ports/"+fmt.Sprint(port["id"])), ""); err != nil {
				return err
			}
		}
	}
	for _, c := range []struct{ kind, key string }{
		{"loadbalancers", "loadbalancers"},
		{"flavors", "flavors"},
		{"flavorprofiles", "flavorprofiles"},
		{"availabilityzones", "availability_zones"},
		{"availabilityzoneprofiles", "availability_zone_profiles"},
	} {
		r, err := s.do(ctx, "admin", http.MethodGet, s.url("", "lbaas/"+c.kind), "")
		if err != nil {
			return err
		}
		found, _ := field(r.body, c.key).([]any)
		for _, v := range found {
			name, _ := field(v, "name").(string)
			if !strings.HasPrefix(name, prefix) || s.others(v) {
				continue
			}
			id, _ := field(v, "id").(string)
			if id == "" {
				id = name // availability zones go by name
			}
			if c.kind == "loadbalancers" {
				err = s.remove(ctx, id)
			} else {
				_, err = s.do(ctx, "admin", http.MethodDelete, s.url("", "lbaas/"+c.kind+"/"+id), "")
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
