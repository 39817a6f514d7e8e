// SPDX-License-Identifier: Apache-2.0

// Package fake is an in-memory Octavia, with the parts of Neutron and Keystone that
// load balancing needs, for tests.
//
// A [Cloud] is strict where Octavia is strict and wrong where Octavia is wrong: the
// lock with its four refusals, the state machine, validation in Octavia's own words,
// the amphora and ovn drivers of a chosen release with what they refuse, ignore and
// break. It starts no goroutine, opens no socket and never sleeps: a PENDING object
// remembers when it is due and settles when it is next looked at. Inside a
// testing/synctest bubble that makes minutes of provisioning instantaneous and exact.
//
// It shares no code with the SDK, so an error in the SDK's encoding cannot cancel
// out, and it is compared with the recorded answers of real clouds.
package fake
