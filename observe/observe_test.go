// SPDX-License-Identifier: Apache-2.0

package observe_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/observe"
	"github.com/stretchr/testify/assert"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

var events = []observe.Event{
	{Kind: observe.Poll, LoadBalancer: "lb", Status: "PENDING_UPDATE", Attempt: 2, Elapsed: time.Second},
	{Kind: observe.StepBegin, LoadBalancer: "lb", Object: "pool/web", Action: "create"},
	{Kind: observe.AddressKnown, LoadBalancer: "lb", Address: "192.0.2.1"},
	{Kind: observe.Settled, LoadBalancer: "lb", Err: errors.New("boom")},
}

func TestKinds(t *testing.T) {
	seen := map[string]bool{}
	for k := observe.Poll; k <= observe.Complete; k++ {
		assert.NotContains(t, k.String(), "kind")
		seen[k.String()] = true
	}
	assert.Len(t, seen, int(observe.Complete))
	assert.Equal(t, "kind 200", observe.Kind(200).String())
}

func TestTee(t *testing.T) {
	var got []string
	to := func(name string) observe.Observer {
		return observe.Func(func(_ context.Context, e observe.Event) { got = append(got, name+" "+e.Kind.String()) })
	}
	observe.Tee(nil, to("a"), nil, to("b")).Observe(t.Context(), events[0])
	observe.Tee(to("c")).Observe(t.Context(), events[1])
	observe.Tee(nil).Observe(t.Context(), events[1])
	assert.Equal(t, []string{"a poll", "b poll", "c step begin"}, got)
}

func TestSlog(t *testing.T) {
	var out bytes.Buffer
	l := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	for _, e := range events {
		observe.Slog(l).Observe(t.Context(), e)
	}
	assert.Equal(t, strings.Join([]string{
		`level=DEBUG msg=poll loadbalancer=lb status=PENDING_UPDATE attempt=2 elapsed=1s`,
		`level=INFO msg="step begin" loadbalancer=lb object=pool/web action=create`,
		`level=INFO msg="address known" loadbalancer=lb address=192.0.2.1`,
		`level=WARN msg=settled loadbalancer=lb error=boom`,
		``,
	}, "\n"), out.String())

	quiet := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo}))
	out.Reset()
	observe.Slog(quiet).Observe(t.Context(), events[0])
	assert.Empty(t, out.String())
}

func TestZap(t *testing.T) {
	var out bytes.Buffer
	enc := zapcore.NewConsoleEncoder(zapcore.EncoderConfig{
		MessageKey: "msg", LevelKey: "level", ConsoleSeparator: " ",
		EncodeLevel: zapcore.CapitalLevelEncoder, EncodeDuration: zapcore.StringDurationEncoder,
	})
	l := zap.New(zapcore.NewCore(enc, zapcore.AddSync(&out), zapcore.DebugLevel))
	for _, e := range events {
		observe.Zap(l).Observe(t.Context(), e)
	}
	assert.Equal(t, strings.Join([]string{
		`DEBUG poll {"loadbalancer": "lb", "status": "PENDING_UPDATE", "attempt": 2, "elapsed": "1s"}`,
		`INFO step begin {"loadbalancer": "lb", "object": "pool/web", "action": "create"}`,
		`INFO address known {"loadbalancer": "lb", "address": "192.0.2.1"}`,
		`WARN settled {"loadbalancer": "lb", "error": "boom"}`,
		``,
	}, "\n"), out.String())
}
