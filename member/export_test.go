// SPDX-License-Identifier: Apache-2.0

package member

// What gathers under one key is merged field by field; that no field is forgotten is
// tested on all of them at once.

// Overlay is overlay.
func Overlay(old, s Spec) Spec { return overlay(old, s) }
