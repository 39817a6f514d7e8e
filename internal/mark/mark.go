// SPDX-License-Identifier: Apache-2.0

// Package mark writes and reads the marks of ownership on cloud objects.
package mark

// Owner and Key are the tags; Parse finds them again.
func Owner(owner string) string { return "octaviakit.owner=" + owner }
func Key(key string) string     { return "octaviakit.key=" + key }
