// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const many = 40 // enough for lists to be cheaper than trees

// peopled creates load balancers with two members each in one call and does not wait.
func peopled(t *testing.T, cloud *fake.Cloud, on provider.Name) (ids []string) {
	t.Helper()
	for range many {
		body := populated(cloud, 2)
		if on == provider.Amphora {
			body["listeners"].([]object)[0]["default_pool"].(object)["lb_algorithm"] = "ROUND_ROBIN"
		}
		ids = append(ids, create(t, cloud.LoadBalancer(), body))
	}
	return ids
}

func treesOf(cloud *fake.Cloud) (n int) {
	for _, c := range cloud.Polls() {
		if strings.HasSuffix(c.Path, "/status") {
			n++
		}
	}
	return n
}

// below is what a tree says of each object: where it is and how far its change is.
func below(s *waiter.Status) map[string]string {
	out := map[string]string{}
	for _, o := range s.Objects {
		out[o.ID] = o.Kind + " " + o.Parent + " " + o.Provisioning
	}
	return out
}

// On amphora a load balancer that was being created turns ACTIVE after all that is below,
// so no tree is needed to know how its members are.
func TestCreatedOnAmphoraIsSettledWithoutTrees(t *testing.T) {
	for _, release := range []provider.Release{provider.Train, provider.Wallaby, provider.Antelope, provider.Epoxy} {
		t.Run(release.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				cloud := fake.New(fake.WithProvider(provider.Amphora, release), fake.WithLatency(fake.AmphoraLike), fake.WithJitter(0.1))
				ids := peopled(t, cloud, provider.Amphora)
				cloud.ForgetCalls()
				w := waiter.New(cloud.LoadBalancer())
				statuses, errs := actives(t, w, ids)
				assert.LessOrEqual(t, treesOf(cloud), many/4, "but for the first who look, and the last few")
				for i, lb := range ids {
					require.NoError(t, errs[i])
					alone, err := waiter.New(w.Client()).Active(t.Context(), lb)
					require.NoError(t, err)
					assert.Equal(t, below(alone), below(statuses[i]))
				}
			})
		})
	}
}

// Amphora of Xena to Zed forgets the children of a single POST, the pools among them, so
// lists do not vouch for the members, and the trees name all.
func TestForgottenChildrenAreFoundInACrowd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Zed), fake.WithLatency(fake.AmphoraLike))
		ids := peopled(t, cloud, provider.Amphora)
		_, errs := actives(t, waiter.New(cloud.LoadBalancer(), waiter.WithStall(20*time.Second)), ids)
		for _, err := range errs {
			require.ErrorIs(t, err, waiter.ErrStuck)
			var e *waiter.Error
			require.ErrorAs(t, err, &e)
			assert.Len(t, e.Failed, 4, "listener, pool and two members")
		}
	})
}

// A member whose change fails on amphora is in ERROR below a pool and a load balancer that
// are ACTIVE, so those that are changed need their trees.
func TestAMemberInErrorIsFoundInACrowd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Epoxy), fake.WithLatency(fake.AmphoraLike))
		c := cloud.LoadBalancer()
		ids := peopled(t, cloud, provider.Amphora)
		w := waiter.New(c)
		statuses, errs := actives(t, w, ids)
		cloud.Inject(fake.Fault{Method: http.MethodPut, Path: "/lbaas/pools/" + id(t, statuses[7], "pool") + "/members", Effect: fake.PartialBatch})
		for i := range ids {
			require.NoError(t, errs[i])
			require.NoError(t, octavia.PutMembers(t.Context(), c, id(t, statuses[i], "pool"), []object{{"address": "10.1.0.8", "protocol_port": 80}, {"address": "10.1.0.9", "protocol_port": 80}}, false))
		}
		_, errs = actives(t, w, ids)
		for i, err := range errs {
			if i != 7 {
				assert.NoError(t, err)
				continue
			}
			var e *waiter.Error
			require.ErrorAs(t, err, &e)
			require.NotEmpty(t, e.Failed)
			for _, o := range e.Failed {
				assert.Equal(t, "member", o.Kind)
			}
		}
	})
}

// The ovn driver turns load balancer and pool ACTIVE with the first of several requests.
// Whatever is still to come, nobody of a crowd is told that it is settled before.
func TestNobodyInACrowdIsSettledBeforeItsMembers(t *testing.T) {
	for _, on := range []provider.Name{provider.Amphora, provider.OVN} {
		for _, release := range []provider.Release{provider.Wallaby, provider.Zed, provider.Epoxy} {
			t.Run(fmt.Sprint(on, " ", release), func(t *testing.T) {
				bubble(t, func(t *testing.T) { membersFirst(t, on, release) })
			})
		}
	}
}

func membersFirst(t *testing.T, on provider.Name, release provider.Release) {
	t.Helper()
	slow := func(string, string) time.Duration { return 3 * time.Second }
	cloud := fake.New(fake.WithProvider(on, release), fake.WithLatency(slow), fake.WithJitter(0.3))
	c := cloud.LoadBalancer()
	w := waiter.New(c)
	var wg sync.WaitGroup
	for range many {
		wg.Go(func() {
			lb, pool := create(t, c, object{"vip_subnet_id": cloud.SubnetID()}), ""
			step := func(do func(ctx context.Context) error) {
				_, err := w.Mutate(t.Context(), lb, do)
				assert.NoError(t, err)
			}
			var listener object
			step(func(ctx context.Context) (err error) {
				listener, err = octavia.Create(ctx, c, "lbaas/listeners", "listener", object{"loadbalancer_id": lb, "protocol": "TCP", "protocol_port": 80})
				return err
			})
			algorithm := map[provider.Name]string{provider.Amphora: "ROUND_ROBIN", provider.OVN: "SOURCE_IP_PORT"}[on]
			step(func(ctx context.Context) error {
				made, err := octavia.Create(ctx, c, "lbaas/pools", "pool", object{"listener_id": listener["id"], "protocol": "TCP", "lb_algorithm": algorithm})
				pool, _ = made["id"].(string)
				return err
			})
			for _, n := range []int{1, 4} {
				var members []object
				for i := range n {
					members = append(members, object{"address": fmt.Sprintf("10.1.0.%d", i+1), "protocol_port": 80, "subnet_id": cloud.MemberSubnetID()})
				}
				step(func(ctx context.Context) error { return octavia.PutMembers(ctx, c, pool, members, false) })
				for o, err := range octavia.List(t.Context(), c, "lbaas/pools/"+pool+"/members", "members", nil) {
					assert.NoError(t, err)
					assert.Equal(t, "ACTIVE", o["provisioning_status"], "%d members", n)
				}
			}
		})
	}
	wg.Wait()
}
