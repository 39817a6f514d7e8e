// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"sync"
	"time"
)

const (
	fewWaits   = 8 // so many waits need no board
	shortTick  = 250 * time.Millisecond
	longTick   = time.Second
	tickShare  = 0.125 // of the time waited: who has waited long can wait a moment more
	listedPage = 1000  // load balancers per page, as Octavia is shipped
)

// board lets concurrent waits share reads: one list of the project's load balancers
// serves them all. No goroutine belongs to it. When a wait is due and a list is cheaper
// than the reads that are due about now, that wait leads: it waits until a tick has
// passed since the last list, reads one for everybody, and goes on with its own. Waits
// that become due meanwhile wait for its news, and whoever is not due yet gets them as well.
// A list shows no children: once it shows a load balancer that is ACTIVE, its children
// are read as well, with those of others (see census) or in the wait's own look at the
// tree, and a child's ERROR is seen only then.
type board struct {
	mu      sync.Mutex
	seats   map[*seat]struct{}
	waits   int // under way, sitting or just looking at what they got
	leading bool
	listed  time.Time // end of the last list
	pages   int       // ... and its length
	never   bool      // listing was refused: every wait reads for itself
}

// seat is a wait that is waiting for its next look.
type seat struct {
	asker
	due  time.Time
	news chan news     // at most one, from a list that began after the seat was taken
	wake chan struct{} // the leader is gone: look for yourself
}

// asker is somebody who wants to know about a load balancer.
type asker struct {
	id   string
	made bool // it was being created when last looked at
}

// news is what a wait gets to know. Its zero value tells it to read for itself.
type news struct {
	shared bool
	found  bool
	lb     Object
	whole  bool // listeners and pools are known
	bare   bool // ... and there are none, so there is no tree to read
	driver string
	err    error

	listeners []string // IDs
	tree      *Status  // nil: nobody has read what is below
	members   []Object // in its pools; no list says how they are
}

func newBoard() *board { return &board{seats: map[*seat]struct{}{}, pages: 1} }

// next waits until the run is due after d, or until there are news of it. The
// context's end is the caller's to notice.
func (b *board) next(ctx context.Context, r *run, d time.Duration) news {
	if r.beyondLists() {
		b.count(-1)
		sleep(ctx, d)
		b.count(1)
		return news{}
	}
	s := b.sit(r.asker(), d)
	defer b.stand(s)
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case n := <-s.news:
			return n
		case <-ctx.Done():
			return news{}
		case <-t.C:
		}
	}
	for ctx.Err() == nil {
		switch wait, how := b.decide(s, r.tick()); how {
		case alone:
			return news{}
		case lead:
			sleep(ctx, wait)
			b.list(ctx, r.w, s)
		case follow:
		}
		select {
		case n := <-s.news:
			return n
		case <-s.wake:
		case <-ctx.Done():
		}
	}
	return news{}
}

type role int

const (
	alone  role = iota // read for yourself
	lead               // read for all, after the time given
	follow             // somebody does already
)

// decide is asked by a wait that is due, and content with news as old as a tick.
func (b *board) decide(s *seat, tick time.Duration) (time.Duration, role) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case len(s.news) > 0: // came at the very moment
		return 0, follow
	case b.never, b.waits <= fewWaits:
		return 0, alone
	case b.leading:
		return 0, follow
	}
	soon := time.Now().Add(tick)
	due := b.waits - len(b.seats) // they will be back in no time
	for s := range b.seats {
		if !s.due.After(soon) {
			due++
		}
	}
	if due <= b.pages {
		return 0, alone
	}
	b.leading = true
	return max(time.Until(b.listed.Add(tick)), 0), lead
}

// count keeps the number of waits.
func (b *board) count(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waits += n
}

func (b *board) sit(a asker, d time.Duration) *seat {
	s := &seat{asker: a, due: time.Now().Add(d), news: make(chan news, 1), wake: make(chan struct{}, 1)}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seats[s] = struct{}{}
	return s
}

func (b *board) stand(s *seat) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.seats, s)
}

// served are the seats that a list beginning now can serve: who sits down later may
// have changed something that the list does not show.
func (b *board) served() []*seat {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]*seat, 0, len(b.seats))
	for s := range b.seats {
		out = append(out, s)
	}
	return out
}

func awaited(seats []*seat) []asker {
	out := make([]asker, len(seats))
	for i, s := range seats {
		out[i] = s.asker
	}
	return out
}

// done ends the leadership: those served get their news, the others who wait for
// some look for a new leader.
func (b *board) done(tell func(*seat) (news, bool), served []*seat, read bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.leading = false
	if read {
		b.listed = time.Now()
	}
	for _, s := range served {
		if n, ok := tell(s); ok {
			select {
			case s.news <- n:
			default: // has some already
			}
		}
	}
	for s := range b.seats {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}
