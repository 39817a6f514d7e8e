// SPDX-License-Identifier: Apache-2.0

package floatingip

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// Release detaches the address bound to the port, or detached with our mark, and deletes it if it carries the mark and
// neither s nor the address itself says Keep. An address that nobody has marked is never deleted. Left alone is what
// carries another owner's mark, or was bound for one (see BoundFor).
// portID may be "": the port went with its load balancer, and only detached addresses are left.
// Nothing to release is success.
func Release(ctx context.Context, network *gophercloud.ServiceClient, portID string, s Spec, m Mark) error {
	if err := (Spec{}).validate(network, orAny(portID), m); err != nil {
		return err
	}
	c := client{net: network, mark: m}
	return patiently(ctx, func() error { return c.releaseAll(ctx, portID, s) })
}

func (c client) releaseAll(ctx context.Context, portID string, s Spec) error {
	all, err := c.list(ctx, nil)
	if err != nil {
		return err
	}
	for _, f := range all {
		onPort := portID != "" && f.PortID == portID && c.rank(f) <= 1 && (f.records == "" || f.Mark == c.mark || f.BoundFor(c.mark))
		ours := f.PortID == "" && f.Mark == c.mark && !s.Keep && !f.Keep
		if f.PortID == "" && f.BoundFor(c.mark) {
			if err := c.unrecord(ctx, f, c.mark); err != nil {
				return err
			}
		}
		if !onPort && !ours {
			continue
		}
		if err := c.release(ctx, f, s.Keep); err != nil {
			return err
		}
	}
	return nil
}

// Discard releases one address that was observed, as Release would, if it still has that
// mark and that port, or none. One that is gone, or that somebody has taken meanwhile, is
// left alone, and so is a detached one that says Keep: that is no error.
func Discard(ctx context.Context, network *gophercloud.ServiceClient, f FloatingIP) error {
	if err := (Spec{}).validate(network, orAny(f.PortID), f.Mark); err != nil {
		return err
	}
	c := client{net: network, mark: f.Mark}
	return patiently(ctx, func() error {
		o, err := octavia.Get(ctx, c.net, "floatingips/"+f.ID, "floatingip")
		if fault.Is(err, fault.NotFound) && !fault.Of(err).NoSuchPath() {
			return nil
		}
		if err != nil {
			return refusal("read "+f.Address.String(), err)
		}
		now := observed(o)
		if now.Mark != f.Mark || now.PortID != f.PortID || now.Keep && now.PortID == "" {
			return nil
		}
		return c.release(ctx, now, false)
	})
}

func orAny(portID string) string {
	if portID == "" {
		return "any"
	}
	return portID
}

// release deletes what is ours, which detaches it, and detaches the rest, whose record goes last.
func (c client) release(ctx context.Context, f FloatingIP, keep bool) error {
	var err error
	if f.Mark == c.mark && !keep && !f.Keep {
		err = octavia.Delete(ctx, c.net, "floatingips/"+f.ID)
	} else {
		_, err = octavia.Update(ctx, c.net, "floatingips/"+f.ID, "floatingip", octavia.Object{"port_id": nil})
	}
	if err == nil || fault.Is(err, fault.NotFound) && !fault.Of(err).NoSuchPath() {
		return c.unrecord(ctx, f, c.mark)
	}
	return refusal(fmt.Sprintf("release %s", f.Address), err)
}

// Reassociate takes the address off its port and puts it back, for a driver that
// missed the first time: ovn drops the event if its load balancer is not there
// within ten seconds (ovn-octavia-provider helper.py, vip_port_update_handler). Two calls; traffic
// through the address stops in between.
func Reassociate(ctx context.Context, network *gophercloud.ServiceClient, f FloatingIP) (FloatingIP, error) {
	if err := (Spec{}).validate(network, f.PortID, Mark{Owner: "any"}); err != nil {
		return FloatingIP{}, err
	}
	c := client{net: network}
	off, err := c.detach(ctx, f)
	if err != nil {
		return FloatingIP{}, err
	}
	fixed := ""
	if f.FixedIP.IsValid() {
		fixed = f.FixedIP.String()
	}
	return c.bind(ctx, off, f.PortID, fixed)
}
