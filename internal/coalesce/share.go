// SPDX-License-Identifier: Apache-2.0

package coalesce

import (
	"context"
	"sync"
)

// Share lets callers who ask at the same time share one read. Each is served by a
// read that began after it asked, so nobody gets an answer older than the question.
// Who asks while nobody reads does so at once; who asks meanwhile waits for the
// next read, which one of them makes for all. No goroutine belongs to it. The zero
// value is ready; it is safe for concurrent use.
type Share[K comparable, T any] struct {
	mu   sync.Mutex
	busy bool         // a batch has the turn
	next *batch[K, T] // those who asked since the last read began; nil: nobody
}

type batch[K comparable, T any] struct {
	keys    []K
	waiting int
	turn    chan struct{} // who takes it reads for all
	done    chan struct{} // closed once value and err hold
	value   T
	err     error
}

// Do asks for key. read is called for all the keys that are asked for together, by
// one of the callers and in its context; its answer and its error are everybody's.
// When that caller's own context ends, another one reads.
func (s *Share[K, T]) Do(ctx context.Context, key K, read func(ctx context.Context, keys []K) (T, error)) (T, error) {
	b := s.join(key)
	select {
	case <-b.done:
		return b.value, b.err
	case <-ctx.Done():
		s.leave(b)
		return b.none(), context.Cause(ctx)
	case <-b.turn:
	}
	value, err := read(ctx, s.begin(b))
	if err != nil && ctx.Err() != nil {
		s.handOn(b)
		return value, err
	}
	s.finish(b, value, err)
	return value, err
}

func (s *Share[K, T]) join(key K) *batch[K, T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		s.next = &batch[K, T]{turn: make(chan struct{}, 1), done: make(chan struct{})}
		if !s.busy {
			s.busy = true
			s.next.turn <- struct{}{}
		}
	}
	s.next.keys = append(s.next.keys, key)
	s.next.waiting++
	return s.next
}

// begin closes the batch to newcomers: they ask after the read began.
func (s *Share[K, T]) begin(b *batch[K, T]) []K {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == b {
		s.next = nil
	}
	return b.keys
}

func (s *Share[K, T]) finish(b *batch[K, T], value T, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b.value, b.err = value, err
	close(b.done)
	s.pass()
}

// handOn lets another one of the batch read, if there is one.
func (s *Share[K, T]) handOn(b *batch[K, T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.waiting--; b.waiting > 0 {
		b.turn <- struct{}{}
		return
	}
	s.pass()
}

// leave is for who lost patience. The last one takes the batch with it.
func (s *Share[K, T]) leave(b *batch[K, T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.waiting--; b.waiting > 0 {
		return
	}
	if s.next == b {
		s.next = nil
	}
	select {
	case <-b.turn:
		s.pass()
	default:
	}
}

// pass gives the turn to the next batch.
func (s *Share[K, T]) pass() {
	s.busy = s.next != nil
	if s.busy {
		s.next.turn <- struct{}{}
	}
}

func (b *batch[K, T]) none() (zero T) { return zero }
