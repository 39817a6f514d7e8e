// SPDX-License-Identifier: Apache-2.0

package floatingip

import (
	"context"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// Assign gives the address on a port from one owner to another: it changes the mark
// in its description, and no traffic. from may be the zero Mark: an address that
// nobody has marked. Of an address of somebody else's that was bound for from it changes the
// record of that. An address that is not there, or not from's, is left alone; that
// is no error.
func Assign(ctx context.Context, network *gophercloud.ServiceClient, portID string, from, to Mark) error {
	if err := (Spec{}).validate(network, portID, to); err != nil {
		return err
	}
	c := client{net: network, mark: to}
	return patiently(ctx, func() error {
		bound, err := c.bound(ctx, portID)
		if err != nil {
			return err
		}
		for _, f := range bound {
			if err := c.hand(ctx, f, from, to); err != nil {
				return err
			}
			if f.Mark != from {
				continue
			}
			text, _, _, _ := mark.FromDescription(f.Description)
			words := described(text, to, f.Keep)
			if _, err := c.update(ctx, "assign", f, octavia.Object{"description": words}); err != nil {
				return err
			}
		}
		return nil
	})
}
