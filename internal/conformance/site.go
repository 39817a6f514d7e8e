// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
)

// Site is a cloud that scenarios can be played on: the fake or a real one.
type Site struct {
	Users    map[string]*gophercloud.ProviderClient // demo, demo2, admin, observer, norole
	Projects map[string]string                      // "project" of demo, "project2" of demo2
	Octavia  string                                 // endpoint without version and final slash
	Neutron  string                                 // the same
	Keystone string                                 // the same
	vars     map[string]string
}

// reply is an undigested answer.
type reply struct {
	status int    // 0: the connection was closed without one
	kind   string // content type, without parameters
	body   any    // decoded JSON, or text
}

// do sends one request as a user. "nobody" has no token, "forged" a wrong one.
func (s *Site) do(ctx context.Context, user, method, url, body string, headers ...Header) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Accept", "application/json")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		req.Header.Set(h.Name, h.Value)
		if h.Value == "" {
			req.Header.Del(h.Name)
		}
	}
	client := s.Users["demo"].HTTPClient
	switch pc, ok := s.Users[user]; {
	case ok:
		req.Header.Set("X-Auth-Token", pc.Token())
		client = pc.HTTPClient
	case user == "forged":
		req.Header.Set("X-Auth-Token", "forged")
	case user != "nobody":
		return reply{}, fmt.Errorf("no user %q at this cloud", user)
	}
	resp, err := client.Do(req)
	if errors.Is(err, io.EOF) {
		return reply{}, nil
	}
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, fmt.Errorf("%s %s: %w", method, url, err)
	}
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	return reply{resp.StatusCode, kind, decode(raw)}, nil
}

// decode returns JSON as values, anything else as text, nothing as nil.
func decode(raw []byte) any {
	if len(raw) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return string(raw)
	}
	return v
}

// Discover finds the networks that scenarios name, in the project of demo: a
// network with an IPv4 and an IPv6 subnet ($network, $subnet, $subnet6), another
// with an IPv4 one ($member_subnet), an external one ($external), and a subnet of
// demo2's ($subnet2). $net, $mnet, $net2 and $ext are the first two
// bytes of their addresses, $pnet those of networks that a scenario makes.
func (s *Site) Discover(ctx context.Context) error {
	s.vars = maps.Clone(s.Projects)
	subnets, err := s.list(ctx, "demo", "subnets", "project_id="+s.Projects["project"])
	if err != nil {
		return err
	}
	v6 := map[any]any{}
	for _, n := range subnets {
		if n["ip_version"] == json.Number("6") {
			v6[n["network_id"]] = n["id"]
		}
	}
	for _, n := range subnets {
		id, network := fmt.Sprint(n["id"]), n["network_id"]
		switch {
		case n["ip_version"] != json.Number("4"):
		case v6[network] != nil && s.vars["subnet"] == "":
			s.vars["network"], s.vars["subnet"], s.vars["subnet6"] = fmt.Sprint(network), id, fmt.Sprint(v6[network])
			s.vars["net"] = twoBytes(n["cidr"])
		case s.vars["member_subnet"] == "" && v6[network] == nil:
			s.vars["member_subnet"], s.vars["member_network"] = id, fmt.Sprint(network)
			s.vars["mnet"] = twoBytes(n["cidr"])
		}
	}
	external, err := s.list(ctx, "demo", "networks", "router:external=true")
	if err != nil {
		return err
	}
	other, err := s.list(ctx, "demo2", "subnets", "ip_version=4&project_id="+s.Projects["project2"])
	if err != nil {
		return err
	}
	if len(external) == 0 || len(other) == 0 || s.vars["subnet"] == "" || s.vars["member_subnet"] == "" {
		return fmt.Errorf("the cloud lacks a network that the scenarios need; found %v", s.vars)
	}
	s.vars["external"], s.vars["subnet2"] = fmt.Sprint(external[0]["id"]), fmt.Sprint(other[0]["id"])
	s.vars["net2"], s.vars["pnet"] = twoBytes(other[0]["cidr"]), "10.79"
	public, err := s.list(ctx, "admin", "subnets", "ip_version=4&network_id="+s.vars["external"])
	if err != nil || len(public) == 0 {
		return errors.Join(err, errors.New("the external network has no IPv4 subnet that the administrator sees"))
	}
	s.vars["external_subnet"], s.vars["ext"] = fmt.Sprint(public[0]["id"]), twoBytes(public[0]["cidr"])
	return nil
}

// list returns a Neutron collection sorted by name.
func (s *Site) list(ctx context.Context, user, kind, query string) ([]map[string]any, error) {
	r, err := s.do(ctx, user, http.MethodGet, s.Neutron+"/v2.0/"+kind+"?"+query, "")
	if err != nil {
		return nil, err
	}
	found, _ := field(r.body, kind).([]any)
	var out []map[string]any
	for _, v := range found {
		if object, ok := v.(map[string]any); ok {
			out = append(out, object)
		}
	}
	slices.SortFunc(out, func(a, b map[string]any) int {
		return strings.Compare(fmt.Sprint(a["name"]), fmt.Sprint(b["name"]))
	})
	return out, nil
}

// twoBytes is "10.1" of "10.1.0.0/16".
func twoBytes(cidr any) string {
	p, err := netip.ParsePrefix(fmt.Sprint(cidr))
	if err != nil || !p.Addr().Is4() {
		return ""
	}
	b := p.Addr().As4()
	return fmt.Sprintf("%d.%d", b[0], b[1])
}

// Versions is what the cloud says of itself: "api", the newest version of Octavia's API.
func (s *Site) Versions(ctx context.Context) (map[string]string, error) {
	r, err := s.do(ctx, "demo", http.MethodGet, s.Octavia+"/", "")
	if err != nil {
		return nil, err
	}
	newest := ""
	versions, _ := field(r.body, "versions").([]any)
	for _, v := range versions {
		if field(v, "status") == "CURRENT" {
			newest, _ = field(v, "id").(string)
		}
	}
	return map[string]string{"api": newest}, nil
}
