// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
)

// thereAndBack writes a Spec in both forms and demands that the same is read.
func thereAndBack(t *testing.T, s lb.Spec) {
	t.Helper()
	asJSON, err := json.Marshal(s)
	require.NoError(t, err)
	asYAML, err := s.YAML()
	require.NoError(t, err)
	for _, written := range [][]byte{asJSON, asYAML} {
		back, err := lb.ParseSpec(written)
		require.NoError(t, err, "%s", written)
		require.Equal(t, s, back, "%s", written)
	}
	var back lb.Spec
	require.NoError(t, json.Unmarshal(asJSON, &back))
	require.Equal(t, s, back)
}

func TestSpecIsWrittenAndReadTheSame(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		thereAndBack(t, arbitrary[lb.Spec](r))
	}
}

// Absent, empty and zero are three wishes in the written forms, too.
func TestAbsentEmptyAndZeroStayApart(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ written, want lb.Pool }{
		"absent": {lb.Pool{}, lb.Pool{}},
		"empty":  {lb.Pool{Tags: []string{}, Members: []member.Spec{}}, lb.Pool{Tags: []string{}, Members: []member.Spec{}}},
		"zero": {
			lb.Pool{Session: &lb.SessionPersistence{}, AdminStateUp: new(false), Description: new("")},
			lb.Pool{Session: &lb.SessionPersistence{}, AdminStateUp: new(false), Description: new("")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			thereAndBack(t, lb.Spec{Pools: []lb.Pool{tc.written}})
		})
	}
	m := member.Spec{MonitorAddress: new(netip.Addr{}), MonitorPort: new(uint16(0)), Weight: new(0)}
	data, err := json.Marshal(m)
	require.NoError(t, err)
	assert.JSONEq(t, `{"address": "", "port": 0, "weight": 0, "monitorAddress": "", "monitorPort": 0}`, string(data))
	s, err := lb.ParseSpec([]byte("listeners: [{insertHeaders: {}, allowedCIDRs: []}]"))
	require.NoError(t, err)
	assert.Equal(t, lb.Listener{InsertHeaders: map[string]string{}, AllowedCIDRs: []netip.Prefix{}}, s.Listeners[0])
}

// The parts of a Spec have the same form alone as in the whole.
func TestPartsHaveTheirOwnForm(t *testing.T) {
	t.Parallel()
	probe := monitor.Spec{Name: "m", Type: monitor.TypeHTTP, Delay: 90 * time.Second, Timeout: 1500 * time.Millisecond, URLPath: "/x"}
	data, err := json.Marshal(probe)
	require.NoError(t, err)
	assert.Equal(t, `{"name":"m","type":"HTTP","delay":"1m30s","timeout":"1.5s","urlPath":"/x"}`, string(data))
	var back monitor.Spec
	require.NoError(t, json.Unmarshal(data, &back))
	assert.Equal(t, probe, back)
	require.ErrorContains(t, json.Unmarshal([]byte(`{"delay": 5}`), &back), `delay: is 5 without a unit; write for example "5s"`)

	times := lb.Timeouts{ClientData: new(50 * time.Second), TCPInspect: new(time.Duration(0))}
	data, err = json.Marshal(times)
	require.NoError(t, err)
	assert.JSONEq(t, `{"clientData":"50s","tcpInspect":"0s"}`, string(data))
	var timesBack lb.Timeouts
	require.NoError(t, json.Unmarshal(data, &timesBack))
	assert.Equal(t, times, timesBack)
	require.ErrorContains(t, json.Unmarshal([]byte(`{"x": "5s"}`), &timesBack), "there is no such field")

	data, err = json.Marshal(floatingip.Spec{Network: "public", Keep: true})
	require.NoError(t, err)
	assert.Equal(t, `{"network":"public","keep":true}`, string(data))
}

func TestParseSpecSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spec string
		want []string
	}{
		"empty":            {"", []string{"line 1: is empty; write a mapping of fields"}},
		"only a comment":   {"# nothing\n", []string{"line 1: is empty"}},
		"a list":           {"- name: web", []string{"spec: is a list; write a mapping (line 1)"}},
		"unknown field":    {"name: web\nlisteners: [{name: a, colour: red}]", []string{`listeners["a"].colour: there is no such field; use one of name, description, protocol, port`}},
		"Octavia's name":   {"listeners:\n- allowed_cidrs: []", []string{"listeners[0].allowed_cidrs: there is no such field; write allowedCIDRs (line 2)"}},
		"key twice":        {"name: a\nname: b", []string{"name: stands twice; write it once (line 2)"}},
		"key twice, JSON":  {`{"name": "a",` + "\n" + `"name": "b"}`, []string{"name: stands twice; write it once (line 2)"}},
		"header twice":     {`{"listeners":[{"insertHeaders":{"a":"b","a":"c"}}]}`, []string{`listeners[0].insertHeaders["a"]: stands twice`}},
		"null":             {"pools:", []string{"pools: has no value; leave the field out, or write what it shall be (line 1)"}},
		"null in JSON":     {`{"pools": [null]}`, []string{"pools[0]: has no value"}},
		"text for a list":  {"pools: web", []string{`pools: is the text "web"; write a list (line 1)`}},
		"list for text":    {"name: [web]", []string{"name: is a list; write text (line 1)"}},
		"number for text":  {"pools: [{name: web, monitor: {httpVersion: 1.1}}]", []string{`pools["web"].monitor.httpVersion: is 1.1, not text; write it in quotes: "1.1" (line 1)`}},
		"boolean for text": {"listeners: [{insertHeaders: {X-Forwarded-For: true}}]", []string{`listeners[0].insertHeaders["X-Forwarded-For"]: is true, not text; write it in quotes: "true"`}},
		"text for boolean": {"adminStateUp: \"true\"", []string{`adminStateUp: is the text "true"; write true or false`}},
		"port":             {"listeners: [{port: 65536}, {port: -1}, {port: 8.5}, {port: 1e3}]", []string{"listeners[0].port: is 65536; write a whole number from 0 to 65535", "listeners[1].port: is -1;", "listeners[2].port: is 8.5;", "listeners[3].port: is 1e3;"}},
		"weight":           {`{"pools":[{"members":[{"weight": 99999999999999999999}]}]}`, []string{"pools[0].members[0].weight: is 99999999999999999999; write a whole number (line 1)"}},
		"address":          {"vip: {address: 10.0.0.300}", []string{`vip.address: is "10.0.0.300"; write an IP address such as 192.0.2.10`}},
		"network":          {"listeners: [{allowedCIDRs: [10.0.0.1]}]", []string{`listeners[0].allowedCIDRs[0]: is "10.0.0.1"; write a network such as 192.0.2.0/24`}},
		"duration":         {"listeners: [{timeouts: {clientData: 5 seconds}}]", []string{`listeners[0].timeouts.clientData: is "5 seconds"; write a duration such as "50s" or "1500ms"`}},
		"no unit":          {"pools: [{monitor: {delay: 5}}]", []string{`pools[0].monitor.delay: is 5 without a unit; write for example "5s"`}},
		"second document":  {"name: a\n---\nname: b", []string{"line 2: begins a second document; write one"}},
		"behind the end":   {`{"name": "a"} {"name": "b"}`, []string{"is not YAML"}},
		"merge key":        {"vip: &v {subnetID: s}\npools: [{<<: *v}]", []string{"line 2: is a merge key; write the fields out"}},
		"odd key":          {"1: web", []string{`line 1: "1" is no name of a field; names are text`}},
		"binary":           {"name: !!binary AA==", []string{"line 1: has the tag !!binary; write plain values"}},
		"not UTF-8":        {"name: \xff", []string{"spec: is not UTF-8"}},
		"cut off":          {"{name: a", []string{"is not YAML"}},
		"deep":             {strings.Repeat("[", 100) + strings.Repeat("]", 100), []string{"is nested too deeply"}},
		"deep JSON":        {`{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}", []string{"is nested too deeply"}},
		"itself":           {"pools: &a [*a]", []string{"is nested too deeply"}},
		"a bomb": {
			"a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n" +
				"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]",
			[]string{"is too large once its aliases are written out"},
		},
		"all at once": {"name: 1\nvip: {subnet: s}\npools: [{name: p, members: [{port: x}]}]", []string{
			`name: is 1, not text; write it in quotes: "1" (line 1)`, "vip.subnet: there is no such field; use one of subnetID, networkID, portID", `pools["p"].members[0].port: is the text "x"; write a number (line 3)`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := lb.ParseSpec([]byte(tc.spec))
			require.Error(t, err)
			assert.Zero(t, s)
			_ = faults(t, err) // every fault is a *FieldError
			lines := strings.Split(err.Error(), "\n")
			require.Len(t, lines, len(tc.want), "%v", err)
			for i, want := range tc.want {
				assert.Contains(t, lines[i], want)
			}
		})
	}
}

func TestParseSpecReadsWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	want := lb.Spec{Name: "1", Pools: []lb.Pool{{Name: "yes", Members: []member.Spec{{Port: 80}}}, {Name: "b", Members: []member.Spec{{Port: 80}}}}}
	for name, spec := range map[string]string{
		"block": "name: '1'\npools:\n- name: \"yes\"\n  members: [{port: 80}]\n- {name: b, members: [{port: 0x50}]}\n",
		"alias": "---\nname: '1' # one\npools:\n- name: yes\n  members: &m [{port: 80}]\n- name: b\n  members: *m\n...\n",
		"flow":  "{name: '1', pools: [{name: yes, members: [{port: 80}]}, {name: b, members: [{port: 80}]}]}",
		"JSON":  "\ufeff" + `{"name": "1", "pools": [{"name": "yes", "members": [{"port": 80}]}, {"name": "b", "members": [{"port": 80}]}]}`,
		"tabs":  "{\n\t\"name\": \"\\u0031\",\n\t\"pools\": [{\"name\": \"yes\", \"members\": [{\"port\": 80}]}, {\"name\": \"b\", \"members\": [{\"port\": 80}]}]\n}",
	} {
		s, err := lb.ParseSpec([]byte(spec))
		require.NoError(t, err, name)
		assert.Equal(t, want, s, name)
	}
	s, err := lb.ParseSpec([]byte(`{"name": "\ud83d\udc19"}`))
	require.NoError(t, err)
	assert.Equal(t, "🐙", s.Name, "surrogate pairs, as Python writes them")
}

func FuzzParseSpec(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 5 {
		s := arbitrary[lb.Spec](r)
		asYAML, _ := s.YAML()
		asJSON, _ := json.Marshal(s)
		f.Add(asYAML)
		f.Add(asJSON)
	}
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("name: !!str 1\nvip: {address: ::1}\n--- x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := lb.ParseSpec(data)
		if err != nil {
			_ = faults(t, err)
			return
		}
		thereAndBack(t, s)
		_ = s.Validate()
	})
}
