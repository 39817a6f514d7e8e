// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/require"
)

// realTarget is an Octavia behind a Keystone, with the users that the fake has too.
type realTarget struct {
	t        *testing.T
	auth     string
	octavia  string
	tokens   map[string]string
	settings map[string]string
}

// TestRecordConformance plays the scripts to a real cloud and keeps its answers.
func TestRecordConformance(t *testing.T) {
	dir := os.Getenv("OCTAVIAKIT_REALCLOUD")
	if dir == "" {
		t.Skip("OCTAVIAKIT_REALCLOUD is not set")
	}
	release, err := provider.ParseRelease(os.Getenv("OCTAVIAKIT_RELEASE"))
	require.NoError(t, err)
	to := newRealTarget(t, dir)
	for _, script := range conformanceScripts(t) {
		if only := os.Getenv("OCTAVIAKIT_SCRIPT"); only != "" && !strings.Contains(script, only) {
			continue
		}
		t.Run(filepath.Base(script), func(t *testing.T) {
			to.clean()
			lines := play(readScript(t, script), to)
			to.clean()
			require.NoError(t, os.WriteFile(recorded(script, release), []byte(strings.Join(lines, "\n")+"\n"), 0o644))
		})
	}
}

func newRealTarget(t *testing.T, dir string) *realTarget {
	var ids struct {
		Projects map[string]string
		Net      struct {
			Demo  map[string]string
			Demo2 map[string]string
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "ids.json"))
	require.NoError(t, err)
	_ = json.Unmarshal(raw, &ids)
	r := &realTarget{t: t, tokens: map[string]string{}, auth: os.Getenv("OCTAVIAKIT_AUTH_URL"), settings: map[string]string{
		"sub": ids.Net.Demo["subnet"], "sub6": ids.Net.Demo["subnet6"], "net": ids.Net.Demo["network"], "msub": ids.Net.Demo["member_subnet"],
		"sub2": ids.Net.Demo2["subnet"], "demo": ids.Projects["demo"], "demo2": ids.Projects["demo2"], "admin": ids.Projects["admin"],
		"none": "00000000-0000-0000-0000-000000000001",
	}}
	r.token("demo")
	return r
}

func (r *realTarget) vars() map[string]string {
	vars := map[string]string{}
	for k, v := range r.settings {
		vars[k] = v
	}
	return vars
}

func (r *realTarget) token(user string) string {
	if t, known := r.tokens[user]; known || user == "nobody" {
		return t
	}
	project := map[string]string{"observer": "demo", "norole": "demo"}[user]
	if project == "" {
		project = user
	}
	body := fmt.Sprintf(`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":%q,"password":%q,"domain":{"name":"Default"}}}},
		"scope":{"project":{"name":%q,"domain":{"name":"Default"}}}}}`, user, os.Getenv("OCTAVIAKIT_PASSWORD"), project)
	res, err := http.Post(r.auth+"/auth/tokens", "application/json", strings.NewReader(body))
	require.NoError(r.t, err)
	defer res.Body.Close()
	require.Equal(r.t, http.StatusCreated, res.StatusCode)
	var answer struct {
		Token struct {
			Catalog []struct {
				Type      string
				Endpoints []struct{ Interface, URL string }
			}
		}
	}
	require.NoError(r.t, json.NewDecoder(res.Body).Decode(&answer))
	for _, s := range answer.Token.Catalog {
		for _, e := range s.Endpoints {
			if s.Type == "load-balancer" && e.Interface == "public" {
				r.octavia = strings.TrimSuffix(e.URL, "/")
			}
		}
	}
	r.tokens[user] = res.Header.Get("X-Subject-Token")
	return r.tokens[user]
}

func (r *realTarget) do(user, method, path, body string) (int, string) {
	token := r.token(user)
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.octavia+"/"+strings.TrimPrefix(path, "/"), in)
	require.NoError(r.t, err)
	if token != "" {
		req.Header.Set("X-Auth-Token", token)
	}
	req.Header.Set("Accept", "application/json")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	return res.StatusCode, string(text)
}

// settle waits until nothing under a load balancer is PENDING, or it is gone.
func (r *realTarget) settle(id string) {
	for range 240 {
		status, text := r.do("admin", "GET", "v2/lbaas/loadbalancers/"+id+"/status", "")
		if status == http.StatusNotFound || (status == http.StatusOK && !strings.Contains(text, "PENDING")) {
			return
		}
		<-time.After(250 * time.Millisecond)
	}
}

// clean deletes what scripts left, in both projects.
func (r *realTarget) clean() {
	var all struct{ Loadbalancers []struct{ ID, Name string } }
	_, text := r.do("admin", "GET", "v2/lbaas/loadbalancers?fields=id&fields=name", "")
	_ = json.Unmarshal([]byte(text), &all)
	for _, lb := range all.Loadbalancers {
		if strings.HasPrefix(lb.Name, "conf") {
			r.settle(lb.ID)
			r.do("admin", "DELETE", "v2/lbaas/loadbalancers/"+lb.ID+"?cascade=true", "")
			r.settle(lb.ID)
		}
	}
	var profiles struct{ Flavorprofiles []struct{ ID, Name string } }
	_, text = r.do("admin", "GET", "v2/lbaas/flavorprofiles", "")
	_ = json.Unmarshal([]byte(text), &profiles)
	for _, p := range profiles.Flavorprofiles {
		if p.Name == "" || strings.HasPrefix(p.Name, "conf") {
			r.do("admin", "DELETE", "v2/lbaas/flavorprofiles/"+p.ID, "")
		}
	}
}
