// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"sync"
	"time"

	"github.com/octaviakit/octaviakit/internal/coalesce"
	"github.com/octaviakit/octaviakit/internal/fault"
)

// glimpses are the lists that Checks share. A controller that looks after many load
// balancers asks about one after the other, from one worker or from many; once more
// than a few are unsettled, one list of the project answers for all of them until a tick
// has passed. What an old list shows PENDING is not settled as far as anybody needs to
// know; what it shows settled may have been changed since by whoever asks, unless he was
// told to ask before it began and has only come now.
type glimpses struct {
	share coalesce.Share[asker, map[string]news]

	mu    sync.Mutex
	began time.Time // of the last list
	found map[string]news
	never bool // listing was refused
}

// look returns what a list shows of a run that began some time ago and was to be looked at
// when due: an old one if that will do, else a new one. Its zero value says to read for oneself.
func (g *glimpses) look(ctx context.Context, r *run, due time.Time, others int) news {
	if r.beyondLists() || r.want != wantActive {
		return news{}
	}
	if n, ok := g.recent(r, due); ok || others < fewWaits {
		return n
	}
	found, err := g.share.Do(ctx, r.asker(), func(ctx context.Context, asking []asker) (map[string]news, error) {
		return g.list(ctx, r.w, asking)
	})
	if err != nil { // told by one's own read, if it lasts
		return news{}
	}
	n := found[r.id]
	n.shared = true
	return n
}

// recent reports whether there is no need of a new list: the last one is no older than a
// tick, or lists are refused. What it showed is returned if it began when the run was due
// already, or if it showed it PENDING to who did not have to wait for this look. Else that
// is looked up, or a new list read if enough others have become due since.
func (g *glimpses) recent(r *run, due time.Time) (news, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, first, tick := g.found[r.id], due.IsZero(), r.tick()
	if first {
		tick = longTick
	}
	switch {
	case g.never:
		return news{}, true
	case !n.found || time.Since(g.began) >= tick:
		return news{}, false
	case n.lb.Pending() && (first || time.Now().Before(due)):
	case first || g.began.Before(due) || g.began.Before(r.o.since):
		return news{}, r.w.marks.dueSince(g.began) <= 1+len(g.found)/listedPage
	}
	n.shared = true
	return n, true
}

func (g *glimpses) list(ctx context.Context, w *Waiter, asking []asker) (map[string]news, error) {
	began := time.Now()
	found, err := readList(ctx, w)
	if err == nil {
		w.trees(ctx, append(w.marks.askers(), asking...), found)
		err = ctx.Err() // then the next who asks reads for all
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err == nil:
		g.began, g.found = began, found
	case ctx.Err() == nil && refusal(fault.Of(err).Kind):
		g.never = true
	}
	return found, err
}
