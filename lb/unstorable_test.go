// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
)

// A database without utf8mb4 stores no character beyond U+FFFF, which Octavia answers with an
// internal error that tells nothing: it is not repeated, and the error says which field it is.
func TestTextThatNoDatabaseTakesIsNamed(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		plain := service(cloud, c, 1, 1)
		plain.FloatingIP = nil
		fields := map[string]func(*lb.Spec){
			`description`:                    func(s *lb.Spec) { s.Description = new("the 🐙 shop") },
			`tags[1]`:                        func(s *lb.Spec) { s.Tags = []string{"a", "🐙"} },
			`pools["p0"].description`:        func(s *lb.Spec) { s.Pools[0].Description = new("🐙") },
			`pools["p0"].members[0].name`:    func(s *lb.Spec) { s.Pools[0].Members[0].Name = "🐙" },
			`pools["p0"].members[0].tags[0]`: func(s *lb.Spec) { s.Pools[0].Members[0].Tags = []string{"🐙"} },
			`listeners["🐙"].name`:            func(s *lb.Spec) { s.Listeners[0].Name = "🐙" },
		}
		refused := func(path string) {
			spec := plain
			spec.Pools, spec.Listeners = slices.Clone(plain.Pools), slices.Clone(plain.Listeners)
			spec.Pools[0].Members = slices.Clone(plain.Pools[0].Members)
			fields[path](&spec)
			cloud.ForgetCalls()
			begin := time.Now()
			_, err := engine(cloud).Ensure(t.Context(), spec)
			var field *lb.FieldError
			require.ErrorAs(t, err, &field, path)
			assert.Equal(t, path, field.Path)
			assert.Contains(t, field.Problem, "beyond U+FFFF (U+1F419), which a database without utf8mb4 cannot store; leave it out")
			assert.ErrorContains(t, err, field.Error())
			var answer *lb.RefusedError
			require.ErrorAs(t, err, &answer)
			failed := 0
			for call := range cloud.Calls() {
				if call.Status == answer.Status {
					failed++
				}
			}
			assert.Equal(t, 1, failed, "%s: it is not repeated", path)
			assert.Less(t, time.Since(begin), 10*time.Minute)
		}
		for path := range fields { // as it is made, and as it is changed
			refused(path)
			require.NoError(t, engine(cloud).Delete(t.Context(), plain.Name))
		}
		_, err := engine(cloud).Ensure(t.Context(), plain)
		require.NoError(t, err)
		for path := range fields {
			refused(path)
		}
	})
}

// Where the database takes it, all is well; and an internal error about other text passes.
func TestOtherInternalErrorsPass(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		cloud.Inject(fake.Fault{Method: "POST", Status: 500, Times: 1})
		spec := service(cloud, c, 1, 1)
		spec.Description = new("the café €")
		_, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
	})
}
