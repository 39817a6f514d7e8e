// SPDX-License-Identifier: Apache-2.0

package floatingip

import (
	"context"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// An address that somebody else has reserved gets no mark when it is bound: it is not ours
// to delete, and its description is not ours to write. What says that it was bound here, and
// for whom, is a tag. It is put on before the address is bound and taken off after it has come
// off, so whatever crash comes in between, whoever looks next can tell.

// BoundFor reports whether an address that nobody has marked was bound by [Ensure] for m: it is
// Release's to take off, and nobody's to delete.
func (f FloatingIP) BoundFor(m Mark) bool {
	return f.Mark == Mark{} && slices.Contains(strings.Fields(f.records), mark.Bound(m.Owner, m.Key))
}

// recordsOf are the records among the tags of an address, in one comparable value.
func recordsOf(o octavia.Object) string {
	tags, _ := o["tags"].([]any)
	var out []string
	for _, t := range tags {
		if s, _ := t.(string); mark.IsBound(s) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// record notes on somebody else's address that we are about to bind it. A Neutron that takes no
// tag has none: there the address is bound all the same, and stays.
func (c client) record(ctx context.Context, f FloatingIP, m Mark) error {
	if f.Mark != (Mark{}) || f.BoundFor(m) {
		return nil
	}
	err := octavia.Put(ctx, c.net, tagPath(f, m))
	if fault.Is(err, fault.Forbidden, fault.Invalid, fault.NotFound) { // if it is the address that is gone, binding it says so
		return nil
	}
	return about("record the binding of", f, err)
}

// unrecord takes that note off again.
func (c client) unrecord(ctx context.Context, f FloatingIP, m Mark) error {
	if !f.BoundFor(m) {
		return nil
	}
	err := octavia.Delete(ctx, c.net, tagPath(f, m))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return about("forget the binding of", f, err)
}

// hand notes another owner on an address of somebody else's that was bound for one.
func (c client) hand(ctx context.Context, f FloatingIP, from, to Mark) error {
	if !f.BoundFor(from) {
		return nil
	}
	if err := c.record(ctx, f, to); err != nil {
		return err
	}
	return c.unrecord(ctx, f, from)
}

func tagPath(f FloatingIP, m Mark) string {
	return "floatingips/" + f.ID + "/tags/" + mark.Bound(m.Owner, m.Key)
}

func about(doing string, f FloatingIP, err error) error {
	if err == nil {
		return nil
	}
	return refusal(doing+" "+f.Address.String(), err)
}
