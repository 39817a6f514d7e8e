// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/http"
	"slices"
	"strings"
)

// What listeners and pools have in common about TLS.

// tlsDefaults are those of a fresh Octavia configuration.
func tlsDefaults(ciphers *nullable, versions, alpn *[]string) {
	if !ciphers.set {
		*ciphers = nullable{set: true, text: "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-SHA256:DHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256"}
	}
	if *versions == nil {
		*versions = []string{"TLSv1.2", "TLSv1.3"}
	}
	if *alpn == nil {
		*alpn = []string{"h2", "http/1.1", "http/1.0"}
	}
}

// resetTLS: null in an update resets to the defaults, whatever the protocol.
func resetTLS(b body, ciphers *nullable, versions *[]string) {
	if b.has("tls_ciphers") && !b.sent("tls_ciphers") {
		tlsDefaults(ciphers, new([]string), new([]string))
	}
	if b.has("tls_versions") && !b.sent("tls_versions") {
		tlsDefaults(new(nullable), versions, new([]string))
	}
}

// retrieve stands for Barbican: a reference is the URL of a container or secret, and any
// is there that does not say "missing".
func retrieve(references ...string) error {
	bad := slices.DeleteFunc(nonEmpty(references...), func(r string) bool {
		return (strings.HasPrefix(r, "http://") || strings.HasPrefix(r, "https://")) && !strings.Contains(r, "missing")
	})
	if len(bad) > 0 {
		return badRequest("Could not retrieve certificate: %s", pyList(bad))
	}
	return nil
}

func nonEmpty(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// checkTLSLists takes nil for what was not sent.
func checkTLSLists(versions, alpn []string) error {
	known := []string{"SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
	unknown := slices.DeleteFunc(slices.Clone(versions), func(v string) bool { return slices.Contains(known, v) })
	old := slices.DeleteFunc(slices.Clone(versions), func(v string) bool { return slices.Index(known, v) >= slices.Index(known, "TLSv1.2") })
	switch {
	case versions != nil && len(versions) == 0:
		return invalid("Empty TLS version list. Either specify at least one TLS version or remove this parameter to use the default.")
	case slices.Contains(versions, nullItem), slices.Contains(alpn, nullItem): // in making the words of the refusal
		return faultf(http.StatusInternalServerError, "sequence item 0: expected str instance, NoneType found")
	case len(unknown) > 0:
		return invalid("Invalid TLS versions: %s", strings.Join(unknown, ", "))
	case len(old) > 0:
		return invalid("Requested TLS versions are less than the minimum: %s < TLSv1.2", strings.Join(old, ", "))
	case alpn != nil && len(alpn) == 0:
		return invalid("Empty ALPN protocol list. Either specify at least one ALPN protocol or remove this parameter to use the default.")
	}
	return nil
}

func checkCiphers(ciphers string) error {
	odd := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+!:@=_.", r)
	}
	if strings.ContainsFunc(ciphers, odd) {
		return invalid("Invalid characters in cipher string. Only alphanumeric, -, +, !, :, @, =, _, and . are allowed.")
	}
	return nil
}
