// SPDX-License-Identifier: Apache-2.0

package member

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// Request is one call that changes members, and so one PENDING cycle.
type Request struct {
	Method   string // "PUT", "POST", "DELETE"
	MemberID string // for a single update or delete
	Created  Key    // for a single update of a member that a call before creates: its ID is read when the call is sent
	Additive bool
	Members  []map[string]any // bodies

	keys []Key    // whom it changes
	gone []string // whom of them it removes, by ID
	slow bool     // the driver takes them one by one
}

// String names the call and what it does: "PUT members: 3 kept or changed, 1 removed".
func (r Request) String() string {
	switch {
	case r.Method == "POST" && len(r.Members) == 1:
		return fmt.Sprintf("POST member %v:%v", r.Members[0]["address"], r.Members[0]["protocol_port"])
	case r.Created != Key{}:
		return r.Method + " member " + r.Created.String()
	case r.MemberID != "":
		return r.Method + " member " + r.MemberID
	case r.Additive:
		return fmt.Sprintf("PUT members additive: %d added or changed", len(r.Members))
	}
	return fmt.Sprintf("PUT members: %d in all, %d changed, %d removed", len(r.Members), len(r.keys)-len(r.gone), len(r.gone))
}

// Removes are the API paths of the members of the pool that the call takes away, for
// [waiter.AlsoGone]. That none is PENDING does not say that they are gone: ovn reports all as
// ACTIVE when the first of a batch is made (quirk ovn-batch-create-all-active).
func (r Request) Removes(poolID string) []string {
	out := make([]string, len(r.gone))
	for i, id := range r.gone {
		out[i] = membersPath(poolID) + "/" + id
	}
	return out
}

// SlowEach is how long a driver that takes members one by one may take for each: 2 to 6
// seconds were seen of ovn on 2025.1.
const SlowEach = 6 * time.Second

// Slow is how long the driver may be at work on a batch with nothing to be seen of it, for
// [waiter.SlowFor]: one that takes members one by one, and reports all as ACTIVE when the first
// is made, shows nothing while it is at work on those that stay.
func (r Request) Slow() time.Duration {
	if !r.slow {
		return 0
	}
	return SlowEach * time.Duration(len(r.Members))
}

// repeats reports whether the call writes what was read of members.
func (r Request) repeats() bool { return r.Method == "PUT" && r.MemberID == "" && r.Created == Key{} }

// Send makes the call. It does not wait. Errors are gophercloud's, or say that
// there was no answer, in which case the pool must be read to know the outcome.
func (r Request) Send(ctx context.Context, c *gophercloud.ServiceClient, poolID string) error {
	path := membersPath(poolID)
	var err error
	switch {
	case r.Method == "PUT" && r.Created != Key{} && len(r.Members) == 1:
		err = r.updateCreated(ctx, c, poolID)
	case r.Method == "POST" && len(r.Members) == 1:
		_, err = octavia.Create(ctx, c, path, "member", r.Members[0])
	case r.Method == "PUT" && r.MemberID != "" && len(r.Members) == 1:
		_, err = octavia.Update(ctx, c, path+"/"+r.MemberID, "member", r.Members[0])
	case r.Method == "DELETE" && r.MemberID != "":
		err = octavia.Delete(ctx, c, path+"/"+r.MemberID)
	case r.Method == "PUT" && r.MemberID == "":
		err = octavia.PutMembers(ctx, c, poolID, r.Members, r.Additive)
	default:
		err = fmt.Errorf("not a call that changes members: %s with %d bodies", r.Method, len(r.Members))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", r, err)
	}
	return nil
}

// updateCreated finds the member by its key and updates it.
func (r Request) updateCreated(ctx context.Context, c *gophercloud.ServiceClient, poolID string) error {
	have, err := List(ctx, c, poolID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(have, func(m Member) bool { return m.Key() == r.Created })
	if i < 0 {
		return nil // gone again, and whoever reads next sees it
	}
	_, err = octavia.Update(ctx, c, membersPath(poolID)+"/"+have[i].ID, "member", r.Members[0])
	return err
}
