// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"encoding/json"

	"github.com/octaviakit/octaviakit/internal/form"
)

type plain Spec // without methods

// MarshalJSON writes durations with their units: "5s".
func (s Spec) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct { // the first fields hide those of plain, and keep their order
		Name    string        `json:"name,omitzero"`
		Type    Type          `json:"type,omitzero"`
		Delay   form.Duration `json:"delay,omitzero"`
		Timeout form.Duration `json:"timeout,omitzero"`
		plain
	}{s.Name, s.Type, form.Duration(s.Delay), form.Duration(s.Timeout), plain(s)})
}

// UnmarshalJSON reads durations with their units. It is strict, as lb.ParseSpec is.
func (s *Spec) UnmarshalJSON(data []byte) error {
	var p plain
	if err := form.Parse(data, &p); err != nil {
		return err
	}
	*s = Spec(p)
	return nil
}
