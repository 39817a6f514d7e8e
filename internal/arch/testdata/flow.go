// file: fake/x.go
// SPDX-License-Identifier: Apache-2.0

// Package fake breaks the laws of time and concurrency.
package fake

import (
	"context"
	"sync"
	"time"
)

func init() { // want init: func init runs unasked
}

type group struct{}

func (group) init() {}

func starts(ctx context.Context) {
	go starts(ctx) // want goroutine: go statement outside
	var wg sync.WaitGroup
	wg.Go(func() {})                  // want goroutine: wg.Go outside
	time.AfterFunc(1, func() {})      // want goroutine: time.AfterFunc outside
	context.AfterFunc(ctx, func() {}) // want goroutine: context.AfterFunc outside
	time.Sleep(time.Second)           // want sleep: time.Sleep ignores the context
	sleep := time.Sleep               // want sleep: time.Sleep
	sleep(1)
	<-time.After(1)
}
