// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBadFlagsAreRefused(t *testing.T) {
	for args, want := range map[string]string{
		"-provider=f5": `-provider is "f5"; use amphora or ovn`,
		"-ports=0":     "-ports is 0; use 1 to 50",
		"-members=1":   "-members is 1; use 2 to 200",
		"now":          `unexpected argument "now"`,
	} {
		var out, errs bytes.Buffer
		assert.Equal(t, 2, run(t.Context(), []string{args}, &out, &errs), args)
		assert.Contains(t, errs.String(), want)
		assert.Empty(t, out.String(), "nothing was begun")
	}
}

func TestMemberDefaults(t *testing.T) {
	var errs bytes.Buffer
	here, err := parse(nil, &errs)
	require.NoError(t, err)
	assert.Equal(t, 80, here.members)
	there, err := parse([]string{"-cloud", "mycloud"}, &errs)
	require.NoError(t, err)
	assert.Equal(t, 8, there.members, "somebody else works there")
}

func TestMemberAddressesAreDistinctAndInTheSubnet(t *testing.T) {
	for _, cidr := range []string{"10.0.0.0/16", "192.168.1.0/24", "10.1.2.128/25", "fd00::/64"} {
		s := &stage{subnet: subnets.Subnet{CIDR: cidr}}
		seen := map[netip.Addr]bool{}
		for i := range 60 {
			a, err := s.memberAddress(i)
			require.NoError(t, err)
			assert.True(t, netip.MustParsePrefix(cidr).Contains(a), "%s in %s", a, cidr)
			assert.False(t, seen[a])
			seen[a] = true
		}
	}
	_, err := (&stage{subnet: subnets.Subnet{CIDR: "10.0.0.0/29"}}).memberAddress(60)
	require.ErrorContains(t, err, "no room")
}

func TestShorten(t *testing.T) {
	plan := "  + pool web\n"
	for range 5 {
		plan += "  +   member 10.0.0.1:80\n"
	}
	plan += "  + pool api\n"
	assert.Equal(t, "  + pool web\n  +   member 10.0.0.1:80\n  +   member 10.0.0.1:80\n  +   member 10.0.0.1:80\n"+
		"      … and 2 more\n  + pool api\n", shorten(plan))
}
