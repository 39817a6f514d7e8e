// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"strings"
)

// Reasons that several kinds of steps have.
const (
	inError  = "in ERROR: tried again"
	unwanted = "the Spec does not name it"
)

// unlike says which fields are not as the Spec says; where traffic moves, that it does.
func unlike(ds []difference) string {
	names := make([]string, len(ds))
	for i, d := range ds {
		names[i] = d.name
		if d.effect == Moves && d.name != "position" && d.want != nil {
			return "traffic moves to " + d.wantText + ", which is ready"
		}
	}
	return "not as wished: " + strings.Join(names, ", ")
}

// fieldsText is "provider amphora -> ovn, flavor_id none -> large".
func fieldsText(fs []Field) string {
	parts := make([]string, len(fs))
	for i, f := range fs {
		parts[i] = fmt.Sprintf("%s %s -> %s", f.Name, f.Old, f.New)
	}
	return strings.Join(parts, ", ")
}
