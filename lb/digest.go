// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
)

// digest identifies all that a plan was made from. Statuses and times are left
// out, but for ERROR: a health check that fails is no reason to plan again.
func (g *Graph) digest() string {
	if g == nil {
		return ""
	}
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, n := range g.flatten() {
		attrs := maps.Clone(n.attrs)
		for _, volatile := range []string{"operating_status", "provisioning_status", "updated_at", "created_at"} {
			delete(attrs, volatile)
		}
		// JSON that was decoded always encodes, and to a hash writing cannot fail.
		_ = enc.Encode([]any{n.Path, n.ID, attrs})
	}
	for _, p := range g.pools {
		for _, m := range p.members {
			m.Provisioning, m.Operating = "", ""
			_ = enc.Encode(m)
		}
	}
	_ = enc.Encode(g.failures())
	if g.floating != nil {
		_ = enc.Encode([]any{g.floating.ID, g.floating.PortID})
	}
	_ = enc.Encode(g.next.digest())
	for _, n := range g.extra {
		_ = enc.Encode(n.ID)
	}
	return hex.EncodeToString(h.Sum(nil))
}
