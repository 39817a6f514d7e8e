// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"sync"
	"time"
)

// WithFreshness lets the Engine answer looks from one survey of everything its owner has,
// as long as that began no longer ago than d and the Engine has changed nothing since. A
// controller that calls Ensure for one load balancer after the other then pays a few lists
// for all of them, and sees what others change up to d late. By default, 0, each look is
// the Engine's own.
func WithFreshness(d time.Duration) Option { return option(func(e *Engine) { e.recent.life = d }) }

// recent is the last survey of everything, while it may still be used.
type recent struct {
	life time.Duration

	mu      sync.Mutex
	changes int // how often something was changed: a survey that began before tells nothing
	survey  *survey
	began   time.Time
}

// look returns a survey that is recent enough, or makes one by read.
func (r *recent) look(ctx context.Context, read func(context.Context) (*survey, error)) (*survey, error) {
	r.mu.Lock()
	s, changes, now := r.survey, r.changes, time.Now()
	if s != nil && now.Sub(r.began) > r.life {
		s = nil
	}
	r.mu.Unlock()
	if s != nil {
		return s, nil
	}
	s, err := read(ctx)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if changes == r.changes {
		r.survey, r.began = s, now
	}
	return s, nil
}

// spoil is for who changes something, or has waited for a change.
func (r *recent) spoil() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes++
	r.survey = nil
}
