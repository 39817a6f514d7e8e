// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/member"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestKeyIsCanonical(t *testing.T) {
	t.Parallel()
	mapped := member.Spec{Address: netip.MustParseAddr("::ffff:10.0.0.1"), Port: 80}
	assert.Equal(t, spec(1).Key(), mapped.Key())
	assert.Equal(t, "10.0.0.1:80", mapped.Key().String())
	six := member.Key{Address: netip.MustParseAddr("2001:DB8:0::1"), Port: 443}
	assert.Equal(t, "[2001:db8::1]:443", six.String())
}

func TestValidateReportsEveryFieldAtOnce(t *testing.T) {
	t.Parallel()
	bad := member.Spec{
		Address: netip.MustParseAddr("fe80::1%eth0"), Weight: new(257), Name: strings.Repeat("n", 256),
		MonitorAddress: new(netip.MustParseAddr("224.0.0.1")), Tags: []string{"ok", "", "OK "},
	}
	assert.ElementsMatch(t, []string{"address", "port", "weight", "monitorAddress", "name", "tags[1]", "tags[2]"}, paths(bad.Validate()))
	assert.NoError(t, spec(1).Validate())
	assert.NoError(t, member.Spec{Address: at(1), Port: 1, MonitorAddress: new(netip.Addr{}), MonitorPort: new(uint16(0)), Weight: new(0)}.Validate())
	assert.Equal(t, []string{"address"}, paths(member.Spec{Port: 80}.Validate()))
}

func TestValidateAllNamesTheElementAndTheDuplicate(t *testing.T) {
	t.Parallel()
	err := member.ValidateAll([]member.Spec{spec(1), {Address: at(2), Port: 80, Weight: new(-1)}, spec(1)})
	assert.Equal(t, []string{"members[1].weight", "members[2]"}, paths(err))
	assert.ErrorContains(t, err, "10.0.0.1:80 is members[0] already")
	assert.NoError(t, member.ValidateAll(nil))
}

func paths(err error) []string {
	if err == nil {
		return nil
	}
	var out []string
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var f *fault.FieldError
		if errors.As(e, &f) {
			out = append(out, f.Path)
		}
	}
	return out
}

func TestBodyLeavesOutWhatIsLeftAlone(t *testing.T) {
	t.Parallel()
	assert.Equal(t, map[string]any{"address": "10.0.0.1", "protocol_port": 80}, spec(1).Body())
	full := member.Spec{
		Address: netip.MustParseAddr("2001:DB8::1"), Port: 443, SubnetID: "s", Name: "n", Weight: new(0),
		Backup: new(false), AdminStateUp: new(false), MonitorAddress: new(at(9)), MonitorPort: new(uint16(8080)),
		Tags: []string{"b", "a", "b"},
	}
	assert.Equal(t, map[string]any{
		"address": "2001:db8::1", "protocol_port": 443, "subnet_id": "s", "name": "n", "weight": 0, "backup": false,
		"admin_state_up": false, "monitor_address": "10.0.0.9", "monitor_port": 8080, "tags": []string{"a", "b"},
	}, full.Body())
	cleared := member.Spec{Address: at(1), Port: 80, MonitorAddress: new(netip.Addr{}), MonitorPort: new(uint16(0)), Tags: []string{}}
	assert.Equal(t, spec(1).Body(), cleared.Body(), "a new member has nothing to clear")
}

func TestParse(t *testing.T) {
	t.Parallel()
	m, err := member.Parse(map[string]any{
		"id": "i", "name": nil, "address": "2001:DB8::1", "protocol_port": 443.0, "weight": nil, "subnet_id": nil,
		"monitor_address": nil, "monitor_port": nil, "provisioning_status": "ACTIVE", "operating_status": "ONLINE",
	})
	require.NoError(t, err)
	assert.Equal(t, member.Member{
		ID: "i", Address: netip.MustParseAddr("2001:db8::1"), Spelling: "2001:DB8::1", Port: 443, Weight: 1,
		AdminStateUp: true, Tags: []string{}, Provisioning: "ACTIVE", Operating: "ONLINE",
	}, m)
	_, err = member.Parse(map[string]any{"id": "i", "address": "nonsense", "protocol_port": 1})
	assert.ErrorContains(t, err, "address")
	_, err = member.Parse(map[string]any{"id": "i", "address": "10.0.0.1", "protocol_port": "eighty"})
	assert.Error(t, err)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"id":"i","address":"10.0.0.1","protocol_port":80,"weight":1,"tags":["a"]}`))
	f.Add([]byte(`{"address":"2001:DB8::1","protocol_port":null,"monitor_address":"x","tags":[1]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var object map[string]any
		if json.Unmarshal(raw, &object) != nil {
			return
		}
		m, err := member.Parse(object)
		if err != nil {
			return
		}
		require.True(t, m.Address.IsValid())
		assert.True(t, member.Diff([]member.Member{m}, []member.Spec{{Address: m.Address, Port: m.Port}}).Empty())
	})
}

// What a later change leaves alone, an earlier one that gathered with it may have said.
func TestNothingSaidIsForgotten(t *testing.T) {
	full := member.Spec{
		Address: netip.MustParseAddr("10.0.0.1"), Port: 80, SubnetID: "subnet", Name: "name",
		Weight: new(0), Backup: new(false), AdminStateUp: new(false), SRIOV: new(false),
		MonitorAddress: new(netip.Addr{}), MonitorPort: new(uint16(0)), Tags: []string{},
	}
	v := reflect.ValueOf(full)
	for i := range v.NumField() {
		assert.False(t, v.Field(i).IsZero(), "a new field: %s", v.Type().Field(i).Name)
	}
	bare := member.Spec{Address: full.Address, Port: full.Port}
	assert.Equal(t, full, member.Overlay(full, bare))
	assert.Equal(t, full, member.Overlay(bare, full))
}
