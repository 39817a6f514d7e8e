// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
)

func classify(err error) *Error {
	e := &Error{Kind: Other, Text: tidy(err.Error()), Err: err}
	var code gophercloud.ErrUnexpectedResponseCode
	var reauth *gophercloud.ErrUnableToReauthenticate
	switch {
	case errors.As(err, &reauth):
		e.reauth(reauth)
	case asCode(err, &code):
		e.answer(code)
		e.onceMore(err)
	default:
		e.silence(err)
	}
	return e
}

// onceMore judges a 401 to a token that Keystone had only just given: that one has
// expired or been revoked as well, or Octavia's cache has yet to learn of it. Nothing was
// changed, and the next request gets another token.
func (e *Error) onceMore(err error) {
	var after *gophercloud.ErrErrorAfterReauthentication
	if e.Kind == Unauthorized && errors.As(err, &after) {
		e.Kind = Transient
	}
}

// asCode finds gophercloud's error as a value or as a pointer: it has made both.
func asCode(err error, code *gophercloud.ErrUnexpectedResponseCode) bool {
	if errors.As(err, code) {
		return true
	}
	var p *gophercloud.ErrUnexpectedResponseCode
	if errors.As(err, &p) && p != nil {
		*code = *p
		return true
	}
	return false
}

// reauth classifies a 401 that gophercloud could not cure. The request itself was
// refused, so nothing was changed, whatever went wrong with Keystone.
func (e *Error) reauth(err *gophercloud.ErrUnableToReauthenticate) {
	e.Kind = Unauthorized
	var code gophercloud.ErrUnexpectedResponseCode
	if asCode(err.ErrOriginal, &code) {
		e.Op, e.Status = op(code.Method, code.URL), code.Actual
	}
	if err.ErrReauth == nil {
		return
	}
	why := Of(err.ErrReauth)
	e.Text, e.After = "cannot get a new token: "+why.Error(), why.After
	switch why.Kind {
	case Lost, Transient:
		e.Kind = Transient
		e.Status = 0 // not the service's refusal, Keystone's absence
	case Throttled, Canceled:
		e.Kind = why.Kind
	default:
	}
}

// silence classifies the absence of an answer.
func (e *Error) silence(err error) {
	var ue *url.Error
	if errors.As(err, &ue) {
		e.Op = op(ue.Op, ue.URL)
		e.Text = tidy(ue.Err.Error()) // url.Error's own text has the query in it
	}
	var nerr net.Error
	var operr *net.OpError
	var dns *net.DNSError
	switch {
	case contextEnded(err):
		e.Kind = Canceled
	case certificate(err):
		e.Kind = Other // asking again would not mend it
	case errors.As(err, &dns), errors.As(err, &operr) && operr.Op == "dial":
		e.Kind = Transient // nothing was sent
	case ue != nil, errors.As(err, &nerr), unreadable(err):
		e.Kind = Lost
	}
}

// contextEnded looks for the context's errors by identity: net/http's own time-outs
// claim to be DeadlineExceeded too, although no context of the caller ended.
func contextEnded(err error) bool {
	if err == nil {
		return false
	}
	//nolint:errorlint // identity is meant, see above
	if err == context.Canceled || err == context.DeadlineExceeded {
		return true
	}
	switch u := err.(type) { //nolint:errorlint // walks the tree itself
	case interface{ Unwrap() error }:
		return contextEnded(u.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range u.Unwrap() {
			if contextEnded(inner) {
				return true
			}
		}
	}
	return false
}

func certificate(err error) bool {
	var verify *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &verify) || errors.As(err, &authority) || errors.As(err, &host)
}

// answer classifies an HTTP answer.
func (e *Error) answer(code gophercloud.ErrUnexpectedResponseCode) {
	body := parse(code.Body)
	e.Op, e.Status = op(code.Method, code.URL), code.Actual
	e.Text, e.Type = body.text, body.class
	e.After = retryAfter(code.ResponseHeader)
	e.foreign = body.foreign
	if e.Text == "" {
		e.Text = http.StatusText(code.Actual)
	}
	e.Kind, e.Resource = meaning(code.Actual, body, e.After > 0)
}

