// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// remedy decides about a graph, and says why nothing can be done if so. Without anything
// in ERROR, and while it is not known yet, it is RetryChild, which changes nothing.
func (e *Engine) remedy(wish, name string, have *Graph, caps provider.Capabilities) (Remedy, *RecoveryError) {
	if have == nil || have.busy() != nil || len(have.failures()) == 0 {
		return RetryChild, nil
	}
	past := e.spent.of(have.ID(), e.recovery.Window)
	a := Ailment{
		Whole: have.root.Provisioning == failed, Fails: caps.Has(provider.Failover) && e.admin() != nil,
		Shared: len(have.others.owners) > 0, FailedOver: past.failovers,
	}
	sick := &RecoveryError{LoadBalancer: name, FailedOver: a.FailedOver, Shared: a.Whole && a.Shared}
	for _, n := range have.flatten() {
		if n.Provisioning != failed {
			continue
		}
		sick.Failed = append(sick.Failed, n)
		if past.wish == wish {
			a.Retried = max(a.Retried, past.retries[n.Path])
		}
	}
	sick.Retried = a.Retried
	if len(sick.Failed) == 0 { // somebody else's alone
		return RetryChild, nil
	}
	return e.recovery.Remedy(a), sick
}

// mend plans with the remedy that is due, if anything is in ERROR, and with the next one
// if the project has no room for it. Monitors that cannot be mended hold nothing up, members
// not those of other pools; once all that is left to do is done they are the error.
func (e *Engine) mend(ctx context.Context, s Spec, have *Graph, caps provider.Capabilities) (*Plan, error) {
	wish := s.digest()
	remedy, sick := e.remedy(wish, s.Name, have, caps)
	plan, err := diff(e.owner, s, have, caps, remedy)
	if err != nil {
		return nil, err
	}
	if remedy == Hopeless && sick.any(KindMember) {
		r := run{plan: plan, ids: plan.ids, thin: sick.pools()}
		waits := false
		plan.steps = slices.DeleteFunc(plan.steps, func(s Step) bool {
			waits = r.waits(s, waits)
			return waits
		})
	}
	switch {
	case remedy == Hopeless && !sick.only(KindHealthMonitor, KindMember) && !plan.Empty():
		return nil, sick
	case plan.Empty() && (sick.any(KindHealthMonitor) || remedy == Hopeless): // nothing is left to try for them
		return nil, sick
	}
	err = e.afford(ctx, plan, have)
	if err != nil && remedy == ReplaceFailed {
		if plan, err = diff(e.owner, s, have, caps, replaceInPlace); err == nil {
			err = e.afford(ctx, plan, have)
		}
	}
	if err != nil {
		return nil, err
	}
	plan.wish = wish
	return plan, nil
}

// digest identifies a wish.
func (s Spec) digest() string {
	data, err := json.Marshal(s)
	if err != nil { // text that is not UTF-8: the name will do
		data = []byte(s.Name)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// failoverStep lets amphora make new machines for a load balancer, which keeps its ports
// and addresses.
func failoverStep(root Node, name string) Step {
	const path = "lbaas/loadbalancers/{" + loadBalancerPath + "}/failover"
	return Step{
		Call: callText("PUT", path), Cycles: 1, Reason: "in ERROR: new machines behind the same address",
		Changes: []Change{{Action: Update, Kind: KindLoadBalancer, Path: balancerPath(name), ID: root.ID, Note: "failed over"}},
		op:      operation{method: "PUT", path: path, failover: true},
	}
}

// fails reports whether a load balancer may be failed over without a Spec: to leave it.
func (e *Engine) fails(g *Graph) bool {
	past := e.spent.of(g.ID(), e.recovery.Window)
	return g.root.Provisioning == failed && g.Provider() == provider.Amphora && e.admin() != nil && past.failovers < e.recovery.Failovers
}

func (r *run) failover(ctx context.Context, path string) error {
	admin := r.admin()
	if admin == nil { // a plan of an Engine that had one
		return &FieldError{Path: "WithRecovery.Admin", Problem: "is nil; a failover needs an administrator's client"}
	}
	return octavia.Put(ctx, admin, path)
}

// admin is who may fail over, nil if nobody is known to.
func (e *Engine) admin() *gophercloud.ServiceClient {
	if e.recovery.Admin != nil {
		return e.recovery.Admin
	}
	token, ok := e.octavia.GetAuthResult().(tokens.CreateResult)
	if !ok {
		return nil
	}
	roles, err := token.ExtractRoles()
	if err != nil || !slices.ContainsFunc(roles, func(r tokens.Role) bool { return r.Name == "admin" || r.Name == "load-balancer_admin" }) {
		return nil
	}
	return e.octavia
}

// spend counts a step against the budget, if it is a remedy.
func (r *run) spend(s Step) {
	var again []string
	for _, c := range s.Changes {
		if slices.Contains(r.plan.failed, c.ID) && !s.op.failover {
			again = append(again, c.Path)
		}
	}
	r.spent.note(r.plan.id, r.plan.wish, again, s.op.failover)
}

// undeletable is a *RecoveryError if what a step deletes was deleted as often as it may be,
// and is still there.
func (r *run) undeletable(ctx context.Context, s Step) error {
	id, lb := r.ids[s.removed()], r.ids[loadBalancerPath]
	if s.deletes() {
		lb = id
	}
	n := r.spent.of(lb, r.recovery.Window).deletions[id]
	if n <= r.recovery.Deletions {
		return nil
	}
	path, err := r.path(strings.TrimSuffix(s.op.path, cascade))
	if err != nil {
		return err
	}
	c := s.Changes[0]
	now, err := octavia.Get(ctx, r.octavia, path, c.Kind.key())
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return &RecoveryError{LoadBalancer: r.plan.name, Failed: []Node{node(c.Kind, c.Path, now)}, Deleted: n}
}

// mends reports whether an error may be met by a remedy: something settled in ERROR, or
// the failover was refused.
func mends(err error) bool {
	var applied *ApplyError
	if errors.As(err, &applied) && applied.Step.op.failover {
		return fault.Is(err, fault.Forbidden, fault.Unsupported) || errors.Is(err, waiter.ErrFailed)
	}
	var hopeless *RecoveryError
	sick := errors.Is(err, waiter.ErrFailed) || errors.Is(err, waiter.ErrStuck) || errors.Is(err, errLost)
	return sick && !errors.As(err, &hopeless)
}
