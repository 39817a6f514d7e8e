// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/octaviakit/octaviakit/observe"
)

// progress shows events as they happen: one line that changes on a terminal, a
// line for each step elsewhere. Events come from several goroutines.
type progress struct {
	out      io.Writer
	terminal bool
	speed    int

	mu   sync.Mutex
	tick int
}

func newProgress(out io.Writer, speed int) *progress {
	p := &progress{out: out, speed: speed}
	if f, ok := out.(*os.File); ok {
		info, err := f.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// Observe implements observe.Observer.
func (p *progress) Observe(_ context.Context, e observe.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	after := (e.Elapsed * time.Duration(p.speed)).Round(100 * time.Millisecond)
	switch {
	case e.Kind == observe.StepEnd && e.Err == nil:
		p.line(fmt.Sprintf("  ok    %-44s %s", e.Call, after))
	case e.Kind == observe.StepEnd:
		p.line(fmt.Sprintf("  FAIL  %-44s %v", e.Call, e.Err))
	case e.Kind == observe.Retry:
		p.line(fmt.Sprintf("  again %v", e.Err))
	case e.Kind == observe.AddressKnown:
		p.line("  ok    address known: " + e.Address)
	case p.terminal && e.Kind == observe.StepBegin:
		p.status(e.Call)
	case p.terminal && e.Kind == observe.Poll:
		p.status(fmt.Sprintf("%s, %d objects pending, %s", e.Status, e.Pending, after))
	}
}

func (p *progress) line(text string) {
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	fmt.Fprintln(p.out, text)
}

func (p *progress) status(text string) {
	p.tick++
	wheel := []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
	fmt.Fprintf(p.out, "\r\x1b[K  %c     %s", wheel[p.tick%len(wheel)], strings.TrimSpace(text))
}

// clear removes the changing line.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// tally keeps the figures of one piece of work.
type tally struct {
	begin         time.Time
	reads, writes int64
	took          time.Duration
	cycles        int
	id, address   string
	addressAfter  time.Duration
	servingAfter  time.Duration
}

// Observe implements observe.Observer. The Engine reports on the goroutine that
// works, which here is the main one.
func (t *tally) Observe(_ context.Context, e observe.Event) {
	if e.LoadBalancer != "" {
		t.id = e.LoadBalancer
	}
	switch {
	case e.Kind == observe.StepEnd && e.Err == nil && strings.Contains(e.Call, "/lbaas/"):
		t.cycles++
	case e.Kind == observe.AddressKnown && t.address == "":
		t.address, t.addressAfter = e.Address, time.Since(t.begin)
	case e.Kind == observe.Serving && t.servingAfter == 0:
		t.servingAfter = time.Since(t.begin)
	}
}

// within demands that no more was used than the plan had said.
func (t *tally) within(predicted int) error {
	if t.cycles > predicted {
		return fmt.Errorf("used %d PENDING cycles where the plan predicted %d", t.cycles, predicted)
	}
	return nil
}
