// SPDX-License-Identifier: Apache-2.0

package fake

// The lock is a status: whatever is below a load balancer can change only while that,
// and each ancestor in between, is ACTIVE. The object's own status is never asked.

func lockLB(lb *loadBalancer) error {
	if lb.prov != active {
		return errImmutable("Load Balancer", lb.id)
	}
	return nil
}

// lockWhole is for what changes the load balancer itself; a delete and a failover also
// take one in ERROR.
func lockWhole(lb *loadBalancer, evenBroken bool) error {
	if lb.prov == active || (evenBroken && lb.prov == inError) {
		return nil
	}
	return errBusyLB(lb)
}

// lockPool tests the pool first, so that the second of two callers hears of the pool.
func lockPool(p *pool) error {
	if p.prov != active {
		return errImmutable("Pool", p.id)
	}
	return lockLB(p.lb)
}

func lockPolicy(r *l7policy) error {
	if r.prov != active {
		return errImmutable("L7Policy", r.id)
	}
	return lockLB(r.listener.lb)
}

// withListeners are the parents that a change to a pool locks.
func withListeners(p *pool, more ...thing) []thing {
	parents := more
	for _, l := range p.usedBy() {
		parents = append(parents, l)
	}
	return parents
}
