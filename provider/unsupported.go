// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"errors"
	"fmt"
)

// UnsupportedError says who cannot do what, and since when it could.
// errors.Is(err, errors.ErrUnsupported) holds.
type UnsupportedError struct {
	Provider  Name
	Release   Release // the oldest that the cloud may be; of the driver where it is packaged apart
	Feature   Feature
	Since     Release // first release that has it; zero: none does, or no longer
	Otherwise Outcome // what the cloud would have done
	Note      string  // the matrix's caveat, if any
}

// Error reads "ovn at Zed cannot do listener-protocol-http: no release can; the
// cloud would answer 501 (...)".
func (e *UnsupportedError) Error() string {
	since := "no release can"
	if e.Since != 0 {
		since = "since " + e.Since.String()
	}
	s := fmt.Sprintf("%s at %s cannot do %s: %s", e.Provider, e.Release, e.Feature, since)
	if w := e.Otherwise.consequence(); w != "" {
		s += "; " + w
	}
	if e.Note != "" {
		s += " (" + e.Note + ")"
	}
	return s
}

// Is makes the error match [errors.ErrUnsupported].
func (e *UnsupportedError) Is(target error) bool { return target == errors.ErrUnsupported }

// consequence says what asking all the same would come to.
func (o Outcome) consequence() string {
	switch o {
	case Refused:
		return "the cloud would answer 501"
	case Invalid:
		return "the cloud would answer 400"
	case Broken:
		return "the cloud would answer 500"
	case Ignored:
		return "the cloud would accept it without effect"
	case NotApplicable:
		return ""
	default:
		return ""
	}
}
