// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"time"
)

// stay is one time that an object was PENDING.
type stay struct {
	lb, id, kind, name string
	status             string // the PENDING one
	start, end         time.Time
	outcome            string // ACTIVE, ERROR, DELETED; "" while PENDING
}

// history keeps when which object was PENDING, for the timeline. Spans know load balancers only.
type history struct {
	stays []*stay
	open  map[string]*stay // by object
}

// begin notes everything that a piece of work has made PENDING.
func (h *history) begin(w *work, at time.Time) {
	h.pend(w.lb, w.lb.id, at)
	for _, o := range slices.Concat(w.parents, w.objects) {
		h.pend(o, w.lb.id, at)
	}
}

func (h *history) pend(o thing, lb string, at time.Time) {
	b := o.base()
	if h.open == nil {
		h.open = map[string]*stay{}
	}
	if h.open[b.id] != nil || !b.pending() {
		return
	}
	s := &stay{lb: lb, id: b.id, kind: b.kind, name: cmp.Or(b.name, nickname(o)), status: b.prov, start: at}
	h.open[b.id] = s
	h.stays = append(h.stays, s)
}

// nickname tells objects without a name apart.
func nickname(o thing) string {
	switch o := o.(type) {
	case *loadBalancer:
		return o.vip.address
	case *listener:
		return o.protocol + ":" + strconv.Itoa(o.port)
	case *pool:
		return o.protocol
	case *member:
		return net.JoinHostPort(o.at.address, strconv.Itoa(o.at.port))
	case *monitor:
		return o.probe
	case *l7policy:
		return o.action
	case *l7rule:
		return o.rule + " " + o.value
	default:
		return ""
	}
}

// end notes that an object has settled.
func (h *history) end(id string, at time.Time, outcome string) {
	if s := h.open[id]; s != nil {
		s.end, s.outcome = at, outcome
		delete(h.open, id)
	}
}

// endAll notes that a load balancer is gone with all that was below it.
func (h *history) endAll(lb string, at time.Time) {
	for id, s := range h.open {
		if s.lb == lb {
			h.end(id, at, "DELETED")
		}
	}
}

// forget drops what is over.
func (h *history) forget() {
	h.stays = slices.DeleteFunc(h.stays, func(s *stay) bool { return s.outcome != "" })
}
