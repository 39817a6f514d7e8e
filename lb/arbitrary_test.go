// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"time"
)

// arbitrary fills a value of any type with anything, sense or not: for what must
// hold of every Spec. Fields that are added later take part by themselves.
func arbitrary[T any](r *rand.Rand) T {
	var v T
	fillAny(r, reflect.ValueOf(&v).Elem())
	return v
}

func fillAny(r *rand.Rand, v reflect.Value) {
	switch v.Interface().(type) {
	case netip.Addr:
		v.Set(reflect.ValueOf(anyAddr(r)))
		return
	case netip.Prefix:
		if a := anyAddr(r).WithZone(""); a.IsValid() {
			v.Set(reflect.ValueOf(netip.PrefixFrom(a, r.IntN(a.BitLen()+1))))
		}
		return
	case time.Duration:
		v.SetInt(pick(r, 0, 1, int64(r.Int32())*1e6, -5e9, r.Int64()))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if r.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fillAny(r, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if r.IntN(3) > 0 {
				fillAny(r, v.Field(i))
			}
		}
	case reflect.Slice:
		if n := r.IntN(4) - 1; n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fillAny(r, v.Index(i))
			}
		}
	case reflect.Map:
		if n := r.IntN(4) - 1; n >= 0 {
			v.Set(reflect.MakeMap(v.Type()))
			for range n {
				v.SetMapIndex(reflect.ValueOf(anyText(r)), reflect.ValueOf(anyText(r)))
			}
		}
	case reflect.String:
		v.SetString(anyText(r))
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int:
		v.SetInt(pick(r, 0, -1, 1, 300, r.Int64()))
	case reflect.Uint16:
		v.SetUint(uint64(r.IntN(1 << 16)))
	default:
		panic("no arbitrary " + v.Type().String())
	}
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// anyText is text that the written forms may trip over.
func anyText(r *rand.Rand) string {
	return pick(r, "", "web", "HTTP", "true", "null", "~", "1.1", "0x50", "2001-01-01", "yes", "1:30", "a: b", "- a", "#", "a #b",
		"*a", "&a", "!!x", "<<", "'", `"`, `\`, "a\nb", "\n", " a ", "\t", "a\r\n", "\u0085", "\u2028", "\ufeff", "\x00", "\x7f",
		"ä", "日本", "🐙", "<&>", "{}", "[]", "|", ">", "%", "@", "`", "?", ":", "-", "=", ".inf", "---", "...", string(rune(r.IntN(0xd800))))
}

func anyAddr(r *rand.Rand) netip.Addr {
	var b [16]byte
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return pick(r, netip.Addr{}, netip.AddrFrom4([4]byte(b[:4])), netip.AddrFrom16(b), netip.IPv6Unspecified(),
		netip.MustParseAddr("::ffff:192.0.2.1"), netip.MustParseAddr("fe80::1%eth0"))
}
