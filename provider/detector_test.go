// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/provider"
)

func TestDetector(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &site{t: t, latency: 100 * time.Millisecond, answers: map[string]reply{"/": versions(27), listed: providers("amphora")}}
		d := provider.NewDetector(s.client(plain), time.Hour)
		done := make(chan provider.Span, 20)
		for range cap(done) {
			go func() {
				c, err := d.Cloud(t.Context())
				assert.NoError(t, err)
				done <- c.API()
			}()
		}
		for range cap(done) {
			assert.Equal(t, provider.At(provider.Bobcat), <-done)
		}
		assert.EqualValues(t, 2, s.gets.Load(), "one detection for all")

		time.Sleep(59 * time.Minute)
		_, err := d.Cloud(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 2, s.gets.Load(), "still known")
		time.Sleep(2 * time.Minute)
		_, err = d.Cloud(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 4, s.gets.Load(), "detected anew")
		d.Forget()
		_, err = d.Cloud(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 6, s.gets.Load())
	})
}

func TestDetectorWaitsNoLongerThanAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &site{t: t, latency: time.Minute, answers: map[string]reply{"/": versions(27), listed: providers("amphora")}}
		d := provider.NewDetector(s.client(plain), 0)
		first := make(chan error, 1)
		go func() {
			_, err := d.Cloud(t.Context())
			first <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := d.Cloud(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start))
		require.NoError(t, <-first)
		time.Sleep(1000 * time.Hour)
		_, err = d.Cloud(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 2, s.gets.Load(), "a lifetime of 0 is for ever")
	})
}

func TestDetectorDoesNotKeepFailures(t *testing.T) {
	t.Parallel()
	s := &site{t: t, answers: map[string]reply{"/": {err: io.ErrUnexpectedEOF}, listed: {err: io.ErrUnexpectedEOF}}}
	d := provider.NewDetector(s.client(plain), time.Hour)
	_, err := d.Cloud(t.Context())
	require.Error(t, err)
	s.answers = map[string]reply{"/": versions(27), listed: providers("amphora")}
	_, err = d.Cloud(t.Context())
	require.NoError(t, err)
}
