// SPDX-License-Identifier: Apache-2.0

// Package octaviakit is the map of an SDK for OpenStack Octavia load balancers.
// It holds no code; import the packages one at a time.
//
//   - lb plans and applies whole load balancers.
//   - member, monitor and floatingip change one kind of thing, well.
//   - waiter waits until a load balancer has settled.
//   - provider knows what the amphora and ovn drivers can do, release by release.
//   - observe carries events to your logs.
//   - fake is an Octavia for your tests.
//
// # The model on one page
//
// Octavia answers a change at once and carries it out later. Meanwhile the object,
// its parents and its load balancer are PENDING, and the load balancer is locked:
// the next change to anything in it is refused with 409. Such a round is a PENDING
// cycle. On amphora the first takes about a minute and each further one seconds;
// on ovn a cycle takes a second or two.
//
// So cycles are what a change costs. A whole load balancer in one POST costs one;
// eighty members in one batch PUT cost one; one by one they cost eighty. The
// packages here plan in cycles, and between two cycles they lose as little time
// as they can.
//
// ACTIVE is not the end of a cycle: on ovn, and after some single-call creates on
// amphora, children are still PENDING under an ACTIVE load balancer. Settled means
// that nothing in the status tree is. And settled is not serving: whether members
// answer is in their operating status.
package octaviakit
