// SPDX-License-Identifier: Apache-2.0

// Package lb plans and applies whole Octavia load balancers.
//
// Describe the load balancer you want as a [Spec], by hand or with a [Builder];
// let an [Engine] plan the difference to what exists; read the [Plan], which says
// what it will cost; apply it. [Engine.Ensure] does all of it, and does nothing
// when there is nothing to do.
//
// # The lock is the cost
//
// Octavia locks a whole load balancer (PENDING_UPDATE) for every change to any
// object in it, and refuses the next change with 409 until it has settled. So the
// number of changes is the latency, and a Plan counts them as PENDING cycles. A
// new load balancer costs one cycle where the provider builds a whole graph from
// one POST reliably, and one per object where it does not (see [Plan.Cycles]).
//
// # Identity and ownership
//
// An Engine has an owner and touches only what carries that owner's mark: the
// tags octaviakit.owner and octaviakit.key on the load balancer. Load balancers
// are found by name, objects inside by name, members by address and port; no
// state is kept anywhere else. So a program may crash at any call and run again.
// [Engine.Adopt] puts the mark on what other software made; [Graph.Spec] describes it.
//
// # Absent, empty, zero
//
// A nil pointer, nil slice or "" in a Spec means "leave it": Octavia's default on
// a new object, whatever is there on an existing one. A pointer to a zero value,
// and an empty but non-nil slice, are enforced. The objects themselves are exact:
// a pool, listener, policy or member that the Spec does not name is removed.
package lb
