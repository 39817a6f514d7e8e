// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"fmt"
	"regexp"
)

// masked numbers the UUIDs of a text in the order of their appearance, so that two
// clouds that saw different numbers of requests compare equal.
func masked(text string) string {
	seen := map[string]string{}
	return regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).ReplaceAllStringFunc(text, func(id string) string {
		if seen[id] == "" {
			seen[id] = fmt.Sprintf("id-%d", len(seen)+1)
		}
		return seen[id]
	})
}
