// SPDX-License-Identifier: Apache-2.0

// Package member describes pool members and changes them in bulk.
//
// Octavia locks the whole load balancer for every change below it, so the price
// of a change is its PENDING cycle and not its size. This package therefore
// turns "these members, please" into the fewest cycles:
//
//   - [Diff] says what differs, [Requests] how to say it to Octavia; both are pure.
//   - [Sync] does it once and waits.
//   - [Batcher] gathers the changes of any number of goroutines while a cycle is
//     in flight; [Syncer] is the same for controllers, which must not wait.
//   - [Drainer] takes members out of service gently and puts them back.
//
// # What is left alone
//
// A nil field of a [Spec] is never reset. That needs care, as the batch PUT
// decodes each element with the create type: an omitted weight, admin_state_up,
// backup, monitor_address or monitor_port is reset to its default, even on
// members that did not change (octavia/api/v2/types/member.py, MemberPOST; still
// so in 18.0.0). So every body echoes what was observed. An omitted name, tags
// or subnet_id keeps the stored value.
//
// # Identity
//
// Octavia identifies a member in a batch by its address and port, compared as
// strings: 2001:DB8::1 and 2001:db8::1 may be two members of one pool. Here a
// [Key] is canonical, bodies repeat the spelling that Octavia has stored, and a
// second spelling of the same key counts as superfluous.
package member
