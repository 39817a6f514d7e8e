// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func answer(status int, body string, header ...string) error {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return gophercloud.ErrUnexpectedResponseCode{
		URL: "http://cloud.example:9876/v2.0/lbaas/listeners?fields=id", Method: "POST",
		Actual: status, Body: []byte(body), ResponseHeader: h,
	}
}

func octavia(sentence string) string {
	return fmt.Sprintf(`{"faultcode": "Client", "faultstring": %q, "debuginfo": null}`, sentence)
}

func neutron(class, sentence string) string {
	return fmt.Sprintf(`{"NeutronError": {"type": %q, "message": %q, "detail": ""}}`, class, sentence)
}

// The bodies are what Zed (11.0.0) and 2025.1 (16.0.0) answered, or what their code says.
func TestAnswersByWords(t *testing.T) {
	const id = "3ef3afde-e183-4f60-ac9b-1966378dc06e"
	for _, c := range []struct {
		status int
		body   string
		want   fault.Kind
	}{
		// Locks: four sentences, one meaning.
		{409, octavia("Invalid state PENDING_CREATE of loadbalancer resource " + id), fault.Locked},
		{409, octavia("Load Balancer " + id + " is immutable and cannot be updated."), fault.Locked},
		{409, octavia("Pool " + id + " is immutable and cannot be updated."), fault.Locked},
		{409, octavia("L7Policy " + id + " is immutable and cannot be updated."), fault.Locked},
		{409, octavia("amphora " + id + " is immutable and cannot be updated."), fault.InUse},
		// Slots that are taken.
		{409, octavia("Another member on this pool is already using ip 10.11.1.1 on protocol_port 8080"), fault.Duplicate},
		{409, octavia("Another Listener on this Load Balancer is already using protocol HTTP and protocol_port 80"), fault.Duplicate},
		{409, octavia("This pool already has a health monitor"), fault.Duplicate},
		{409, octavia("This listener already has a default pool"), fault.Duplicate},
		{409, octavia("Already an entity with that specified id."), fault.Duplicate},
		// Objects in use.
		{409, octavia("Pool " + id + " is in use by L7 policy 2492dbe2-6e57-448c-822e-fa6d1f316286"), fault.InUse},
		{409, octavia("Flavor " + id + " is in use and cannot be modified."), fault.InUse},
		{409, octavia("The VIP IP address is already in use: IP address 10.0.0.9 already allocated in subnet x"), fault.InUse},
		{409, octavia("Too many rules on L7 policy " + id), fault.Invalid},
		{409, octavia("something new"), fault.Other},
		// Quota and policy share a status.
		{403, octavia("Quota has been met for resources: Load Balancer"), fault.Quota},
		{403, octavia("Policy does not allow this request to be performed."), fault.Forbidden},
		{401, `{"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}}`, fault.Unauthorized},
		// Not there: in two envelopes, and in disguise.
		{404, octavia("Load Balancer " + id + " not found."), fault.NotFound},
		{404, `{"code": 404, "title": "Bad Request", "description": "Pool ` + id + ` not found."}`, fault.NotFound},
		{404, `{"code": 404, "title": "Not Found", "description": ""}`, fault.NotFound},
		{400, octavia("Subnet " + id + " not found."), fault.Invalid},
		{400, `{"code": 400, "title": "Bad Request", "description": "Supplied pagination limit 'abc' is not valid."}`, fault.Invalid},
		{400, octavia("Unknown attribute for argument load_balancer.loadbalancer: frobnicate"), fault.Invalid},
		{405, `{"code": 405, "title": "Method Not Allowed", "description": ""}`, fault.Invalid},
		{413, "413 Request Entity Too Large\n\nRequest is too large. Larger than max_request_body_size (114688).", fault.Invalid},
		{415, octavia("Unknown mimetype: text/plain"), fault.Invalid},
		// Providers.
		{501, octavia("Provider 'ovn' does not support a requested option: OVN provider does not support HTTP protocol"), fault.Unsupported},
		{501, octavia("Provider 'ovn' was not found."), fault.Unsupported},
		{500, octavia("Provider 'amphora' reports error: IP address 192.0.2.9 is not a valid IP for the specified subnet.\nNeutron server returns request_ids: ['req-7a6b']"), fault.Broken},
		{500, octavia("Provider 'amphora' reports error: ConflictException: 409"), fault.Broken},
		{500, octavia("Provider 'ovn' reports error: (1020, \"Record has changed since last read in table 'pool'; try restarting transaction\")"), fault.Transient},
		{500, octavia("Provider 'amphora' reports error: No more IP addresses available on network n."), fault.Exhausted},
		{500, octavia("Provider 'amphora' reports error: Quota exceeded for resources: ['port'].\nNeutron server returns request_ids: ['req-1']"), fault.Quota},
		{400, octavia("Validation failure: Subnet(s) in the supplied network do not contain enough available IPs."), fault.Exhausted},
		{500, octavia("'UnsetType' object has no attribute 'project_id'"), fault.Transient},
		{503, octavia("Project busy.  Unable to lock the project.  Please try again."), fault.Transient},
		{502, "<html><head><title>502 Bad Gateway</title></head></html>", fault.Transient},
		{504, "", fault.Transient},
		{429, "", fault.Throttled},
		// Neutron.
		{409, neutron("IpAddressGenerationFailure", "No more IP addresses available on network n."), fault.Exhausted},
		{400, neutron("ExternalIpAddressExhausted", "Unable to find any IP address on external network n."), fault.Exhausted},
		{409, neutron("OverQuota", "Quota exceeded for resources: ['floatingip']."), fault.Quota},
		{409, neutron("FloatingIPPortAlreadyAssociated", "Cannot associate floating IP 1.2.3.4"), fault.InUse},
		{409, neutron("IpAddressInUse", "Unable to complete operation"), fault.InUse},
		{404, neutron("FloatingIPNotFound", "Floating IP x could not be found"), fault.NotFound},
		{400, neutron("BadRequest", "Bad floatingip request: Network n is not a valid external network."), fault.Invalid},
		{302, "", fault.Other},
	} {
		err := answer(c.status, c.body)
		got := fault.Of(err)
		assert.Equal(t, c.want, got.Kind, "%d %s", c.status, c.body)
		assert.True(t, fault.Is(err, c.want))
		assert.Equal(t, "POST /v2.0/lbaas/listeners", got.Op)
		assert.Equal(t, c.status, got.Status)
		assert.True(t, gophercloud.ResponseCodeIs(got, c.status), "must unwrap to gophercloud's error")
		assert.NotContains(t, got.Error(), "\n")
		assert.NotContains(t, got.Error(), "fields=id")
		assert.NotContains(t, got.Error(), "cloud.example")
	}
}