func meaning(status int, b body, retryAfter bool) (Kind, string) {
	if k, resource := byWords(status, b); k != None {
		return k, resource
	}
	switch {
	case status == http.StatusTooManyRequests,
		retryAfter && (status == http.StatusServiceUnavailable || status == http.StatusRequestEntityTooLarge):
		return Throttled, ""
	case status == http.StatusUnauthorized:
		return Unauthorized, ""
	case status == http.StatusForbidden:
		return Forbidden, ""
	case status == http.StatusNotFound, status == http.StatusGone:
		return NotFound, ""
	case status == http.StatusRequestTimeout:
		return Transient, ""
	case status == http.StatusConflict:
		return conflict(b), ""
	case status == http.StatusPreconditionFailed:
		return Other, ""
	case status >= 400 && status < 500:
		return Invalid, ""
	case status == http.StatusNotImplemented:
		return Unsupported, ""
	case status >= 500:
		return Transient, ""
	default:
		return Other, ""
	}
}

// byWords recognises meanings that come under several status codes.
// Octavia's driver wraps Neutron's refusals in a 500.
func byWords(status int, b body) (Kind, string) {
	if _, r, ok := strings.Cut(b.text, "Quota has been met for resources: "); ok && status == http.StatusForbidden {
		return Quota, r
	}
	if _, r, ok := strings.Cut(b.text, "Quota exceeded for resources: ["); ok || b.class == "OverQuota" {
		r, _, _ = strings.Cut(r, "]")
		return Quota, strings.ReplaceAll(r, "'", "")
	}
	switch {
	case b.class == "IpAddressGenerationFailure", b.class == "ExternalIpAddressExhausted",
		strings.Contains(b.text, "No more IP addresses available"),
		strings.Contains(b.text, "do not contain enough available IPs"),
		strings.Contains(b.text, "Unable to find any IP address on external network"):
		return Exhausted, ""
	case status == http.StatusInternalServerError && strings.Contains(b.text, overtaken):
		return Transient, "" // MariaDB from 11.6 on, under concurrency: the transaction was rolled back
	case status == http.StatusInternalServerError && strings.HasPrefix(b.text, "Provider '") &&
		strings.Contains(b.text, "' reports error"):
		return Broken, ""
	}
	return None, ""
}

func conflict(b body) Kind {
	has := func(s string) bool { return strings.Contains(b.text, s) }
	switch {
	case strings.HasPrefix(b.text, "amphora "): // "amphora X is immutable": not in ERROR, so not deletable; waiting is no cure
		return InUse
	case has("is immutable and cannot be updated"), has("Invalid state ") && has(" of loadbalancer resource"):
		return Locked
	case has("Another member on this pool"), has("Another Listener on this Load Balancer"),
		has("already has a health monitor"), has("already has a default pool"),
		has("Already an entity with that specified id"):
		return Duplicate
	case has("Too many rules on L7 policy"):
		return Invalid
	case has("in use"), b.class != "": // Neutron's conflicts
		return InUse
	case has("already exists"):
		return Duplicate
	default:
		return Other
	}
}

// Locker returns the ID of the pool or L7 policy that a lock refusal names, and its
// collection ("pools", "l7policies"); "" when the load balancer itself is meant.
// Such an object may be missing from the status tree (a pool without a listener).
func (e *Error) Locker() (collection, id string) {
	if e.Kind != Locked {
		return "", ""
	}
	id, ok := strings.CutSuffix(strings.TrimSuffix(e.Text, "."), " is immutable and cannot be updated")
	if !ok {
		return "", ""
	}
	if id, ok := strings.CutPrefix(id, "Pool "); ok {
		return "pools", id
	}
	if id, ok := strings.CutPrefix(id, "L7Policy "); ok {
		return "l7policies", id
	}
	return "", ""
}

// op is method and path: no host, no query, no credentials.
func op(method, raw string) string {
	method = strings.ToUpper(method)
	u, err := url.Parse(raw)
	if err != nil {
		return method
	}
	return strings.TrimSpace(method + " " + u.EscapedPath())
}
