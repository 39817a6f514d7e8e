// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/octaviakit/octaviakit/fake"
)

// lines are faults as they are injected.
func lines(faults []fake.Fault) []string {
	all := []string{}
	for _, f := range faults {
		all = append(all, f.String())
	}
	return all
}

// listFaults shows those that can still hit, one a line, as inject reads them.
func (r *region) listFaults(w http.ResponseWriter, _ *http.Request) {
	var b strings.Builder
	for _, line := range lines(r.current().Faults()) {
		b.WriteString(line + "\n")
	}
	write(w, "text/plain; charset=utf-8", b.String())
}

// inject reads faults, one a line, all or none.
func (r *region) inject(w http.ResponseWriter, q *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, q.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var faults []fake.Fault
	var wrong []error
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		f, err := fake.ParseFault(line)
		faults, wrong = append(faults, f), append(wrong, err)
	}
	if err := errors.Join(wrong...); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.current().Inject(faults...)
	r.listFaults(w, q)
}

func (r *region) heal(w http.ResponseWriter, _ *http.Request) {
	r.current().ClearFaults()
	w.WriteHeader(http.StatusNoContent)
}
