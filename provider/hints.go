// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// A hint tells releases apart that share an API version, by something that reads
// differently before and from a release on. It is asked only if the span it may
// split is still open.
type hint struct {
	from Release // the first release on the newer side
	ask  func(ctx context.Context, s *scout, c *Cloud) (verdict, string, error)
}

// verdict is what a hint found.
type verdict int

const (
	undecided verdict = iota
	older             // than hint.from
	newer             // hint.from or above
)

// hints in the order of asking, cheap ones first.
func hints() []hint {
	return []hint{
		{from: Rocky, ask: hintProviders},
		{from: Xena, ask: hintAmphoraV1},
		{from: Antelope, ask: hintAccept},
		{from: Bobcat, ask: hintFilter("listeners?hsts_max_age=-1")},
		{from: Epoxy, ask: hintFilter("loadbalancers?vip_sg_ids=none")},
		{from: Wallaby, ask: hintFilter("pools?alpn_protocols=none")},
		{from: Victoria, ask: hintFilter("pools?tls_versions=none")},
		{from: Ussuri, ask: hintFilter("loadbalancers?availability_zone=none")},
		{from: Stein, ask: hintFilter("pools?tls_enabled=none")},
		{from: Dalmatian, ask: hintAdditionalVIPs},
		{from: Flamingo, ask: hintVolumeZone},
	}
}

// narrow asks the hints that can split c's span.
func (s *scout) narrow(ctx context.Context, c *Cloud) error {
	for _, h := range hints() {
		if !(c.api.Floor < h.from && h.from <= c.api.Ceiling) {
			continue
		}
		v, why, err := h.ask(ctx, s, c)
		if err != nil {
			return err
		}
		switch v {
		case newer:
			c.api.Floor = h.from
			c.know("%s or newer: %s", h.from, why)
		case older:
			c.api.Ceiling = h.from - 1
			c.know("%s or older: %s", h.from-1, why)
		case undecided:
		}
	}
	return nil
}

// hintProviders: the list of providers came with Rocky
// (octavia 3.0.0 octavia/api/v2/controllers/__init__.py).
func hintProviders(_ context.Context, _ *scout, c *Cloud) (verdict, string, error) {
	if c.listed == nil {
		return undecided, "", nil
	}
	return newer, "it lists its providers", nil
}

// hintAmphoraV1: the name amphorav1 exists from 9.0.0 on, when plain amphora
// became the second driver, to 12.x (octavia 9.0.0 setup.cfg).
func hintAmphoraV1(_ context.Context, _ *scout, c *Cloud) (verdict, string, error) {
	if slices.ContainsFunc(c.listed, func(p Listed) bool { return p.Name == "amphorav1" }) {
		return newer, "amphorav1 is listed", nil
	}
	return undecided, "", nil
}

// hintAccept: from 12.0.0 on the API refuses to speak anything but JSON
// (octavia 12.0.0 octavia/api/common/hooks.py:ContentTypeHook, in no older tag);
// before, WSME and pecan render the version list as XML. Seen on 11.0.0 and 16.0.0.
func hintAccept(ctx context.Context, s *scout, _ *Cloud) (verdict, string, error) {
	a, err := s.get(ctx, "", map[string]string{"Accept": "application/xml"})
	switch {
	case err != nil || a == nil:
		return undecided, "", err
	case a.status == http.StatusNotAcceptable && strings.Contains(string(a.body), "Only content type application/json"):
		return newer, "its root insists on JSON", nil
	case a.status == http.StatusOK && a.kind == "application/xml":
		return older, "its root still speaks XML", nil
	default:
		return undecided, "", nil
	}
}

// hintFilter: a list can be filtered by what its objects have and by nothing else
// (octavia octavia/api/common/pagination.py:apply, since 2.0.0). A value that
// nothing has keeps the answer short. Seen on 11.0.0 and 16.0.0.
func hintFilter(path string) func(context.Context, *scout, *Cloud) (verdict, string, error) {
	_, field, _ := strings.Cut(path, "?")
	field, _, _ = strings.Cut(field, "=")
	return func(ctx context.Context, s *scout, _ *Cloud) (verdict, string, error) {
		known, err := s.filters(ctx, path)
		if err != nil || known == undecided {
			return undecided, "", err
		}
		if known == older {
			return older, "its objects have no " + field, nil
		}
		// Where the operator has switched filters off, any is accepted.
		control, err := s.filters(ctx, "pools?octaviakit=none")
		if control == older {
			return newer, "its objects have a " + field, err
		}
		return undecided, "", err
	}
}