func TestQuotaNamesTheResource(t *testing.T) {
	for want, err := range map[string]error{
		"Load Balancer":        answer(403, octavia("Quota has been met for resources: Load Balancer")),
		"floatingip":           answer(409, neutron("OverQuota", "Quota exceeded for resources: ['floatingip'].")),
		"port, security_group": answer(409, neutron("OverQuota", "Quota exceeded for resources: ['port', 'security_group'].")),
		"port":                 answer(500, octavia("Provider 'amphora' reports error: Quota exceeded for resources: ['port'].\nNeutron server returns request_ids: ['req-1']")),
	} {
		assert.Equal(t, want, fault.Of(err).Resource)
	}
	assert.EqualError(t, fault.Of(answer(403, octavia("Quota has been met for resources: Pool"))),
		"POST /v2.0/lbaas/listeners: 403 quota (Pool): Quota has been met for resources: Pool")
}

func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		status int
		header []string
		want   time.Duration
		kind   fault.Kind
	}{
		{429, []string{"Retry-After", "7"}, 7 * time.Second, fault.Throttled},
		{503, []string{"Retry-After", "120"}, 2 * time.Minute, fault.Throttled},
		{413, []string{"Retry-After", "3"}, 3 * time.Second, fault.Throttled},
		{503, []string{"Retry-After", "soon"}, 0, fault.Transient},
		{429, []string{"Retry-After", "-5"}, 0, fault.Throttled},
		{429, []string{"Retry-After", "4000000000"}, 24 * time.Hour, fault.Throttled},
		{
			429,
			[]string{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT", "Date", "Sun, 06 Nov 1994 08:49:07 GMT"},
			30 * time.Second, fault.Throttled,
		},
		{429, []string{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}, 0, fault.Throttled},
	} {
		got := fault.Of(answer(c.status, "", c.header...))
		assert.Equal(t, c.want, got.After, "%v", c.header)
		assert.Equal(t, c.kind, got.Kind, "%v", c.header)
	}
}

