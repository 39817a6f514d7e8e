// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/provider"
)

// maxBody is oslo.middleware's max_request_body_size: the only limit on a batch.
const maxBody = 114688

// request is a call on its way through the Cloud.
type request struct {
	method   string
	path     string // as sent
	query    url.Values
	raw      string // the query as sent
	readable bool   // the query is text
	header   http.Header
	body     []byte
	base     string // scheme and host that the caller used
	who      identity.Identity
	known    bool // who holds a valid token
	fault    *Fault
	call     *Call

	release provider.Release
}

// response is an answer in memory. It is also the http.ResponseWriter that Keystone and
// Neutron write to.
type response struct {
	status int
	reason string
	header http.Header
	body   bytes.Buffer
}

func newResponse() *response { return &response{header: http.Header{}} }

func (r *response) Header() http.Header { return r.header }

func (r *response) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *response) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

func (r *response) json(status int, v any) {
	r.header.Set("Content-Type", "application/json")
	r.WriteHeader(status)
	r.body.Write(appendJSON(nil, v))
}

func (r *response) refuse(e *apiError) {
	for k, v := range e.header {
		r.header[k] = v
	}
	if e.env == envPlain {
		r.header.Set("Content-Type", "text/plain; charset=UTF-8")
		r.WriteHeader(e.status)
		r.body.WriteString(e.msg)
		return
	}
	r.reason = e.title
	r.json(e.status, e.body())
}

// RoundTrip serves a request in-process. A done request context fails it, as a real
// transport would; so does a fault that loses the request or its reply.
func (c *Cloud) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		defer r.Body.Close()
		var err error
		if body, err = readBody(r.Body); err != nil {
			return nil, err
		}
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	res, err := c.do(r, r.URL.Scheme+"://"+r.URL.Host, body)
	if err != nil {
		return nil, err
	}
	reason := res.reason
	if reason == "" {
		reason = http.StatusText(res.status)
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", res.status, reason), StatusCode: res.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: res.header,
		Body: io.NopCloser(&res.body), ContentLength: int64(res.body.Len()), Request: r,
	}, nil
}

// ServeHTTP serves the same region over a socket: Keystone below /identity, Neutron
// below /network, Octavia below /load-balancer.
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r.Body)
	if err != nil {
		return // the client is gone
	}
	res, err := c.do(r, "http://"+r.Host, body)
	if err != nil {
		panic(http.ErrAbortHandler) // the one way to drop a connection in net/http
	}
	for k, v := range res.header {
		w.Header()[k] = v
	}
	w.WriteHeader(res.status)
	_, _ = w.Write(res.body.Bytes()) // a client that hangs up loses its answer
}

// readBody takes no more than is needed to see that it is too much.
func readBody(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read request body: %w", err)
	}
	return bytes.Clone(body), nil // the ledger keeps it, and ReadAll leaves room to grow
}

// do serves one request; the only wait, for a fault's delay, is outside the lock.
func (c *Cloud) do(r *http.Request, base string, body []byte) (*response, error) {
	q := &request{
		method: r.Method, path: r.URL.Path, raw: r.URL.RawQuery, header: r.Header, body: body, base: base,
		release: c.release,
	}
	q.query, q.readable = parseQuery(q.raw)
	res := c.locked(q)
	if q.fault == nil {
		return res, nil
	}
	if err := wait(r.Context(), q.fault.Delay); err != nil {
		return nil, err
	}
	switch q.fault.Effect {
	case LoseSend:
		return nil, fmt.Errorf("fake: request lost by fault %q: %w", q.fault, syscall.ECONNRESET)
	case LoseReply:
		return nil, fmt.Errorf("fake: reply lost by fault %q: %w", q.fault, io.ErrUnexpectedEOF)
	default:
		return res, nil
	}
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// locked serves one request under the mutex: what is due first, then the fault, then
// the service.
func (c *Cloud) locked(q *request) *response {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	q.who, q.known = c.keystone.Identify(q.header.Get("X-Auth-Token"))
	q.fault = c.hit(q)
	q.call = c.record(q)
	res := newResponse()
	if q.fault != nil {
		if q.fault.Effect == LoseSend {
			return res
		}
		if e := q.fault.refusal(); e != nil {
			res.refuse(e)
			q.call.Status = res.status
			return res
		}
		if q.fault.Effect == ExpireToken {
			c.keystone.ExpireTokens()
			q.who, q.known = identity.Identity{}, false
		}
	}
	res.header.Set("Date", c.now().UTC().Format(http.TimeFormat))
	res.header.Set("X-Openstack-Request-Id", fmt.Sprintf("req-%08x-0000-4000-8000-000000000000", len(c.ledger.calls)))
	c.dispatch(q, res)
	if q.fault == nil || q.fault.Effect != LoseReply {
		q.call.Status = res.status
	}
	return res
}

func (c *Cloud) record(q *request) *Call {
	k := &Call{
		At: c.now(), Method: q.method, Path: q.path, Query: q.raw, User: q.who.UserName, Project: q.who.ProjectName, Body: q.body,
	}
	if strings.HasPrefix(q.path, "/identity") {
		k.Body = nil
	}
	if q.fault != nil {
		k.Fault = q.fault.String()
	}
	c.ledger.calls = append(c.ledger.calls, k)
	return k
}

func (c *Cloud) dispatch(q *request, res *response) {
	service, rest, _ := strings.Cut(strings.TrimPrefix(q.path, "/"), "/")
	switch service {
	case "identity":
		c.keystone.Serve(res, c.forward(q), "/"+rest, q.base)
	case "network":
		c.serveNetwork(q, res, "/"+rest)
	case "load-balancer":
		c.serveOctavia(q, res, rest)
	default:
		res.refuse(errPath())
	}
	if q.method == http.MethodHead {
		res.body.Reset()
	}
	if res.status == 0 {
		res.WriteHeader(http.StatusOK)
	}
}

// forward rebuilds the request for the other services.
func (c *Cloud) forward(q *request) *http.Request {
	_, host, _ := strings.Cut(q.base, "://")
	return &http.Request{
		Method: q.method, Host: host, URL: &url.URL{Path: q.path, RawQuery: q.raw}, Header: q.header,
		Body: io.NopCloser(bytes.NewReader(q.body)), ContentLength: int64(len(q.body)),
	}
}

func (c *Cloud) serveNetwork(q *request, res *response, rest string) {
	if !q.known && strings.Trim(rest, "/") != "" {
		res.refuse(errUnauthorized(q))
		return
	}
	c.neutron.Serve(res, c.forward(q), rest, q.who)
}

func errUnauthorized(q *request) *apiError {
	return &apiError{
		status: http.StatusUnauthorized, env: envMiddleware, title: "Unauthorized",
		msg:    "The request you have made requires authentication.",
		header: http.Header{"Www-Authenticate": {`Keystone uri="` + q.base + `/identity"`}},
	}
}
