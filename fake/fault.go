// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/http"
	"time"
)

// Fault makes some requests go wrong. The zero Fault matches every request and
// answers 500 once.
//
// [Fault.String] renders it as the line that [ParseFault] reads, so that a failing test
// can be reproduced from its log.
type Fault struct {
	Method  string // "" any
	Path    string // path.Match pattern of what follows the version, such as "/lbaas/pools/*/members" or "/floatingips"; "" any
	Project string // only requests of this project, by name; "" any
	After   int    // let this many matches pass first
	Times   int    // then hit this many [1]; negative: for ever

	Effect     Effect        // [Refuse]
	Status     int           // for Refuse [500]
	Message    string        // for Refuse: the fault string [the status text]
	RetryAfter time.Duration // for Throttle and Refuse: sent in whole seconds
	Delay      time.Duration // hold the answer back, on any effect; the work is done before
}

// Effect is what a [Fault] does to a request.
type Effect uint8

// Effects. EndInError, Stick and PartialBatch hit mutations only.
const (
	Refuse       Effect = iota // answer Status, change nothing
	LoseReply                  // do the work, then drop the connection
	LoseSend                   // drop the connection, do nothing
	EndInError                 // accept, then settle in ERROR
	Stick                      // accept, then stay PENDING for ever
	Throttle                   // answer 429, as a proxy before Octavia does
	ExpireToken                // expire every token, so that this request answers 401
	PartialBatch               // accept, then the latter half of the objects settles in ERROR
	Slow                       // nothing but Delay
)

func effectNames() []string {
	return []string{
		Refuse: "refuse", LoseReply: "lose-reply", LoseSend: "lose-send", EndInError: "end-in-error",
		Stick: "stick", Throttle: "throttle", ExpireToken: "expire-token", PartialBatch: "partial-batch", Slow: "slow",
	}
}

// String is the effect's name in a fault's line.
func (e Effect) String() string {
	if names := effectNames(); int(e) < len(names) {
		return names[e]
	}
	return "unknown"
}

// armed is a fault with its counters.
type armed struct {
	Fault
	seen, hits int
}

// Inject adds faults; the first that matches a request wins. Requests are counted in
// the order in which the Cloud serves them.
func (c *Cloud) Inject(fs ...Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range fs {
		c.faults = append(c.faults, &armed{Fault: f})
	}
}

// Faults lists the faults that can still hit, in the order in which they were injected.
func (c *Cloud) Faults() []Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	var left []Fault
	for _, f := range c.faults {
		if !f.spent() {
			left = append(left, f.Fault)
		}
	}
	return left
}

// ClearFaults forgets all faults.
func (c *Cloud) ClearFaults() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = nil
}

// hit finds the fault that a request runs into, if any, and counts it.
func (c *Cloud) hit(q *request) *Fault {
	for _, f := range c.faults {
		if !f.matches(q) {
			continue
		}
		if f.seen++; f.seen <= f.After || f.spent() {
			continue
		}
		f.hits++
		return &f.Fault
	}
	return nil
}

func (f *armed) spent() bool { return f.Times >= 0 && f.hits >= max(f.Times, 1) }

func (f *armed) matches(q *request) bool {
	switch f.Effect {
	case EndInError, Stick, PartialBatch:
		if q.method == http.MethodGet {
			return false
		}
	default: // any request
	}
	if f.Project != "" && f.Project != q.who.ProjectName {
		return false
	}
	return route{f.Method, f.Path}.matches(q.method, q.path)
}

// refusal is the answer of the effects that answer themselves, nil for the others.
func (f *Fault) refusal() *apiError {
	switch f.Effect {
	case Refuse:
		status, msg := f.Status, f.Message
		if status == 0 {
			status = http.StatusInternalServerError
		}
		if msg == "" {
			msg = http.StatusText(status)
		}
		return &apiError{status: status, msg: msg, header: f.retryHeader()}
	case Throttle:
		return &apiError{status: http.StatusTooManyRequests, env: envPlain, msg: "429 Too Many Requests", header: f.retryHeader()}
	default:
		return nil
	}
}
