// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"net/netip"
	"time"
)

// The functions of this file turn a field of a Spec into a wish: a JSON value and
// whether there is a wish at all.

// ref stands in a request body for the ID of an object that may not exist yet.
type ref string // a path, "pool/web"

func text(s string) (any, bool) { return s, s != "" }

func value[T any](p *T) (any, bool) {
	if p == nil {
		return nil, false
	}
	return *p, true
}

// idOrNone is the wish for a reference that "" clears: null, as Octavia takes no
// empty one.
func idOrNone(id *string) (any, bool) {
	if id == nil || *id != "" {
		return value(id)
	}
	return nil, true
}

func list(s []string) (any, bool) {
	out := make([]any, len(s))
	for i, v := range s {
		out[i] = v
	}
	return out, s != nil
}

func address(a netip.Addr) (any, bool) { return a.Unmap().String(), a.IsValid() }

func millis(d *time.Duration) (any, bool) {
	if d == nil {
		return nil, false
	}
	return int(d.Milliseconds()), true
}

func headers(h map[string]string) (any, bool) {
	out := make(map[string]any, len(h))
	for k, v := range h {
		out[k] = v
	}
	return out, h != nil
}

// prefixes are spelt as Octavia stores them: host bits cleared.
func prefixes(ps []netip.Prefix) (any, bool) {
	out := make([]any, len(ps))
	for i, p := range ps {
		out[i] = p.Masked().String()
	}
	return out, ps != nil
}

func poolRef(name string) any {
	if name == "" {
		return nil
	}
	return ref(poolPath(name))
}

func additional(vips []AdditionalVIP) (any, bool) {
	out := make([]any, len(vips))
	for i, v := range vips {
		item := map[string]any{"subnet_id": v.SubnetID}
		if v.Address.IsValid() {
			item["ip_address"] = v.Address.Unmap().String()
		}
		out[i] = item
	}
	return out, vips != nil
}

func session(s *SessionPersistence) (any, bool) {
	switch {
	case s == nil:
		return nil, false
	case s.Type == "":
		return nil, true
	}
	out := map[string]any{"type": s.Type}
	if s.CookieName != "" {
		out["cookie_name"] = s.CookieName
	}
	if s.Timeout != 0 {
		out["persistence_timeout"] = s.Timeout
	}
	if s.Granularity != "" {
		out["persistence_granularity"] = s.Granularity
	}
	return out, true
}

func poolTLS(p Pool, get func(*PoolTLS) (any, bool)) (any, bool) {
	if p.TLS == nil {
		return nil, false
	}
	return get(p.TLS)
}

func tls(l Listener, get func(*TLS) (any, bool)) (any, bool) {
	if l.TLS == nil {
		return nil, false
	}
	return get(l.TLS)
}
