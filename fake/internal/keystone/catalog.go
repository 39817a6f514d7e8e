// SPDX-License-Identifier: Apache-2.0

package keystone

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// service is an entry of the catalogue. The URLs of network and load-balancer carry no version: clients add it, and
// some look at the version document that lies there.
type service struct{ name, typ, path string }

func services() []service {
	return []service{
		{"octavia", "load-balancer", "/load-balancer"},
		{"neutron", "network", "/network"},
		{"keystone", "identity", "/identity/v3"},
	}
}

func interfaces() []string { return []string{"internal", "public", "admin"} }

// stable is an ID that is the same in every cloud.
func stable(of string) string {
	sum := sha256.Sum256([]byte(of))
	return hex.EncodeToString(sum[:16])
}

func endpoint(s service, iface, root string) rest.Object {
	return rest.Object{
		"id": stable(s.name + " " + iface), "interface": iface, "url": root + s.path,
		"region": "RegionOne", "region_id": "RegionOne",
	}
}

func catalogue(root string) []rest.Object {
	entries := []rest.Object{}
	for _, s := range services() {
		endpoints := []rest.Object{}
		for _, iface := range interfaces() {
			endpoints = append(endpoints, endpoint(s, iface, root))
		}
		entries = append(entries, rest.Object{
			"id": stable(s.name), "name": s.name, "type": s.typ, "endpoints": endpoints,
		})
	}
	return entries
}

// catalogued serves /services and /endpoints, which administrators may read.
func (k *Keystone) catalogued(c call) (answer, *fault) {
	if !c.who.Has("admin") {
		return answer{}, forbidden("list_" + c.parts[0])
	}
	if c.r.Method != http.MethodGet {
		return answer{}, notAllowed()
	}
	t := newTable("service", "services")
	if c.parts[0] == "endpoints" {
		t = newTable("endpoint", "endpoints")
	}
	for _, s := range services() {
		if t.single == "service" {
			t.add(stable(s.name), rest.Object{"name": s.name, "type": s.typ, "enabled": true})
			continue
		}
		for _, iface := range interfaces() {
			e := endpoint(s, iface, c.root)
			e["service_id"], e["enabled"] = stable(s.name), true
			t.add(e["id"].(string), e)
		}
	}
	return k.read(c, t)
}
