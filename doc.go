// SPDX-License-Identifier: Apache-2.0

// Package octaviakit is the map of an SDK for OpenStack Octavia load balancers.
// It holds no code; import the packages one at a time.
package octaviakit
