// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"time"

	"github.com/gophercloud/gophercloud/v2"
)

// Detector keeps what [Detect] found out for a cloud, for as long as its owner
// likes. It is safe for concurrent use: callers that come while a detection is
// under way wait for it rather than starting their own. It has no goroutine.
type Detector struct {
	client   *gophercloud.ServiceClient
	lifetime time.Duration
	opts     []Option

	turn  chan struct{} // holds one token: whoever has it may look at and set the rest
	cloud Cloud
	until time.Time // zero: cloud is not set
}

// NewDetector returns a Detector for one client. A result is used again for
// lifetime, or for as long as the Detector lives if that is 0 or less. Failures
// are never kept.
func NewDetector(client *gophercloud.ServiceClient, lifetime time.Duration, opts ...Option) *Detector {
	d := &Detector{client: client, lifetime: lifetime, opts: opts, turn: make(chan struct{}, 1)}
	d.turn <- struct{}{}
	return d
}

// Cloud returns what is known, detecting it first if it is not, or no longer.
// A caller whose context ends while another detects gets its context's error.
func (d *Detector) Cloud(ctx context.Context) (Cloud, error) {
	select {
	case <-d.turn:
		defer func() { d.turn <- struct{}{} }()
	case <-ctx.Done():
		return Cloud{}, &DetectError{Op: "wait", Err: context.Cause(ctx)}
	}
	if d.fresh() {
		return d.cloud, nil
	}
	c, err := Detect(ctx, d.client, d.opts...)
	if err != nil {
		return Cloud{}, err
	}
	d.cloud, d.until = c, time.Now().Add(max(d.lifetime, 1))
	return c, nil
}

// Known returns what is known already, without a call and without waiting; false if
// nothing is, or no longer, or if a detection is under way.
func (d *Detector) Known() (Cloud, bool) {
	select {
	case <-d.turn:
		defer func() { d.turn <- struct{}{} }()
	default:
		return Cloud{}, false
	}
	return d.cloud, d.fresh()
}

func (d *Detector) fresh() bool {
	return !d.until.IsZero() && (d.lifetime <= 0 || time.Now().Before(d.until))
}

// Forget drops what is known, so that the next question detects anew: after an
// upgrade, or a refusal that should not have been. It waits for a detection that
// is under way.
func (d *Detector) Forget() {
	<-d.turn
	d.cloud, d.until = Cloud{}, time.Time{}
	d.turn <- struct{}{}
}
