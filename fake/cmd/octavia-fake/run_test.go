// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestServesUntilTold(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dir := t.TempDir()
	clouds, rc := filepath.Join(dir, "clouds.yaml"), filepath.Join(dir, "openrc")
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() { code <- run(ctx, []string{"-clouds", clouds, "-openrc", rc}, in, io.Discard) }()

	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "octavia-fake listening on ")
	require.True(t, ok, line)
	assert.Regexp(t, `^http://127\.0\.0\.1:\d+$`, url)
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/load-balancer/", nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(q)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	require.NoError(t, answer.Body.Close())

	text, err := os.ReadFile(clouds)
	require.NoError(t, err)
	assert.Equal(t, cloudsYAML(url), string(text))
	for _, user := range []string{"demo", "demo2", "admin", "observer", "norole"} {
		assert.Contains(t, string(text), "\n  "+user+":\n")
	}
	text, err = os.ReadFile(rc)
	require.NoError(t, err)
	assert.Contains(t, string(text), "export OS_AUTH_URL="+url+"/identity/v3\n")

	cancel()
	assert.Zero(t, <-code)
	_, err = http.DefaultClient.Do(q.WithContext(t.Context()))
	assert.Error(t, err)
}

func TestFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-provider f5":              "-provider \"f5\": want amphora or ovn",
		"-release zork":             "-release: ",
		"-latency slow":             "-latency: \"slow\": want none, amphora, ovn or three durations such as 5s,1s,2s",
		"-latency 1s,x,1s":          "-latency: \"1s,x,1s\": \"x\" is not a duration such as 1.5s",
		"-latency 1s,-1s,1s":        "is not a duration",
		"-listen 0.0.0.0:0":         "-listen 0.0.0.0:0: not a loopback address; -public allows it",
		"-listen :8080":             "not a loopback address",
		"-listen 127.0.0.1:1 extra": "unexpected argument \"extra\"",
		"-bogus":                    "flag provided but not defined: -bogus",
		"-clouds /no/such/dir/c":    "no such file or directory",
	} {
		var complaint bytes.Buffer
		code := run(t.Context(), strings.Fields(args), io.Discard, &complaint)
		assert.NotZero(t, code, args)
		assert.Contains(t, complaint.String(), want, args)
	}
	var help bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"-h"}, io.Discard, &help))
	assert.Contains(t, help.String(), "-latency")
	cfg, err := parse([]string{"-listen", "0.0.0.0:0", "-public"}, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, "0.0.0.0:0", cfg.listen)
	for _, address := range []string{"127.0.0.1:0", "[::1]:0", "localhost:9"} {
		_, err := parse([]string{"-listen", address}, io.Discard)
		assert.NoError(t, err)
	}
}

func TestLatencies(t *testing.T) {
	l, err := parseLatency("3s,200ms,1s")
	require.NoError(t, err)
	assert.Equal(t, "3s 200ms 1s 200ms", strings.Join([]string{
		l("loadbalancer", "PENDING_CREATE").String(), l("loadbalancer", "PENDING_UPDATE").String(),
		l("loadbalancer", "PENDING_DELETE").String(), l("pool", "PENDING_CREATE").String(),
	}, " "))
	for _, name := range []string{"none", "amphora", "ovn"} {
		_, err := parseLatency(name)
		assert.NoError(t, err)
	}
}
