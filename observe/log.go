// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Slog logs events: Poll at debug, the rest at info, whatever carries an error at warn.
func Slog(l *slog.Logger) Observer {
	return Func(func(ctx context.Context, e Event) {
		level := slog.LevelInfo
		switch {
		case e.Err != nil:
			level = slog.LevelWarn
		case e.Kind == Poll:
			level = slog.LevelDebug
		}
		if !l.Enabled(ctx, level) {
			return
		}
		var attrs []slog.Attr
		for _, f := range e.fields() {
			attrs = append(attrs, slog.Any(f.key, f.value))
		}
		l.LogAttrs(ctx, level, e.Kind.String(), attrs...)
	})
}

// Zap logs events with zap, at the same levels as Slog.
func Zap(l *zap.Logger) Observer {
	return Func(func(_ context.Context, e Event) {
		level := zapcore.InfoLevel
		switch {
		case e.Err != nil:
			level = zapcore.WarnLevel
		case e.Kind == Poll:
			level = zapcore.DebugLevel
		}
		entry := l.Check(level, e.Kind.String())
		if entry == nil {
			return
		}
		var fields []zap.Field
		for _, f := range e.fields() {
			fields = append(fields, zap.Any(f.key, f.value))
		}
		entry.Write(fields...)
	})
}

type field struct {
	key   string
	value any
}

// fields are the set ones, always in the same order.
func (e Event) fields() []field {
	var out []field
	text := func(key, v string) {
		if v != "" {
			out = append(out, field{key, v})
		}
	}
	text("loadbalancer", e.LoadBalancer)
	text("object", e.Object)
	text("action", e.Action)
	text("call", e.Call)
	text("address", e.Address)
	text("status", e.Status)
	if e.Pending != 0 {
		out = append(out, field{"pending", e.Pending})
	}
	if e.Attempt != 0 {
		out = append(out, field{"attempt", e.Attempt})
	}
	if e.Elapsed != 0 {
		out = append(out, field{"elapsed", e.Elapsed})
	}
	if e.Err != nil {
		out = append(out, field{"error", e.Err})
	}
	return out
}
