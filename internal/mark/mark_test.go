// SPDX-License-Identifier: Apache-2.0

package mark_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTags(t *testing.T) {
	tags := mark.Tags("cluster-1", "default/web")
	assert.Equal(t, []string{"octaviakit.key=default/web", "octaviakit.owner=cluster-1"}, tags)
	owner, key, ok := mark.FromTags(append([]string{"env=prod", ""}, tags...))
	assert.True(t, ok)
	assert.Equal(t, []string{"cluster-1", "default/web"}, []string{owner, key})

	_, _, ok = mark.FromTags([]string{"octaviakit.key=x", "octaviakit.owner=", "owner=y"})
	assert.False(t, ok, "a key without an owner is nobody's")
	assert.Equal(t, []string{"octaviakit.owner=o"}, mark.Tags("o", ""))
	assert.Equal(t, []string{"a", "b"}, mark.Owners([]string{mark.Owner("b"), mark.Owner("a"), mark.Owner("b")}))
}

func TestDescription(t *testing.T) {
	assert.Equal(t, "my address [octaviakit.owner=c1 octaviakit.key=ns/web]", mark.Describe("my address", "c1", "ns/web"))
	assert.Equal(t, "[octaviakit.owner=c1]", mark.Describe("", "c1", ""))

	text, owner, key, ok := mark.FromDescription("see [1] [octaviakit.key=k octaviakit.owner=a%20b%5D]")
	assert.True(t, ok)
	assert.Equal(t, []string{"see [1]", "a b]", "k"}, []string{text, owner, key})

	for _, d := range []string{"", "[]", "plain", "[octaviakit.key=k]", "[octaviakit.owner=]", "[octaviakit.owner=x] more", "octaviakit.owner=x]", "[octaviakit.owner=%zz]"} {
		text, _, _, ok := mark.FromDescription(d)
		assert.False(t, ok, d)
		assert.Equal(t, d, text)
	}
}

func TestValidate(t *testing.T) {
	require.NoError(t, mark.Validate("cluster-1", ""))
	require.NoError(t, mark.Validate("kubernetes/prod é", strings.Repeat("n", 63)+"/"+strings.Repeat("s", 63)))
	for _, c := range []struct{ owner, key, path, problem string }{
		{"", "k", "owner", "must not be empty"},
		{"a,b", "", "owner", "comma"},
		{"a\nb", "", "owner", "printable"},
		{" a", "", "owner", "space"},
		{"a\xff", "", "owner", "UTF-8"},
		{"a", "b\x00", "key", "printable"},
		{"a", "🐙", "key", "databases"},
		{strings.Repeat("a", 200), strings.Repeat("b", 30), "owner", "at most 255"},
	} {
		err := mark.Validate(c.owner, c.key)
		var f *fault.FieldError
		require.ErrorAs(t, err, &f, "%q", c.owner)
		assert.Equal(t, c.path, f.Path)
		assert.Contains(t, f.Problem, c.problem)
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add("text", "owner", "key")
	f.Add("a [b] c", "o w]n[e%r", "k=1 octaviakit.owner=2")
	f.Add(strings.Repeat("x", 300), "o", "%5D")
	f.Fuzz(func(t *testing.T, text, owner, key string) {
		if mark.Validate(owner, key) != nil || !utf8.ValidString(text) {
			t.Skip("what Validate refuses is never stored")
		}
		o, k, ok := mark.FromTags(mark.Tags(owner, key))
		require.True(t, ok)
		require.Equal(t, []string{owner, key}, []string{o, k})

		d := mark.Describe(text, owner, key)
		require.LessOrEqual(t, utf8.RuneCountInString(d), mark.Limit)
		got, o, k, ok := mark.FromDescription(d)
		require.True(t, ok, d)
		require.Equal(t, []string{owner, key}, []string{o, k})
		if utf8.RuneCountInString(text) < 20 && len(owner)+len(key) < 60 {
			require.Equal(t, text, got)
		}
	})
}
