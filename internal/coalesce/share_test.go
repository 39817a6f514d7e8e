// SPDX-License-Identifier: Apache-2.0

package coalesce_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/internal/coalesce"
)

// slowly is a read that takes a second and answers with what it was asked.
func slowly(log *[][]string) func(context.Context, []string) ([]string, error) {
	return func(ctx context.Context, keys []string) ([]string, error) {
		*log = append(*log, slices.Sorted(slices.Values(keys)))
		select {
		case <-time.After(time.Second):
			return keys, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func TestWhoAsksMeanwhileSharesTheNextRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s coalesce.Share[string, []string]
		var log [][]string
		read := slowly(&log)
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				got, err := s.Do(t.Context(), strconv.Itoa(i), read)
				assert.NoError(t, err)
				assert.Contains(t, got, strconv.Itoa(i))
			})
			synctest.Wait()
		}
		wg.Wait()
		require.Len(t, log, 2, "the first at once, the rest together")
		assert.Equal(t, []string{"0"}, log[0])
		assert.Len(t, log[1], 9)
	})
}

func TestNobodyGetsAnAnswerOlderThanTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s coalesce.Share[string, int]
		state := 0
		read := func(context.Context, []string) (int, error) {
			seen := state
			<-time.After(time.Second)
			return seen, nil
		}
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = s.Do(t.Context(), "a", read) })
		synctest.Wait()
		state = 1 // after the first read looked
		got, err := s.Do(t.Context(), "b", read)
		require.NoError(t, err)
		assert.Equal(t, 1, got)
		wg.Wait()
	})
}

func TestAReaderWhoLeavesIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s coalesce.Share[string, []string]
		var log [][]string
		read := slowly(&log)
		ctx, cancel := context.WithCancelCause(t.Context())
		left := errors.New("left")
		var wg sync.WaitGroup
		wg.Go(func() { _, err := s.Do(t.Context(), "first", read); assert.NoError(t, err) })
		synctest.Wait()
		for _, k := range []string{"a", "b"} {
			wg.Go(func() { _, err := s.Do(ctx, k, read); assert.ErrorIs(t, err, left) })
			synctest.Wait()
		}
		wg.Go(func() { _, err := s.Do(t.Context(), "stays", read); assert.NoError(t, err) })
		synctest.Wait()
		<-time.After(1500 * time.Millisecond) // the second read is under way
		cancel(left)
		wg.Wait()
		_, err := s.Do(t.Context(), "later", read)
		require.NoError(t, err, "nothing is stuck")
	})
}

func TestAWholeBatchMayLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s coalesce.Share[string, []string]
		var log [][]string
		read := slowly(&log)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for _, k := range []string{"a", "b", "c"} {
			wg.Go(func() { _, err := s.Do(ctx, k, read); assert.ErrorIs(t, err, context.Canceled) })
		}
		synctest.Wait()
		cancel()
		wg.Wait()
		_, err := s.Do(t.Context(), "later", read)
		require.NoError(t, err)
	})
}

func TestAnErrorIsEverybodys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s coalesce.Share[string, int]
		broken := errors.New("broken")
		read := func(context.Context, []string) (int, error) {
			<-time.After(time.Second)
			return 0, broken
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { _, err := s.Do(t.Context(), "k", read); assert.ErrorIs(t, err, broken) })
		}
		wg.Wait()
	})
}
