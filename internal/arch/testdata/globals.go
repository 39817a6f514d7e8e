// file: waiter/x.go
// SPDX-License-Identifier: Apache-2.0

// Package waiter breaks the law on package-level state in every known way.
package waiter

import (
	"embed"
	"errors"
	"maps"
	"regexp"
	"slices"
	"sort"
	"sync"
)

// What is allowed.
var (
	// ErrGone is a sentinel.
	ErrGone = errors.New("gone")

	_      I = T{}
	words    = regexp.MustCompile(`\w+`)
	once     = sync.OnceValue(func() int { return 1 })
	table    = map[string]int{"a": 1}
	rows     = []T{{N: 1}}
	grid     = [2]int{1, 2}
	one      = T{N: 1}
	nested   = map[string][]int{"a": {1}}
)

//go:embed x.go
var files embed.FS

// What is not.
var (
	// Names can be changed by anyone.
	Names = []string{"a"} // want global: exported variable Names

	count   int                 // want global: variable count is package-level state
	cache   = make(map[int]int) // want global: variable cache
	mu      = sync.Mutex{}      // want global: variable mu
	lock    sync.RWMutex        // want global: variable lock
	shared  = &T{}              // want global: variable shared
	current = newT()            // want global: variable current
	hook    = func() {}         // want global: variable hook
	limit   = 5                 // want global: variable limit
)

// I and T are what it needs.
type I interface{ Read() int }

// T is a row.
type T struct{ N int }

func newT() *T { return nil }

// Read has a value receiver, write a pointer receiver.
func (t T) Read() int { return t.N }
func (t *T) write()   { t.N++ }

func reads(k string) (n int) {
	for _, r := range rows {
		n += r.N
	}
	for k := range table {
		n += len(k)
	}
	first := rows[0]
	copied := slices.Clone(rows)
	sorted := slices.Sorted(maps.Keys(table))
	pair := grid
	pair[0] = n
	byRow := map[int]string{grid[0]: k}
	byRow[grid[1]] = k
	out := append(copied, rows...)
	local := table[k]
	local++
	{
		table := map[string]int{}
		table[k] = 1
	}
	return n + one.Read() + one.N + first.N + len(sorted) + len(out) + cap(rows) + helper(rows) + len(rows[1:]) + local
}

func helper(r []T) int { return len(r) }

func writes(k string) {
	table[k] = 1              // want global: table table is assigned to
	table[k]++                // want global: table table is assigned to
	table = nil               // want global: table table is assigned to
	grid[0], k = 1, ""        // want global: table grid is assigned to
	one.N = 2                 // want global: table one is assigned to
	rows[0].N += 2            // want global: table rows is assigned to
	nested[k][0] = 2          // want global: table nested is assigned to
	delete(table, k)          // want global: written to by delete
	clear(table)              // want global: written to by clear
	maps.Copy(table, nil)     // want global: written to by maps.Copy
	slices.Reverse(rows)      // want global: written to by slices.Reverse
	slices.SortFunc(rows, f)  // want global: written to by slices.SortFunc
	sort.Slice(rows, nil)     // want global: written to by sort.Slice
	_ = append(rows[:0], T{}) // want global: written to by append
	p := &one                 // want global: used by address
	q := &rows[0].N           // want global: used by address
	one.write()               // want global: given to a method with a pointer receiver
	alias := table            // want global: handed out by reference
	alias[k], *q = p.N, 1
	for grid[0] = range 3 { // want global: table grid is assigned to
	}
}

func f(a, b T) int { return 0 }

func returned() map[string]int {
	return table // want global: handed out by reference
}

func returnedRow() []int {
	return nested["a"] // want global: handed out by reference
}

type keeper struct{ m map[string]int }

func kept() keeper {
	return keeper{m: table} // want global: handed out by reference
}
