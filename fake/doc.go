// SPDX-License-Identifier: Apache-2.0

// Package fake is an in-memory Octavia, with the Keystone and the part of Neutron that it
// needs, for tests of programs that use load balancers.
//
// It is strict where Octavia is strict and wrong where Octavia is wrong: attributes,
// defaults, refusals with their words, the lock of a load balancer, the state machine,
// both providers as of any release with their known defects. Its answers are compared
// with those that real clouds gave to the same requests; see the conformance suite.
//
// # Time
//
// A [Cloud] starts no goroutine, opens no socket and never sleeps: a PENDING object
// remembers when it is due, and whoever looks next settles everything that is. Inside a
// testing/synctest bubble that makes minutes of provisioning instantaneous and exact.
// Outside one the default latency is zero: PENDING in the answer, settled at the next
// look. [WithClock] and [ManualClock] are for those who can use neither.
//
// # What a test can ask
//
// [Cloud.Expect] begins assertions that read as sentences and fail with the story of what
// was called and what it locked; [Cloud.KeepTimeline] draws it for a test that fails.
// [Cloud.Mutations] and [Cloud.Polls] are the calls themselves, [Cloud.Cycles] and
// [Cloud.Spans] what they cost: each change locks its load balancer for one PENDING cycle.
// [Cloud.Dump] renders the whole state as text for golden files. [Cloud.Inject] makes
// requests go wrong, and each [Fault] prints as the line that reproduces it.
//
// # What it is not
//
// No traffic flows: operating statuses follow from what is configured and from
// [Cloud.SetMemberHealth]. Certificates are not looked at: every reference is readable
// unless it contains "missing". A server is taken to be at each member's address, unless
// [WithoutServers] says that only ports of Neutron's are, as octavia-fake does.
package fake
