// SPDX-License-Identifier: Apache-2.0

package provider

import "time"

// Task is what one call does, as far as it decides how long that takes.
type Task string

// The tasks whose durations differ. Everything that is not about a whole load
// balancer is a TaskChange.
const (
	TaskCreate   Task = "create load balancer"
	TaskChange   Task = "change"
	TaskDelete   Task = "delete load balancer"
	TaskFailover Task = "failover"
)

// Typical is how long a change of so many objects keeps a load balancer PENDING, in
// the median and on an idle cloud: good enough to choose between two plans and to
// tell a person what to expect, not to set a timeout by. Zero for drivers that the
// matrix does not know.
//
// amphora, SINGLE topology: a machine has to boot and call back (Octavia polls Nova
// every 10 s, the agent every 5 s; its PTL speaks of 20 s for the boot alone,
// openstack-discuss 2019-07-19); a change writes HAProxy's configuration once,
// however many objects it holds. ovn has no machine, but its driver takes the
// objects of a call one by one: 0.3 to 0.6 s each as observed on Zed's, up to some
// seconds on a busy 2025.1.
func (n Name) Typical(t Task, objects int) time.Duration {
	switch n.Canonical() {
	case Amphora:
		switch t {
		case TaskCreate:
			return 45 * time.Second
		case TaskDelete:
			return 10 * time.Second
		case TaskFailover:
			return 90 * time.Second
		case TaskChange:
			return 2 * time.Second
		}
	case OVN:
		const each, port = 500 * time.Millisecond, 1500 * time.Millisecond
		switch t {
		case TaskCreate:
			return port + time.Duration(max(objects-1, 0))*each
		case TaskDelete, TaskFailover:
			return port
		case TaskChange:
			return time.Duration(max(objects, 1)) * each
		}
	}
	return 0
}
