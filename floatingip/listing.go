// SPDX-License-Identifier: Apache-2.0

package floatingip

import (
	"cmp"
	"context"
	"slices"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/internal/fault"
)

// Listing is all floating IPs of a project at one moment: for whoever has many ports
// to look up it replaces one or two calls for each. It is immutable.
type Listing struct{ all []FloatingIP }

// List reads a project's floating IPs in one call (more where the cloud pages).
func List(ctx context.Context, network *gophercloud.ServiceClient) (*Listing, error) {
	if network == nil {
		return nil, &fault.FieldError{Path: "network", Problem: noClient}
	}
	all, err := client{net: network}.list(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &Listing{all}, nil
}

// Find answers as the function Find does, without a call.
func (l *Listing) Find(portID string, m Mark) (FloatingIP, bool) {
	c := client{mark: m}
	fits := func(f FloatingIP) bool { return portID != "" && f.PortID == portID }
	if !slices.ContainsFunc(l.all, fits) {
		fits = func(f FloatingIP) bool { return f.PortID == "" && (f.Mark == m || f.BoundFor(m)) }
	}
	var best *FloatingIP
	for i := range l.all {
		if f := &l.all[i]; fits(*f) && (best == nil || cmp.Less(c.rank(*f), c.rank(*best))) {
			best = f
		}
	}
	if best == nil {
		return FloatingIP{}, false
	}
	return *best, true
}
