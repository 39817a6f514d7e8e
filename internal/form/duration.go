// SPDX-License-Identifier: Apache-2.0

package form

import (
	"fmt"
	"time"
)

// Duration is a time.Duration that is written with its unit: "50s", "1500ms".
type Duration time.Duration

// MarshalText writes d as time.Duration.String does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(data []byte) error {
	v, err := time.ParseDuration(string(data))
	if err != nil {
		return fmt.Errorf("%q is no duration; write for example %q", data, "50s")
	}
	*d = Duration(v)
	return nil
}
