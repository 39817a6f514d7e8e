// SPDX-License-Identifier: Apache-2.0

package floatingip

import (
	"context"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/octaviakit/octaviakit/internal/mark"
)

// Adopt puts the mark on the address that is bound to the port, whoever allocated it:
// from then on Release deletes it. The description that it has stays in front of the
// mark, cut if both do not fit. One with another owner's mark is returned as it is;
// one of the same owner's gets the key. No address is success and the zero FloatingIP.
//
// It takes one call when there is nothing to do, else two.
func Adopt(ctx context.Context, network *gophercloud.ServiceClient, portID string, m Mark) (FloatingIP, error) {
	if err := (Spec{}).validate(portID, m); err != nil {
		return FloatingIP{}, err
	}
	c := client{network, m}
	var f FloatingIP
	err := patiently(ctx, func() (err error) {
		f, err = c.adopt(ctx, portID)
		return err
	})
	return f, err
}

func (c client) adopt(ctx context.Context, portID string) (FloatingIP, error) {
	have, err := c.bound(ctx, portID)
	if err != nil || len(have) == 0 {
		return FloatingIP{}, err
	}
	f := have[0]
	if f.Mark == c.mark || f.Mark.Owner != "" && f.Mark.Owner != c.mark.Owner {
		return f, nil
	}
	text := mark.Describe(f.Description, c.mark.Owner, c.mark.Key)
	return c.update(ctx, "mark", f, floatingips.UpdateOpts{Description: &text})
}