// filters reports whether a list accepts a filter (newer) or does not know it (older).
func (s *scout) filters(ctx context.Context, path string) (verdict, error) {
	a, err := s.get(ctx, "v2.0/lbaas/"+path, nil)
	switch {
	case err != nil || a == nil:
		return undecided, err
	case a.status == http.StatusOK && a.kind == "application/json":
		return newer, nil
	case a.status == http.StatusBadRequest && strings.Contains(faultText(a.body), "duplicate or invalid"):
		return older, nil
	default:
		return undecided, nil
	}
}

// hintAdditionalVIPs: the ports of additional VIPs are shown from 15.1.0 on, and
// from 16.0.1 and 17.0.0, but by no 14.x
// (octavia releasenotes/notes/fix-missing-additional-vips-port_id-fd0708aa798744c9.yaml).
// Only load balancers that have some can tell.
func hintAdditionalVIPs(ctx context.Context, s *scout, _ *Cloud) (verdict, string, error) {
	var doc struct {
		LoadBalancers []struct {
			AdditionalVIPs []map[string]any `json:"additional_vips"`
		} `json:"loadbalancers"`
	}
	if ok, err := s.read(ctx, "v2.0/lbaas/loadbalancers?fields=additional_vips", &doc); !ok {
		return undecided, "", err
	}
	for _, lb := range doc.LoadBalancers {
		for _, vip := range lb.AdditionalVIPs {
			if _, has := vip["port_id"]; has {
				return newer, "it shows the ports of additional VIPs", nil
			}
		}
	}
	return undecided, "", nil
}

// hintVolumeZone: availability zones know a volume_zone from 17.0.0 on (octavia
// 17.0.0 octavia/api/drivers/amphora_driver/availability_zone_schema.py). The
// question is for administrators; others are refused and nothing is learned.
func hintVolumeZone(ctx context.Context, s *scout, c *Cloud) (verdict, string, error) {
	i := slices.IndexFunc(c.listed, func(p Listed) bool { return p.Name.Canonical() == Amphora })
	if i < 0 {
		return undecided, "", nil
	}
	var doc struct {
		Capabilities []struct {
			Name string `json:"name"`
		} `json:"availability_zone_capabilities"`
	}
	path := "v2.0/lbaas/providers/" + escape(c.listed[i].Name) + "/availability_zone_capabilities"
	ok, err := s.read(ctx, path, &doc)
	if !ok || len(doc.Capabilities) == 0 {
		return undecided, "", err
	}
	for _, k := range doc.Capabilities {
		if k.Name == "volume_zone" {
			return newer, "availability zones have a volume_zone", nil
		}
	}
	return older, "availability zones have no volume_zone", nil
}

// loadable strikes ovn off the enabled providers if the cloud lists it but cannot
// load it: before 18.0.0 the list was the configuration, whatever became of it
// (octavia 18.0.0 octavia/api/app.py:_init_drivers). Only administrators may ask.
func (s *scout) loadable(ctx context.Context, c *Cloud) error {
	if !c.enabled(OVN) || c.listed == nil || c.api.Floor >= Gazpacho {
		return nil
	}
	a, err := s.get(ctx, "v2.0/lbaas/providers/ovn/flavor_capabilities", nil)
	if err != nil || a == nil || a.status != http.StatusNotImplemented {
		return err
	}
	if _, what := refusal(faultText(a.body)); what == "was not found" {
		c.known = slices.DeleteFunc(c.known, func(n Name) bool { return n == OVN })
		c.know("ovn is listed but its driver does not load")
	}
	return nil
}

// read decodes a JSON answer of 200; ok is false for any other.
func (s *scout) read(ctx context.Context, path string, into any) (ok bool, err error) {
	a, err := s.get(ctx, path, nil)
	if err != nil || a == nil || a.status != http.StatusOK {
		return false, err
	}
	return json.Unmarshal(a.body, into) == nil, nil
}
