// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// Recovery is what an Engine does about ERROR, from the gentlest remedy up, and how
// often. A live VIP is never deleted unasked: a replacement needs WithApproval. The zero
// Recovery does nothing but report.
type Recovery struct {
	// Retries is how often an object in ERROR below an ACTIVE load balancer is written
	// once more, which makes the driver try again [2]. Another Spec counts anew.
	Retries int
	// Failovers is how often a load balancer that is in ERROR itself is failed over [1]:
	// amphora then makes new machines behind the same address, ovn has no such thing.
	// Octavia's policy leaves it to administrators, so without one none is tried; a
	// refusal goes on to the next remedy.
	Failovers int
	// Replace makes a load balancer anew that cannot be mended [true]: beside the old one
	// and with its floating IP where it has one, else in its place and with its address.
	Replace bool
	// Window is after how long the Engine forgets what it has tried [1h]. It also does
	// once everything is as wanted.
	Window time.Duration
	// Admin makes the failovers [the Engine's own client, if its token has the role admin
	// or load-balancer_admin].
	Admin *gophercloud.ServiceClient
}

// DefaultRecovery is the policy of an Engine that was told no other.
func DefaultRecovery() Recovery {
	return Recovery{Retries: 2, Failovers: 1, Replace: true, Window: time.Hour}
}

// WithRecovery sets the policy for what is in ERROR [DefaultRecovery].
func WithRecovery(r Recovery) Option { return option(func(e *Engine) { e.recovery = r }) }

// Remedy is one way out of ERROR.
type Remedy uint8

// The remedies, the gentlest first.
const (
	Hopeless      Remedy = iota // nothing is left to try: a *RecoveryError
	RetryChild                  // write the object once more
	Failover                    // let the provider make new machines
	ReplaceFailed               // a new load balancer takes over

	replaceInPlace // where there is no room for two
)

// Ailment is what a Recovery judges by.
type Ailment struct {
	Whole      bool // the load balancer itself is in ERROR, not only something below
	Fails      bool // the provider can fail over, as far as is known
	Shared     bool // other owners have a share in it, whom a replacement would interrupt
	Retried    int  // how often the object in ERROR was written again
	FailedOver int  // how often the load balancer was failed over, or that was refused
}

// Remedy decides what to try next: a pure function.
func (r Recovery) Remedy(a Ailment) Remedy {
	switch {
	case !a.Whole && a.Retried < r.Retries:
		return RetryChild
	case !a.Whole:
		return Hopeless
	case a.Fails && a.FailedOver < r.Failovers:
		return Failover
	case r.Replace && !a.Shared:
		return ReplaceFailed
	}
	return Hopeless
}

// RecoveryError means that something is in ERROR and that the Recovery has nothing left
// to try. It unwraps to waiter.ErrFailed.
type RecoveryError struct {
	LoadBalancer string // name
	Failed       []Node // what is in ERROR
	Retried      int    // how often the one that was tried most was written again
	FailedOver   int    // how often the load balancer was failed over, or that was refused
	Shared       bool   // other owners would be interrupted by making it anew
}

func (e *RecoveryError) Error() string {
	names := make([]string, len(e.Failed))
	for i, n := range e.Failed {
		names[i] = n.Path + " (" + n.ID + ")"
	}
	text := fmt.Sprintf("lb: %q: in ERROR: %s; written again %d times, failed over %d times",
		e.LoadBalancer, strings.Join(names, ", "), e.Retried, e.FailedOver)
	if e.Shared {
		text += "; making it anew would interrupt other owners"
	}
	return text + "; see WithRecovery"
}

// Unwrap says what kind of failure it is.
func (e *RecoveryError) Unwrap() []error {
	if e.Shared {
		return []error{waiter.ErrFailed, ErrShared}
	}
	return []error{waiter.ErrFailed}
}

func (e *RecoveryError) any(k Kind) bool {
	return e != nil && slices.ContainsFunc(e.Failed, func(n Node) bool { return n.Kind == k })
}

func (e *RecoveryError) only(k Kind) bool {
	return !slices.ContainsFunc(e.Failed, func(n Node) bool { return n.Kind != k })
}

// spending remembers what an Engine has tried on load balancers, by ID. It is a budget,
// not a truth: losing it costs another try.
type spending struct {
	mu  sync.Mutex
	per map[string]*spent
}

type spent struct {
	since     time.Time
	wish      string         // digest of the Spec that retries are counted for
	retries   map[string]int // by path, as some are made anew
	failovers int
}

// of returns a copy of what was spent on a load balancer.
func (s *spending) of(id string, window time.Duration) spent {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.per[id]; ok && (window <= 0 || time.Since(p.since) < window) {
		return *p
	}
	delete(s.per, id)
	return spent{}
}

// note counts tries.
func (s *spending) note(id, wish string, objects []string, failover bool) {
	if len(objects) == 0 && !failover {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.per[id]
	if !ok {
		p = &spent{since: time.Now()}
		if s.per == nil {
			s.per = map[string]*spent{}
		}
		s.per[id] = p
	}
	retries := map[string]int{} // anew: copies of the old one are about
	if p.wish == wish {
		for o, n := range p.retries {
			retries[o] = n
		}
	}
	for _, o := range objects {
		retries[o]++
	}
	p.wish, p.retries = wish, retries
	if failover {
		p.failovers++
	}
}

func (s *spending) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.per, id)
}

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
// if the project has no room for it. Monitors that cannot be mended hold nothing up; once
// all else is as wanted they are the error.
func (e *Engine) mend(ctx context.Context, s Spec, have *Graph, caps provider.Capabilities) (*Plan, error) {
	wish := s.digest()
	remedy, sick := e.remedy(wish, s.Name, have, caps)
	plan, err := diff(e.owner, s, have, caps, remedy)
	switch {
	case err != nil:
		return nil, err
	case remedy == Hopeless && !sick.only(KindHealthMonitor) && !plan.Empty():
		return nil, sick
	case plan.Empty() && sick.any(KindHealthMonitor): // nothing is left to try for them
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
	_, err := octavia.Update(ctx, admin, path, "loadbalancer", nil)
	return err
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
