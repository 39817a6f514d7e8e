// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/provider"
)

func TestParseRelease(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]provider.Release{
		"queens": provider.Queens, "ZED": provider.Zed, " Epoxy ": provider.Epoxy,
		"2025.1": provider.Epoxy, "2024.1 Caracal": provider.Caracal, "2018.1": provider.Queens,
		"2026.2 hibiscus": provider.Hibiscus,
	} {
		got, err := provider.ParseRelease(in)
		require.NoError(t, err, in)
		assert.Equal(t, want, got, in)
	}
	for _, in := range []string{"", "master", "2024", "2024.1 Zed", "Caracal 2024.1", "2024.1 Caracal rc1"} {
		_, err := provider.ParseRelease(in)
		var u *provider.UnknownError
		require.ErrorAs(t, err, &u, in)
		assert.Len(t, u.Known, len(provider.Releases()))
	}
}

func TestReleaseReadsBack(t *testing.T) {
	t.Parallel()
	for _, r := range provider.Releases() {
		for _, s := range []string{r.String(), r.Codename(), r.Series(), r.Series() + " " + r.Codename()} {
			got, err := provider.ParseRelease(s)
			require.NoError(t, err, s)
			assert.Equal(t, r, got, s)
		}
	}
	assert.Equal(t, "Release(0)", provider.Release(0).String())
	assert.Equal(t, "Release(99)", provider.Release(99).String())
	assert.Empty(t, provider.Release(0).Codename()+provider.Release(0).Series())
	assert.Equal(t, -1, provider.Release(0).APIMinor())
}

func TestReleasesForAPI(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		minor          int
		floor, ceiling provider.Release
	}{
		{0, provider.Queens, provider.Queens},
		{1, provider.Queens, provider.Rocky},
		{2, provider.Rocky, provider.Rocky},
		{10, provider.Stein, provider.Stein},
		{11, provider.Stein, provider.Train},
		{13, provider.Train, provider.Train},
		{16, provider.Ussuri, provider.Ussuri},
		{23, provider.Victoria, provider.Victoria},
		{24, provider.Wallaby, provider.Xena},
		{25, provider.Yoga, provider.Yoga},
		{26, provider.Zed, provider.Antelope},
		{27, provider.Bobcat, provider.Bobcat},
		{28, provider.Caracal, provider.Dalmatian},
		{29, provider.Dalmatian, provider.Epoxy},
		{30, provider.Epoxy, provider.Hibiscus},
		{31, provider.Hibiscus, provider.Hibiscus},
	} {
		want := provider.Span{Floor: tt.floor, Ceiling: tt.ceiling}
		assert.Equal(t, want, provider.ReleasesForAPI(tt.minor), "v2.%d", tt.minor)
	}
	assert.False(t, provider.ReleasesForAPI(-1).Valid())
}

func TestForAPI(t *testing.T) {
	t.Parallel()
	for minor, want := range map[int]provider.Release{0: provider.Queens, 1: provider.Rocky, 24: provider.Wallaby, 29: provider.Epoxy, 30: provider.Epoxy} {
		got, ok := provider.ForAPI(minor)
		require.True(t, ok)
		assert.Equal(t, want, got, "v2.%d", minor)
	}
	for _, minor := range []int{-1, 31} {
		_, ok := provider.ForAPI(minor)
		assert.False(t, ok, "v2.%d", minor)
	}
}

func FuzzParseRelease(f *testing.F) {
	for _, r := range provider.Releases() {
		f.Add(r.String())
		f.Add(strings.ToUpper(r.Series()))
	}
	f.Add("2024.1  Caracal")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := provider.ParseRelease(s)
		if err != nil {
			assert.False(t, r.Valid())
			return
		}
		again, err := provider.ParseRelease(r.String())
		require.NoError(t, err)
		assert.Equal(t, r, again)
	})
}
