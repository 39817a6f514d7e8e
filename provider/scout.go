// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
)

// scout asks a cloud questions that change nothing.
type scout struct {
	client   *gophercloud.ServiceClient
	root     string // unversioned, ends in "/"
	answered bool   // some question got a usable answer
	firstOp  string // the first that did not, for the error if none did
	firstErr error
}

// errUnreadable is about a server that answers what no Octavia does.
var errUnreadable = errors.New("the answer is not Octavia's: it lists neither versions nor providers")

// answer is what came back, whatever its status.
type answer struct {
	status int
	kind   string // media type
	body   []byte
}

// maxAnswer bounds what is read of one answer; the version list has a few kB.
const maxAnswer = 1 << 20

// rootURL is where the API lists its versions. Catalogs hold the endpoint with
// or without a path (/load-balancer) and with or without a version (/v2.0, /v2);
// gophercloud keeps the former in Endpoint and appends its own in ResourceBase.
func rootURL(client *gophercloud.ServiceClient) string {
	base := client.Endpoint
	if base == "" {
		base = client.ResourceBase
	}
	base = regexp.MustCompile(`(/v2(\.0)?)+/*$`).ReplaceAllString(base, "/")
	return strings.TrimRight(base, "/") + "/"
}

// get reads path under the root. The error is of the kind that ends detection:
// an ended context, refused credentials, a cloud that is busy or away just now.
func (s *scout) get(ctx context.Context, path string, header map[string]string) (*answer, error) {
	op := "GET /" + path
	resp, err := s.client.Get(ctx, s.root+path, nil, &gophercloud.RequestOpts{
		MoreHeaders:      header,
		OkCodes:          []int{http.StatusOK, http.StatusMultipleChoices, http.StatusNotAcceptable},
		KeepResponseBody: true,
	})
	var refused gophercloud.ErrUnexpectedResponseCode
	switch {
	case err == nil:
		defer resp.Body.Close()
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return nil, s.failed(op, err)
		}
		kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
		return &answer{status: resp.StatusCode, kind: kind, body: body}, nil
	case errors.As(err, &refused) && refused.Actual != http.StatusUnauthorized && !passing(refused.Actual):
		s.remember(op, err)
		return &answer{status: refused.Actual, body: refused.Body}, nil
	default:
		return nil, s.failed(op, err)
	}
}

// passing reports a status that says nothing about the cloud, only about now: too many
// requests, a proxy without its service.
func passing(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

func (s *scout) remember(op string, err error) {
	if s.firstErr == nil {
		s.firstOp, s.firstErr = op, err
	}
}

// failed is a question without an answer. It ends the detection: a cloud that does
// not answer now may well tell tomorrow, and what would be assumed in its place might
// be kept for long. A refusal is an answer.
func (s *scout) failed(op string, err error) error { return &DetectError{Op: op, Err: err} }

// versions reads the API's version list into c.
func (s *scout) versions(ctx context.Context, c *Cloud) error {
	a, err := s.get(ctx, "", map[string]string{"Accept": "application/json"})
	if err != nil {
		return err
	}
	var doc struct {
		Versions []struct {
			ID string `json:"id"`
		} `json:"versions"`
	}
	if readable := json.Unmarshal(a.body, &doc) == nil; !readable || a.status >= http.StatusBadRequest {
		c.assume("the root of the API answers %d and lists no versions", a.status)
		return nil
	}
	for _, v := range doc.Versions {
		c.minor = max(c.minor, minorOf(v.ID))
	}
	if c.minor < 0 {
		c.assume("the root of the API lists no version of v2")
		return nil
	}
	s.answered = true
	if c.minor > newest.APIMinor() {
		c.assume("API v2.%d is newer than the matrix, which ends at %s", c.minor, newest)
	}
	return nil
}

// minorOf reads "v2.26" as 26 and "v2" as 0; -1 for anything else, as "v1".
func minorOf(id string) int {
	m := regexp.MustCompile(`^v2(?:\.(\d{1,4}))?$`).FindStringSubmatch(strings.ToLower(id))
	switch {
	case m == nil:
		return -1
	case m[1] == "":
		return 0
	default:
		n, _ := strconv.Atoi(m[1]) // digits only, and few
		return n
	}
}

// providers reads which drivers are enabled into c, or takes the operator's word.
func (s *scout) providers(ctx context.Context, c *Cloud, told []Name) error {
	if told != nil {
		ps := make([]Listed, len(told))
		for i, n := range told {
			ps[i] = Listed{Name: n}
		}
		c.list(ps)
		c.know("enabled are %s, as told", joinNames(c.known))
		return nil
	}
	a, err := s.get(ctx, "v2.0/lbaas/providers", nil)
	if err != nil {
		return err
	}
	var doc struct {
		Providers []struct {
			Name        Name   `json:"name"`
			Description string `json:"description"`
		} `json:"providers"`
	}
	switch {
	case a.status == http.StatusOK && json.Unmarshal(a.body, &doc) == nil && doc.Providers != nil:
		s.answered = true
		c.listed = []Listed{}
		for _, p := range doc.Providers {
			c.listed = append(c.listed, Listed{Name: p.Name, Description: p.Description})
		}
		slices.SortFunc(c.listed, func(a, b Listed) int { return cmp.Compare(a.Name, b.Name) })
		c.list(c.listed)
		c.know("enabled are %s%s", joinNames(c.known), c.aliases())
	case a.status == http.StatusNotFound && c.minor == 0:
		c.list([]Listed{{Name: "octavia"}})
		c.know("an API v2.0 without a list of providers is Queens, which has amphora alone")
	case a.status == http.StatusForbidden:
		c.assume("the enabled providers are not told to this user (403)")
	default:
		c.assume("the enabled providers are not told: the list answers %d (before 18.0.0 a driver that does not load can break it)", a.status)
	}
	return nil
}

// aliases says which listed names stand for another, or "".
func (c *Cloud) aliases() string {
	var as []string
	for _, p := range c.listed {
		if p.Name != p.Name.Canonical() {
			as = append(as, fmt.Sprintf("%s is %s", p.Name, p.Name.Canonical()))
		}
	}
	if len(as) == 0 {
		return ""
	}
	return " (" + strings.Join(as, ", ") + ")"
}

// escape makes a listed name fit for a path.
func escape(n Name) string { return url.PathEscape(string(n)) }
