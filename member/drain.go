// SPDX-License-Identifier: Apache-2.0

package member

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// drainTag begins the tag that remembers what a drained member was: "weight=5" or "admin_state_up=true".
const drainTag = "octaviakit.drained="

// Drainer takes members out of service without cutting their connections, and puts
// them back as they were.
//
// How depends on the provider: on amphora the weight becomes 0, so no new
// connections come and old ones live on (operating status DRAINING); on ovn, which
// never reads weights, admin_state_up becomes false. The member is tagged in the
// same call with what it was, so a drain survives the crash of whoever began it:
// Drain again continues, Restore undoes it, removing the member finishes it; [Sync] and the
// others leave the tag where it is.
// Before API 2.5 (Stein) members have no tags, and Drain refuses.
//
// A Drainer is safe for concurrent use.
type Drainer struct {
	Waiter *waiter.Waiter
	How    How // How.Caps must be known
	// Grace is how long to wait after the members are out of service [0]: for
	// connections to end by themselves.
	Grace time.Duration
	// Keep is the number of members that must stay in service [0]. Draining more is
	// a *KeepError, before any call that changes something.
	Keep int
}

// Drained is what a drain did.
type Drained struct {
	Method provider.Drain // how the members were taken out
	Keys   []Key          // whom, those that were drained already included
	Took   time.Duration
	// Connections are the active ones of the pool's listeners at the end: 0 if all
	// had ended before Grace was over, -1 if the provider does not count them.
	Connections int
}

// KeepError: too few members would stay in service. Nothing was changed.
type KeepError struct {
	Pool       string
	Left, Keep int
}

// Error gives the numbers.
func (e *KeepError) Error() string {
	return fmt.Sprintf("pool %s: %d members would stay in service, at least %d must", e.Pool, e.Left, e.Keep)
}

// Drained reports whether a drain of this package holds the member, and by which method.
func (m Member) Drained() (provider.Drain, bool) {
	field, _, ok := m.before()
	switch {
	case !ok:
		return provider.DrainNone, false
	case field == "weight":
		return provider.DrainByWeight, true
	}
	return provider.DrainByAdminState, true
}

// before reads the drain's tag: the field that was changed and its old value.
func (m Member) before() (field, value string, ok bool) {
	for _, t := range m.Tags {
		if rest, is := strings.CutPrefix(t, drainTag); is {
			field, value, ok = strings.Cut(rest, "=")
			if ok && (field == "weight" || field == "admin_state_up") {
				return field, value, true
			}
		}
	}
	return "", "", false
}

// takesConnections reports whether nothing is set that keeps new ones away.
func (m Member) takesConnections(by provider.Drain) bool {
	return m.AdminStateUp && (by != provider.DrainByWeight || m.Weight > 0)
}

// inService reports whether the member takes new connections, as far as is known.
func (m Member) inService(by provider.Drain) bool {
	return m.takesConnections(by) && m.Operating != "ERROR"
}

// Drain takes the members out of service in one PENDING cycle and waits for Grace,
// or until the pool's listeners have no active connection left, if the provider
// counts them. Members that are drained already are waited for only. A member
// that is not there is an *Error.
func (d Drainer) Drain(ctx context.Context, p Pool, keys ...Key) (Drained, error) {
	start := time.Now()
	out := Drained{Method: d.How.Caps.Drain(), Keys: canonical(keys), Connections: -1}
	if err := p.validate(); err != nil {
		return out, err
	}
	if out.Method == provider.DrainNone {
		return out, &fault.FieldError{Path: "how.caps", Problem: "must say how the provider drains members"}
	}
	if err := d.How.Caps.Require(provider.ResourceTags); err != nil {
		return out, fmt.Errorf("a drain is remembered by a tag: %w", err)
	}
	var blocked error
	r := newRun(d.Waiter, p, d.How, func(have []Member) (Delta, []Spec) {
		var delta Delta
		delta, blocked = d.plan(p, out.Method, have, out.Keys)
		return delta, nil
	})
	r.expect = len(out.Keys)
	if err := errors.Join(r.drive(ctx), blocked); err != nil {
		return out, err
	}
	if err := r.blame(nil); err != nil {
		return out, err
	}
	connections, err := d.wait(ctx, p, out.Method)
	out.Connections, out.Took = connections, time.Since(start)
	return out, ended(ctx, p, start, r.calls, err)
}

func canonical(keys []Key) []Key {
	out := make([]Key, len(keys))
	for i, k := range keys {
		out[i] = Key{k.Address.Unmap(), k.Port}
	}
	slices.SortFunc(out, Key.Compare)
	return slices.Compact(out)
}

// plan takes out those that are not out yet, if enough stay.
func (d Drainer) plan(p Pool, by provider.Drain, have []Member, keys []Key) (Delta, error) {
	var want []Spec
	var errs []error
	left := 0
	found := map[Key]bool{}
	for _, m := range have {
		if !slices.Contains(keys, m.Key()) {
			if m.inService(by) {
				left++
			}
			continue
		}
		found[m.Key()] = true
		if _, marked := m.Drained(); !marked || m.takesConnections(by) { // else it is out already
			want = append(want, drainSpec(m, by))
		}
	}
	for _, k := range keys {
		if !found[k] && !remembered(have, k) { // else it is out of the pool, and so of service
			errs = append(errs, &Error{Pool: p.ID, Key: k, Err: errors.New("not a member of the pool")})
		}
	}
	if left < d.Keep && len(want) > 0 {
		errs = append(errs, &KeepError{Pool: p.ID, Left: left, Keep: d.Keep})
	}
	if len(errs) > 0 {
		return Delta{}, errors.Join(errs...)
	}
	return Delta{Update: diff(have, want).Update}, nil
}

// drainSpec is the member out of service, with what it was in a tag: one call, so there
// is no moment in which it is drained and not marked.
func drainSpec(m Member, by provider.Drain) Spec {
	s := Spec{Address: m.Address, Port: m.Port, Tags: otherTags(m.Tags)}
	if by == provider.DrainByWeight {
		s.Weight = new(0)
		s.Tags = append(s.Tags, drainTag+"weight="+strconv.Itoa(m.Weight))
		return s
	}
	s.AdminStateUp = new(false)
	s.Tags = append(s.Tags, drainTag+"admin_state_up="+strconv.FormatBool(m.AdminStateUp))
	return s
}

func isDrainTag(t string) bool { return strings.HasPrefix(t, drainTag) }

// marksIn are those of the tags that are a drain's, otherTags all but who is drained.
func marksIn(tags []string) []string {
	return slices.DeleteFunc(slices.Clone(tags), func(t string) bool { return !isMark(t) })
}

func otherTags(tags []string) []string { return slices.DeleteFunc(slices.Clone(tags), isDrainTag) }

// restoreSpec is the member as it was before it was drained.
func restoreSpec(m Member) Spec {
	s := Spec{Address: m.Address, Port: m.Port, Tags: otherTags(m.Tags)}
	field, value, _ := m.before()
	if weight, err := strconv.Atoi(value); field == "weight" && err == nil && m.Weight == 0 {
		s.Weight = &weight
	}
	if up, err := strconv.ParseBool(value); field == "admin_state_up" && err == nil && !m.AdminStateUp {
		s.AdminStateUp = &up
	}
	return s
}
