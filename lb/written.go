// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"encoding/json"
	"time"

	"github.com/octaviakit/octaviakit/internal/form"
)

// ParseSpec reads a Spec that is written in JSON or YAML, as docs/spec.md
// describes and docs/spec.schema.json says formally. It is strict: fields that do
// not exist, values of another kind, null, keys given twice, and anything behind
// the end are errors, all of them at once, as joined *FieldErrors whose paths are
// in the Spec's own words. Whether the Spec makes sense is for Spec.Validate,
// which every method of an Engine calls.
//
// What ParseSpec accepts, Spec.YAML and json.Marshal write so that ParseSpec reads
// the same again.
func ParseSpec(data []byte) (Spec, error) {
	var s plainSpec
	if err := form.Parse(data, &s); err != nil {
		return Spec{}, err
	}
	return Spec(s), nil
}

// plainSpec is a Spec without methods.
type plainSpec Spec

// YAML writes the Spec for people: fields in the order of the type, what is left
// alone left out. The error is for text that is not UTF-8.
func (s Spec) YAML() ([]byte, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return form.YAML(data)
}

// UnmarshalJSON is ParseSpec.
func (s *Spec) UnmarshalJSON(data []byte) error {
	parsed, err := ParseSpec(data)
	if err == nil {
		*s = parsed
	}
	return err
}

// writtenTimeouts are Timeouts as they are written: "50s".
type writtenTimeouts struct {
	ClientData    *form.Duration `json:"clientData,omitzero"`
	MemberConnect *form.Duration `json:"memberConnect,omitzero"`
	MemberData    *form.Duration `json:"memberData,omitzero"`
	TCPInspect    *form.Duration `json:"tcpInspect,omitzero"`
}

// MarshalJSON writes durations with their units.
func (t Timeouts) MarshalJSON() ([]byte, error) {
	return json.Marshal(writtenTimeouts{
		(*form.Duration)(t.ClientData), (*form.Duration)(t.MemberConnect),
		(*form.Duration)(t.MemberData), (*form.Duration)(t.TCPInspect),
	})
}

// UnmarshalJSON reads durations with their units.
func (t *Timeouts) UnmarshalJSON(data []byte) error {
	var w writtenTimeouts
	if err := form.Parse(data, &w); err != nil {
		return err
	}
	*t = Timeouts{
		(*time.Duration)(w.ClientData), (*time.Duration)(w.MemberConnect),
		(*time.Duration)(w.MemberData), (*time.Duration)(w.TCPInspect),
	}
	return nil
}
