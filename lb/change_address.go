// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"strconv"
	"time"

	"github.com/octaviakit/octaviakit/floatingip"
)

// floatingIP plans the public address. It is Neutron's affair and takes no lock,
// so it comes as early as the provider allows.
func (d *differ) floatingIP() {
	if d.beside {
		return // another one still serves; see moveFloatingIP
	}
	want, have := d.want.FloatingIP, d.have.floating
	bound := have != nil && have.PortID != ""
	switch {
	case want != nil && bound && len(addressDiff(*want, *have)) == 0 && d.unheard(*have):
		d.bindAnew(*want, *have)
	case want != nil && bound && len(addressDiff(*want, *have)) == 0:
		d.keepAddress(*want, *have)
	case want != nil && bound:
		d.changeAddress(*want, *have)
	case want != nil:
		d.publish(*want)
	case d.releases(have):
		d.emit(releaseStep(*have, floatingPath(d.want.Name)))
	}
}

// releases reports an address to let go where none is wanted: ours, unless it is kept and
// waits already, or somebody else's that we have bound.
func (d *differ) releases(have *floatingip.FloatingIP) bool {
	return have != nil && (d.ours(*have) && (have.PortID != "" || !have.Keep) || have.BoundFor(d.mark()))
}

// ours reports an address that was made for this load balancer. One that was made for
// another of the same owner's, and put here by somebody, is that one's.
func (d *differ) ours(f floatingip.FloatingIP) bool {
	return f.Mark == d.mark()
}

func (d *differ) mark() floatingip.Mark {
	return floatingip.Mark{Owner: d.owner, Key: keyOf(d.owner, d.want.Name)}
}

// movable reports an address that may be taken to another load balancer: ours, or one that
// nobody has marked and that we have bound or the Spec names.
func (d *differ) movable(f floatingip.FloatingIP) bool {
	want := d.want.FloatingIP
	return d.ours(f) || f.BoundFor(d.mark()) || f.Mark == floatingip.Mark{} && want != nil && want.Address.IsValid() && want.Address.Unmap() == f.Address
}

// unheard reports whether a driver that hears of addresses by an event, and drops one that it
// has no load balancer for, cannot have heard of this one of ours: it was put on the port
// before the load balancer was made.
func (d *differ) unheard(have floatingip.FloatingIP) bool {
	made, err := time.Parse("2006-01-02T15:04:05", str(d.have.root.attrs, "created_at"))
	return err == nil && !d.caps.EarlyFloatingIP() && d.ours(have) &&
		!have.Changed.IsZero() && have.Changed.Before(made)
}

// bindAnew plans to take an address off the port and to put it back.
func (d *differ) bindAnew(want floatingip.Spec, have floatingip.FloatingIP) {
	kept := want
	kept.Keep = true
	d.emit(Step{
		Call: "PUT /floatingips/{floatingip}", Reason: "on the port since before the load balancer: this provider has not heard of it",
		Changes: []Change{{
			Action: Update, Kind: KindFloatingIP, Path: floatingPath(d.want.Name), ID: have.ID, Summary: have.Address.String() + " is taken off, to be put back",
		}},
		op: operation{floating: &floatingOperation{spec: kept, release: true}},
	})
	d.publish(want)
}

// publish plans a public address where there is none: a new one, or one of ours that
// lost its port.
func (d *differ) publish(want floatingip.Spec) {
	op := &floatingOperation{spec: want, early: d.caps.EarlyFloatingIP(), verify: !d.caps.EarlyFloatingIP()}
	reason := "as soon as the VIP port exists"
	if !op.early {
		reason = "after ACTIVE: this provider may miss an earlier one"
	}
	summary := "from " + cmp.Or(want.Network, "the external network")
	if have := d.have.floating; have != nil && d.ours(*have) && !want.Address.IsValid() {
		op.spec.Address, summary = have.Address, have.Address.String()+" again"
	}
	if next := d.have.next; next != nil && next.floating != nil { // a replacement that is called off
		op.spec.Address, op.early, op.port = next.floating.Address, false, next.VIPPortID()
		reason = "back from what was to take its place"
	}
	d.emit(Step{
		Call: "POST /floatingips", Reason: reason,
		Changes: []Change{{Action: Create, Kind: KindFloatingIP, Path: floatingPath(d.want.Name), Summary: summary}},
		op:      operation{floating: op},
	})
}