type timeout struct{}

func (timeout) Error() string   { return "i/o timeout" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }
func (timeout) Is(target error) bool {
	return target == context.DeadlineExceeded
}

func TestNoAnswer(t *testing.T) {
	const secret = "http://cloud.example/v2.0/lbaas/pools?token=hush"
	wrap := func(err error) error { return &url.Error{Op: "Put", URL: secret, Err: err} }
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	for _, c := range []struct {
		err  error
		want fault.Kind
	}{
		{wrap(io.EOF), fault.Lost},
		{wrap(errors.New("connection reset by peer")), fault.Lost},
		{wrap(&net.OpError{Op: "read", Err: errors.New("reset")}), fault.Lost},
		{wrap(timeout{}), fault.Lost}, // says it is DeadlineExceeded, but no context of ours ended
		{wrap(dial), fault.Transient}, // nothing was sent
		{wrap(&net.DNSError{Err: "no such host", Name: "x"}), fault.Transient},
		{wrap(context.Canceled), fault.Canceled},
		{wrap(context.DeadlineExceeded), fault.Canceled},
		{fmt.Errorf("reading: %w", io.ErrUnexpectedEOF), fault.Lost},
		{errors.Join(errors.New("x"), context.Canceled), fault.Canceled},
		{errors.New("boom"), fault.Other},
	} {
		got := fault.Of(c.err)
		assert.Equal(t, c.want, got.Kind, "%v", c.err)
		assert.ErrorIs(t, got, c.err)
		assert.Zero(t, got.Status)
		assert.NotContains(t, got.Error(), "hush")
		assert.Equal(t, c.want == fault.Lost || c.want == fault.Canceled, got.Unknown(), "%v", c.err)
	}
	assert.Equal(t, "PUT /v2.0/lbaas/pools", fault.Of(wrap(io.EOF)).Op)
}

func TestUnknownOutcome(t *testing.T) {
	assert.True(t, fault.Of(answer(504, "")).Unknown())
	assert.True(t, fault.Of(answer(502, "<html>")).Unknown())
	assert.True(t, fault.Of(answer(500, "<html><title>oops</title>")).Unknown(), "a proxy's page")
	assert.False(t, fault.Of(answer(500, octavia("Something unknown went wrong"))).Unknown(), "Octavia rolls back")
	assert.False(t, fault.Of(answer(503, octavia("Project busy."))).Unknown())
	assert.False(t, fault.Of(answer(409, octavia("Pool x is immutable and cannot be updated."))).Unknown())
}

func TestNoSuchPathIsNotGone(t *testing.T) {
	assert.True(t, fault.Of(answer(404, `{"code": 404, "title": "Not Found", "description": null}`)).NoSuchPath())
	assert.True(t, fault.Of(answer(404, "<html><title>404 Not Found</title>")).NoSuchPath())
	assert.False(t, fault.Of(answer(404, octavia("Load Balancer x not found."))).NoSuchPath())
	assert.False(t, fault.Of(answer(404, `{"code": 404, "title": "Bad Request", "description": "Pool x not found."}`)).NoSuchPath())
	assert.False(t, fault.Of(answer(404, "")).NoSuchPath())
}

