// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMutatesTakeTurns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLocked(ms(300))
		w := l.waiter()
		errs := make(chan error)
		const n = 20
		for range n {
			go func() {
				_, err := w.Mutate(t.Context(), lbID, l.put)
				errs <- err
			}()
		}
		for range n {
			require.NoError(t, <-errs)
		}
		assert.Equal(t, n, l.puts)
		assert.Zero(t, l.refused, "nobody raced")
		reads := l.count() - n
		assert.LessOrEqual(t, reads, 3*n+1, "nobody looked who knew")
	})
}

func TestMutateTurnIsGivenUpOnCancel(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLocked(10 * time.Second)
		w := l.waiter()
		first := make(chan error)
		go func() {
			_, err := w.Mutate(t.Context(), lbID, l.put)
			first <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := w.Mutate(ctx, lbID, l.put)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var e *waiter.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, time.Second, time.Since(l.start))
		require.NoError(t, <-first)
		_, err = w.Mutate(t.Context(), lbID, l.put)
		require.NoError(t, err)
	})
}