// addressDiff lists in what a floating IP that is bound is not the wanted one. Where it
// came from is no difference: a public address is not changed under its users for that.
func addressDiff(want floatingip.Spec, have floatingip.FloatingIP) []Field {
	var out []Field
	if want.Address.IsValid() && want.Address.Unmap() != have.Address {
		out = append(out, Field{"floating_ip_address", have.Address.String(), want.Address.Unmap().String(), Replaces})
	}
	if want.FixedIP.IsValid() && want.FixedIP.Unmap() != have.FixedIP {
		out = append(out, Field{"fixed_ip_address", have.FixedIP.String(), want.FixedIP.Unmap().String(), Moves})
	}
	return out
}

// changeAddress plans another public address, or the same for another VIP: clients have
// to notice.
func (d *differ) changeAddress(want floatingip.Spec, have floatingip.FloatingIP) {
	fields := addressDiff(want, have)
	d.emit(Step{
		Call: "PUT /floatingips/{floatingip}", Reason: "the public address changes: " + fieldsText(fields),
		Changes:    []Change{{Action: Update, Kind: KindFloatingIP, Path: floatingPath(d.want.Name), ID: have.ID, Fields: fields}},
		Disruptive: true, concern: Interrupts,
		op: operation{floating: &floatingOperation{spec: want}},
	})
}

// keepAddress plans to note that an address of ours shall outlive its load balancer, or
// no longer.
func (d *differ) keepAddress(want floatingip.Spec, have floatingip.FloatingIP) {
	if want.Keep == have.Keep || !d.ours(have) {
		return
	}
	d.emit(Step{
		Call: "PUT /floatingips/{floatingip}", Reason: "notes whether it outlives the load balancer",
		Changes: []Change{{
			Action: Update, Kind: KindFloatingIP, Path: floatingPath(d.want.Name), ID: have.ID,
			Fields: []Field{{Name: "keep", Old: strconv.FormatBool(have.Keep), New: strconv.FormatBool(want.Keep)}},
		}},
		op: operation{floating: &floatingOperation{spec: want, early: true}},
	})
}

// releaseStep takes an address off; one that is kept stays the owner's.
func releaseStep(fip floatingip.FloatingIP, path string) Step {
	id := fip.ID
	if (fip.Mark == floatingip.Mark{}) {
		summary, reason := fip.Address.String()+" is detached", "no longer wanted here, and somebody else's: it stays"
		if fip.PortID == "" {
			summary, reason = fip.Address.String()+" is no longer noted as bound here", "it has come off"
		}
		return Step{
			Call: "PUT /floatingips/{floatingip}", Reason: reason,
			Changes: []Change{{Action: Update, Kind: KindFloatingIP, Path: path, ID: id, Summary: summary}},
			op:      operation{floating: &floatingOperation{release: true, early: true}},
		}
	}
	if fip.Keep {
		return Step{
			Call: "PUT /floatingips/{floatingip}", Reason: "no longer wanted here, and to be kept",
			Changes: []Change{{Action: Update, Kind: KindFloatingIP, Path: path, ID: id, Summary: fip.Address.String() + " is detached"}},
			op:      operation{floating: &floatingOperation{release: true, early: true}},
		}
	}
	return Step{
		Call: "DELETE /floatingips/{floatingip}", Reason: "ours and no longer wanted",
		Changes: []Change{{Action: Delete, Kind: KindFloatingIP, Path: path, ID: id}},
		op:      operation{floating: &floatingOperation{release: true, early: true}},
	}
}
