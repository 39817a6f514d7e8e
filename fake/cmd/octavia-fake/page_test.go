// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shown is what the page is told.
type shown struct {
	Lines []struct {
		ID, Name, Label string
		Floating        []string
		Holds           map[string]int
		Pending, Failed int
	}
	Graphs [][]struct{ ID, Kind, Name string }
	More   bool
	Count  struct{ Mutations, Cycles, Polls int }
	Recent []struct{ Path string }
}

func (b *browser) look(query string) (s shown) {
	b.t.Helper()
	b.get("/-/state?"+query, &s)
	return s
}

// Few are shown as graphs, many as lines that the reader opens, and no more than a page holds.
func TestManyLoadBalancersAreLines(t *testing.T) {
	b := open(t)
	b.logIn()
	for i := range fewGraphs {
		b.create(fmt.Sprintf("web-%03d", i))
	}
	s := b.look("")
	assert.Len(t, s.Graphs, fewGraphs)
	assert.Empty(t, s.Lines)

	for i := range shownLines {
		b.create(fmt.Sprintf("api-%03d", i))
	}
	s = b.look("")
	assert.Empty(t, s.Graphs)
	require.Len(t, s.Lines, shownLines)
	assert.Equal(t, "web-000", s.Lines[0].Name)
	assert.Equal(t, "amphora 10.0.0.2", s.Lines[0].Label)
	assert.True(t, s.More)
	assert.Equal(t, fewGraphs+shownLines, s.Count.Mutations)
	assert.Equal(t, fewGraphs+shownLines, s.Count.Cycles)
	assert.Len(t, s.Recent, shownCalls)

	last := s.Lines[100].ID
	s = b.look("open=" + last + "&open=zork")
	require.Len(t, s.Graphs, 1)
	assert.Equal(t, last, s.Graphs[0][0].ID)

	s = b.look("match=api-00")
	assert.Len(t, s.Lines, 10)
	assert.False(t, s.More)
	s = b.look("match=api-007")
	assert.Empty(t, s.Lines)
	require.Len(t, s.Graphs, 1)
	assert.Len(t, b.look("match="+last).Graphs, 1)
	assert.Contains(t, b.do(http.MethodGet, "/-/timeline.svg?lb="+s.Graphs[0][0].ID, "").Body.String(), "loadbalancer api-007")
	assert.NotContains(t, b.do(http.MethodGet, "/-/timeline.svg?lb="+s.Graphs[0][0].ID, "").Body.String(), "loadbalancer api-008")
}

func TestALineSaysWhatALoadBalancerHolds(t *testing.T) {
	b := open(t, "-latency", "10s,2s,4s")
	b.logIn()
	b.do(http.MethodPost, "/-/faults", `end-in-error path="/lbaas/loadbalancers" times=1`)
	for i := range fewGraphs + 1 {
		b.create(fmt.Sprintf("web-%d", i))
	}
	assert.Equal(t, 1, b.look("").Lines[0].Pending)
	b.do(http.MethodPost, "/-/advance?by=1m", "")
	lines := b.look("").Lines
	assert.Equal(t, 1, lines[0].Failed)
	assert.Zero(t, lines[1].Failed+lines[1].Pending)

	rec := b.do(http.MethodPost, "/load-balancer/v2/lbaas/listeners",
		`{"listener":{"protocol":"TCP","protocol_port":80,"loadbalancer_id":"`+lines[1].ID+`"}}`)
	require.Equal(t, http.StatusCreated, rec.Code, rec.Body)
	line := b.look("").Lines[1]
	assert.Equal(t, map[string]int{"listener": 1}, line.Holds)
	assert.Equal(t, 2, line.Pending, "the listener and its load balancer")
}
