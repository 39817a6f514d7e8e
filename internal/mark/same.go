// SPDX-License-Identifier: Apache-2.0

package mark

import "strings"

// Same reports whether a database takes two tags for one, as MariaDB's collations do: they
// tell neither case nor spaces at the end. Octavia answers 409 or 500 to such a pair.
func Same(a, b string) bool {
	return strings.EqualFold(strings.TrimRight(a, " "), strings.TrimRight(b, " "))
}
