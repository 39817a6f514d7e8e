// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2"
)

// Option changes what [Detect] asks and assumes.
type Option interface{ apply(*options) }

type option func(*options)

func (f option) apply(o *options) { f(o) }

type options struct {
	release   Release
	ovn       Release
	dflt      Name
	providers []Name
	noHints   bool
}

// WithRelease says which release Octavia is of; the operator knows. The API's own
// version is then only compared with it.
func WithRelease(r Release) Option { return option(func(o *options) { o.release = r }) }

// WithOVNDriver says which release the ovn driver is of, a package of its own
// whose version no API tells: 8.1.0 is [Epoxy]. Unless it is given, the driver is
// assumed to be of Octavia's release.
func WithOVNDriver(r Release) Option { return option(func(o *options) { o.ovn = r }) }

// WithDefaultProvider says which driver a load balancer gets that asks for none
// (api_settings.default_provider_driver), which no API tells either.
func WithDefaultProvider(n Name) Option { return option(func(o *options) { o.dflt = n.Canonical() }) }

// WithProviders says which drivers are enabled, for clouds that do not list them
// to their users. The list is then not asked for.
func WithProviders(ns ...Name) Option {
	return option(func(o *options) { o.providers = append([]Name{}, ns...) })
}

// WithoutHints leaves out the reads that try to narrow the release when several
// share one API version; one or two GETs fewer, and a wider span.
func WithoutHints() Option { return option(func(o *options) { o.noHints = true }) }

// DetectError says which question a cloud did not answer, and why.
type DetectError struct {
	Op  string // "GET /v2.0/lbaas/providers"
	Err error
}

func (e *DetectError) Error() string { return "provider: detect: " + e.Op + ": " + e.Err.Error() }

// Unwrap returns the cause, where gophercloud's own error can be found.
func (e *DetectError) Unwrap() error { return e.Err }

// Detect works out what the cloud behind an Octavia client can do, from reads
// alone: the version list of the API's root, the list of providers, and, where
// several releases share a version, details that differ between them (see
// [WithoutHints]). Two to four GETs, up to a dozen where a proxy hides the version
// list; nothing is kept, see [Detector] for that.
//
// What a cloud does not tell is assumed, towards the older release, and the
// [Cloud] says so. It is an error (a [*DetectError]) only if nothing could be
// learned at all, or if a question got no answer (lost, 401, 429, 502 to 504, an ended
// context): what would be assumed instead might be wrong for long.
func Detect(ctx context.Context, client *gophercloud.ServiceClient, opts ...Option) (Cloud, error) {
	var o options
	for _, f := range opts {
		f.apply(&o)
	}
	if err := o.check(); err != nil {
		return Cloud{}, err
	}
	if client == nil || client.ProviderClient == nil {
		return Cloud{}, &DetectError{Op: "client", Err: fmt.Errorf("nil: an authenticated load-balancer client is needed")}
	}
	s := scout{client: client, root: rootURL(client)}
	c := Cloud{minor: -1, dflt: o.dflt}
	if err := s.versions(ctx, &c); err != nil {
		return Cloud{}, err
	}
	if err := s.providers(ctx, &c, o.providers); err != nil {
		return Cloud{}, err
	}
	if !s.answered && o.release == 0 {
		s.remember("GET /", errUnreadable) // where nothing was refused either
		return Cloud{}, &DetectError{Op: s.firstOp, Err: s.firstErr}
	}
	c.date(o.release)
	if err := s.hints(ctx, &c, &o); err != nil {
		return Cloud{}, err
	}
	c.settle(o.ovn)
	return c, nil
}

// check refuses options that cannot be meant.
func (o *options) check() error {
	for _, r := range []Release{o.release, o.ovn} {
		if r != 0 && !r.Valid() {
			return &UnknownError{Kind: "release", Value: r.String(), Known: []string{Span{oldest, newest}.String()}}
		}
	}
	return nil
}

// date concludes Octavia's release from the API version, or takes the operator's
// word for it.
func (c *Cloud) date(told Release) {
	c.api = ReleasesForAPI(c.minor)
	switch {
	case told != 0 && c.minor >= 0 && !c.api.Contains(told):
		c.assume("Octavia is taken to be %s as told, although API v2.%d is that of %s", told, c.minor, c.api)
		c.api = At(told)
	case told != 0:
		c.know("Octavia is %s, as told", told)
		c.api = At(told)
	case c.minor < 0:
		c.api = Span{Floor: oldest, Ceiling: newest}
		c.assume("the API version is not known, so any release is possible until something says more")
	default:
		c.know("API v2.%d is that of %s", c.minor, c.api)
	}
}

// hints asks what else can be read, unless the operator would rather not.
func (s *scout) hints(ctx context.Context, c *Cloud, o *options) error {
	if o.noHints {
		return nil
	}
	if o.release == 0 {
		if err := s.narrow(ctx, c); err != nil {
			return err
		}
	}
	return s.loadable(ctx, c)
}

// settle draws the conclusions that need no further questions.
func (c *Cloud) settle(ovn Release) {
	if c.api.Floor != c.api.Ceiling {
		c.assume("of %s, the oldest is assumed: features must be in all, defects count if any has them", c.api)
	}
	c.driver = c.api
	switch {
	case ovn != 0:
		c.driver = At(ovn)
		c.know("the ovn driver is of %s, as told", ovn)
	case c.known == nil || c.enabled(OVN):
		c.assume("the ovn driver is of Octavia's release: no API tells its version")
	}
	if c.dflt != "" {
		c.know("the default provider is %s, as told", c.dflt)
	} else if only, ok := c.only(); ok {
		c.dflt = only
		c.know("the default provider is %s, the only one enabled", only)
	} else {
		c.assume("the default provider is not told by the API; amphora is Octavia's own default")
	}
}