func TestLocker(t *testing.T) {
	for text, want := range map[string][2]string{
		"Pool abc is immutable and cannot be updated.":          {"pools", "abc"},
		"L7Policy abc is immutable and cannot be updated.":      {"l7policies", "abc"},
		"Load Balancer abc is immutable and cannot be updated.": {"", ""},
		"Invalid state PENDING_UPDATE of loadbalancer resource": {"", ""},
	} {
		c, id := fault.Of(answer(409, octavia(text))).Locker()
		assert.Equal(t, want, [2]string{c, id}, text)
	}
}

func TestReauthentication(t *testing.T) {
	refused := answer(401, `{"error": {"message": "no"}}`)
	for _, c := range []struct {
		why  error
		want fault.Kind
	}{
		{answer(401, `{"error": {"message": "wrong password"}}`), fault.Unauthorized},
		{answer(503, ""), fault.Transient},
		{answer(429, "", "Retry-After", "9"), fault.Throttled},
		{&url.Error{Op: "Post", URL: "http://k", Err: io.EOF}, fault.Transient},
		{context.Canceled, fault.Canceled},
		{nil, fault.Unauthorized},
	} {
		got := fault.Of(&gophercloud.ErrUnableToReauthenticate{ErrOriginal: refused, ErrReauth: c.why})
		assert.Equal(t, c.want, got.Kind, "%v", c.why)
	}
	after := &gophercloud.ErrErrorAfterReauthentication{ErrOriginal: answer(409, octavia("Pool x is immutable and cannot be updated."))}
	assert.True(t, fault.Is(after, fault.Locked))
	after = &gophercloud.ErrErrorAfterReauthentication{ErrOriginal: answer(401, "")}
	assert.True(t, fault.Is(after, fault.Transient), "the new token had expired as well")
	assert.False(t, fault.Of(after).Unknown(), "nothing was changed")
}

func TestNilAndNested(t *testing.T) {
	assert.Nil(t, fault.Of(nil))
	assert.True(t, fault.Is(nil, fault.None))
	assert.False(t, fault.Is(nil, fault.Other))
	inner := fault.Of(answer(404, ""))
	assert.Same(t, inner, fault.Of(fmt.Errorf("reading the pool: %w", inner)))
	p := &gophercloud.ErrUnexpectedResponseCode{Actual: 403}
	assert.True(t, fault.Is(p, fault.Forbidden), "by pointer, too")
}

func TestTokensAreHidden(t *testing.T) {
	token := "gAAAAAB" + strings.Repeat("aZ9_-", 30) + "=="
	got := fault.Of(answer(500, octavia("token "+token+" is odd, '"+token+"' too")))
	assert.NotContains(t, got.Error(), "aZ9_")
	assert.Contains(t, got.Error(), "token [token] is odd, '[token]' too")
}

func FuzzOf(f *testing.F) {
	f.Add(409, octavia("Pool x is immutable and cannot be updated."), "7")
	f.Add(404, `{"code":404,"title":"Bad Request","description":"x"}`, "")
	f.Add(500, `{"NeutronError":"text"}`, "Sun, 06 Nov 1994 08:49:37 GMT")
	f.Add(400, `{"error":[1,{"a":null}],"faultstring":7}`, "-1")
	f.Add(502, "<TITLE>\xff</title>", "1e9")
	f.Add(200, "</title><title>", "gAAAAAgAAAAA")
	f.Fuzz(func(t *testing.T, status int, body, after string) {
		got := fault.Of(answer(status, body, "Retry-After", after))
		require.NotNil(t, got)
		require.NotEmpty(t, got.Kind)
		require.GreaterOrEqual(t, got.After, time.Duration(0))
		require.LessOrEqual(t, len([]rune(got.Error())), 1200)
		require.NotContains(t, got.Error(), "\n")
		got.Locker()
	})
}
