// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// TestRealStories plays the golden stories on a real cloud: each plan must cost
// what it says there, end settled and leave nothing to do. What the provider
// cannot do is refused before any call, and the story passes over it, as it does over
// certificates and IPv6 subnets that the cloud does not have.
//
//	OCTAVIAKIT_CLOUD=NAME [OCTAVIAKIT_SUBNET=ID] [OCTAVIAKIT_PROVIDER=ovn] \
//	  go test ./lb -run TestRealStories -v -timeout 3h
func TestRealStories(t *testing.T) {
	r := newReal(t)
	r.nodePorts(10)
	six := r.subnet6()
	for _, st := range slices.Concat(stories(), moreStories()) {
		if st.harm != nil || st.world { // the fake alone has that
			continue
		}
		t.Run(st.name, func(t *testing.T) {
			told := *r
			told.T = t
			told.tell(st, six)
		})
	}
}

// tell plays one story.
func (r *realCloud) tell(st story, six string) {
	spec := lb.Spec{
		Name: "octaviakit-story " + string(r.provider) + " " + st.name, Provider: r.provider, VIP: lb.VIP{SubnetID: r.subnet.ID},
	}
	r.cleanUp(spec.Name)
	if st.before != nil {
		st.before(&spec)
		r.bring("before", spec, six)
	}
	st.after(&spec)
	r.bring("after", spec, six)
}

// bring brings the cloud to a Spec and shows that it is there.
func (r *realCloud) bring(what string, s lb.Spec, six string) {
	r.Helper()
	s = r.placed(s, six)
	e := r.engine(lb.WithApproval(func(*lb.Plan) error { return nil }), lb.WithMaxRemove(1))
	plan, err := e.Plan(r.Context(), s)
	if _, ok := errors.AsType[*lb.UnsupportedError](err); ok {
		r.Skipf("not on %s: %v", r.provider, err)
	}
	require.NoError(r, err)
	r.calls.reset()
	begin := time.Now()
	g, err := e.Ensure(r.Context(), s)
	if sick, ok := errors.AsType[*lb.RecoveryError](err); ok && r.provider == provider.OVN {
		r.onlyMonitorsFail(sick, s)
		r.Skipf("this cloud cannot have monitors on ovn: %v", sick)
	}
	if err != nil && strings.Contains(err.Error(), "Could not retrieve certificate") {
		r.Skip("this cloud does not have the story's certificates")
	}
	require.NoError(r, err, "%s:\n%s", what, plan)
	settled(r.T, g)
	r.Logf("%s: %d cycles, predicted %d; %.1f s, predicted %.1f", what, r.calls.locks.Load(), plan.Cycles(),
		time.Since(begin).Seconds(), plan.Takes().Seconds())
	assert.EqualValues(r, plan.Cycles(), r.calls.locks.Load(), "cycles: predicted and used\n%s", plan)

	r.calls.reset()
	_, err = r.engine().Ensure(r.Context(), s)
	require.NoError(r, err)
	assert.Zero(r, r.calls.all.Load(), "mutating calls when all is as wanted")
}

// subnet6 is the IPv6 subnet beside the one in use, "" if there is none.
func (r *realCloud) subnet6() string {
	pages, err := subnets.List(r.network, subnets.ListOpts{NetworkID: r.subnet.NetworkID, IPVersion: 6}).AllPages(r.Context())
	require.NoError(r, err)
	all, err := subnets.ExtractSubnets(pages)
	require.NoError(r, err)
	for _, s := range all {
		return s.ID
	}
	return ""
}

// placed puts a story's members where the cloud has nodes, and its VIPs where the
// subnets are.
func (r *realCloud) placed(s lb.Spec, six string) lb.Spec {
	if s.VIP.Address.IsValid() {
		s.VIP.Address = r.node(77)
	}
	vips := []*string{&s.VIP.SubnetID}
	s.VIP.Additional = slices.Clone(s.VIP.Additional)
	for i := range s.VIP.Additional {
		vips = append(vips, &s.VIP.Additional[i].SubnetID)
	}
	for _, id := range vips {
		switch *id {
		case "SUBNET":
			*id = r.subnet.ID
		case "SUBNET6":
			if six == "" {
				r.Skip("no IPv6 subnet beside the one in use")
			}
			*id = six
		}
	}
	for i := range s.Pools {
		for j := range s.Pools[i].Members {
			m := &s.Pools[i].Members[j]
			if strings.HasPrefix(m.Address.String(), "10.1.0.") {
				m.Address = r.node(int(m.Address.As4()[3]) - 11)
			}
			m.SubnetID = r.subnet.ID
			if m.Address.Is6() {
				m.SubnetID = six
			}
		}
	}
	return s
}
