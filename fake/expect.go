// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// TB is the part of testing.TB that an [Expectation] reports to.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
}

// Expectation begins assertions on what a Cloud was asked and what that cost. They read as sentences:
//
//	expect := cloud.Expect(t)
//	expect.Calls("PUT /pools/*/members").Once()
//	expect.Cycles(lb.ID).AtMost(2)
//	expect.Mutations().By("observer").Never()
//
// One that does not hold fails the test with [Cloud.Timeline], the calls that counted marked, and lets it go on.
type Expectation struct {
	t     TB
	cloud *Cloud
}

// Expect returns the beginning of assertions that report to t. They are about the time since the Cloud was made, or since
// [Cloud.ForgetCalls].
func (c *Cloud) Expect(t TB) Expectation { return Expectation{t, c} }

// Calls are those of a method and path, "POST /listeners", or of either: "DELETE", "/pools/*". The path is a pattern of
// path.Match, of what follows the version, as in [Fault]; /lbaas may be left out. "" means all calls, Keystone aside.
func (e Expectation) Calls(methodAndPath string) Tally {
	r, err := parseRoute(methodAndPath)
	n := e.tally("calls", func(k Call) bool { return k.User != "" && r.matches(k.Method, k.Path) })
	n.bad = err
	if methodAndPath != "" {
		n.what += " of " + methodAndPath
	}
	return n
}

// Mutations are the calls that changed something or tried to, as [Cloud.Mutations].
func (e Expectation) Mutations() Tally { return e.tally("mutations", Call.Mutation) }

// Polls are the calls that only looked, as [Cloud.Polls].
func (e Expectation) Polls() Tally { return e.tally("polls", Call.poll) }

// Refusals are the calls that were answered with a status of 400 or more.
func (e Expectation) Refusals() Tally {
	return e.tally("refusals", func(k Call) bool { return k.Status >= 400 })
}

// Cycles are the PENDING cycles of a load balancer, or with "" of all, as [Cloud.Cycles]; each counts as the call that
// began it.
func (e Expectation) Cycles(lbID string) Tally {
	e.cloud.mu.Lock()
	defer e.cloud.mu.Unlock()
	n := Tally{from: e, what: "PENDING cycles"}
	if lbID != "" {
		n.what += " of " + lbID
	}
	for _, s := range e.cloud.ledger.of(lbID) {
		n.calls = append(n.calls, s.call)
	}
	return n
}

func (e Expectation) tally(what string, counts func(Call) bool) Tally {
	e.cloud.mu.Lock()
	defer e.cloud.mu.Unlock()
	n := Tally{from: e, what: what}
	for _, k := range e.cloud.ledger.calls {
		if counts(*k) {
			n.calls = append(n.calls, k)
		}
	}
	return n
}

// Tally is how often something happened, until it was asked; what follows says how often it should have.
type Tally struct {
	from  Expectation
	what  string
	calls []*Call
	bad   error // what was wrong with the question
}

// By narrows it to the calls of a user.
func (n Tally) By(user string) Tally {
	n.what += " by " + user
	n.calls = slices.DeleteFunc(slices.Clone(n.calls), func(k *Call) bool { return k.User != user })
	return n
}

// Never means not once.
func (n Tally) Never() { n.from.t.Helper(); n.count(len(n.calls) == 0, "none") }

// Once means exactly once.
func (n Tally) Once() { n.from.t.Helper(); n.count(len(n.calls) == 1, "one") }

// Times means exactly that often.
func (n Tally) Times(often int) {
	n.from.t.Helper()
	n.count(len(n.calls) == often, strconv.Itoa(often))
}

// AtMost means that often or less.
func (n Tally) AtMost(often int) {
	n.from.t.Helper()
	n.count(len(n.calls) <= often, "at most "+strconv.Itoa(often))
}

// AtLeast means that often or more.
func (n Tally) AtLeast(often int) {
	n.from.t.Helper()
	n.count(len(n.calls) >= often, "at least "+strconv.Itoa(often))
}

// Are means that these happened in this order and no others, each written as for [Expectation.Calls].
func (n Tally) Are(calls ...string) {
	n.from.t.Helper()
	for i, text := range calls {
		r, err := parseRoute(text)
		switch {
		case err != nil:
			n.fail(err.Error())
			return
		case i < len(n.calls) && !r.matches(n.calls[i].Method, n.calls[i].Path):
			n.fail(fmt.Sprintf("want %s as number %d, got %s %s", text, i+1, n.calls[i].Method, belowVersion(n.calls[i].Path)))
			return
		}
	}
	n.count(len(n.calls) == len(calls), strconv.Itoa(len(calls)))
}

func (n Tally) count(holds bool, want string) {
	n.from.t.Helper()
	switch {
	case n.bad != nil:
		n.fail(n.bad.Error())
	case !holds:
		n.fail(fmt.Sprintf("want %s, got %d", want, len(n.calls)))
	}
}

func (n Tally) fail(why string) {
	n.from.t.Helper()
	marked := map[*Call]bool{}
	for _, k := range n.calls {
		marked[k] = true
	}
	n.from.t.Errorf("%s: %s\n%s", n.what, why, shorten(n.from.cloud.story(marked)))
}

// shorten keeps a message readable: the beginning and the end of a long story.
func shorten(story string) string {
	const end = 40
	lines := strings.SplitAfter(story, "\n")
	if len(lines) <= 2*end+1 {
		return story
	}
	left := fmt.Sprintf("  … %d lines\n", len(lines)-2*end)
	return strings.Join(slices.Concat(lines[:end], []string{left}, lines[len(lines)-end:]), "")
}
