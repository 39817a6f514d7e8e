// SPDX-License-Identifier: Apache-2.0

package floatingip

import (
	"context"

	"github.com/gophercloud/gophercloud/v2"
)

// Move is Ensure for a port that takes over from another one of the caller's: the address
// that the Spec names is moved in one call also if nobody has marked it, as long as that
// port has it. One with another owner's mark is refused with ErrInUse.
func Move(ctx context.Context, network *gophercloud.ServiceClient, from, to string, s Spec, m Mark) (FloatingIP, error) {
	if err := s.validate(network, to, m); err != nil {
		return FloatingIP{}, err
	}
	return client{net: network, mark: m, from: from}.ensured(ctx, to, s)
}
