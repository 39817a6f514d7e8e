// SPDX-License-Identifier: Apache-2.0

package octavia

import "strings"

// IsID recognises a UUID as oslo's is_uuid_like does: with or without dashes.
func IsID(s string) bool { return len(plain(s)) == 32 }

// ID is a UUID as Octavia stores it, which reads any spelling: in small letters, with
// dashes. What is no UUID stays as it is.
func ID(s string) string {
	p := plain(s)
	if len(p) != 32 {
		return s
	}
	return p[:8] + "-" + p[8:12] + "-" + p[12:16] + "-" + p[16:20] + "-" + p[20:]
}

// plain is the digits of a UUID, "" if there is anything else.
func plain(s string) string {
	p := strings.ToLower(strings.ReplaceAll(s, "-", ""))
	if strings.Trim(p, "0123456789abcdef") != "" {
		return ""
	}
	return p
}
