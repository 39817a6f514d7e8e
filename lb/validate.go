// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/member"
)

// Validate reports every fault that needs no cloud to find, as joined
// *FieldErrors with paths such as listeners["https"].pool.
func (s Spec) Validate() error {
	s = s.normal()
	v := &validator{}
	v.name("name", s.Name)
	v.text("description", s.Description)
	v.tags("tags", s.Tags)
	v.vip(s.VIP)
	pools := map[string]Pool{}
	for i, p := range s.Pools {
		path := at("pools", p.Name, i)
		v.name(path+".name", p.Name)
		if _, twice := pools[p.Name]; twice && p.Name != "" {
			v.say(path, "there is another pool of this name; names must be unique")
		}
		pools[p.Name] = p
		v.pool(path, p)
	}
	v.listeners(s, pools)
	v.floatingIP(s)
	return errors.Join(v.errs...)
}

// validator gathers faults.
type validator struct{ errs []error }

func (v *validator) say(path, format string, args ...any) {
	v.errs = append(v.errs, &FieldError{Path: path, Problem: fmt.Sprintf(format, args...)})
}

// under adds errors of another package with their paths below path.
func (v *validator) under(path string, err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			v.under(path, e)
		}
		return
	}
	if f, ok := errors.AsType[*fault.FieldError](err); ok {
		v.errs = append(v.errs, &FieldError{Path: path + "." + f.Path, Problem: f.Problem})
		return
	}
	v.errs = append(v.errs, fmt.Errorf("%s: %w", path, err))
}

// at is the path of a list's element: by name, or by number where it has none.
func at(list, name string, i int) string {
	if name == "" {
		return fmt.Sprintf("%s[%d]", list, i)
	}
	return fmt.Sprintf("%s[%q]", list, name)
}

func oneOf[T ~string](v *validator, path string, got T, allowed ...T) {
	if slices.Contains(allowed, got) {
		return
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	v.say(path, "is %q; use one of %s", string(got), strings.Join(names, ", "))
}

func (v *validator) name(path, name string) {
	if name == "" {
		v.say(path, "is empty; objects are found by name")
	}
	v.utf8(path, name)
}

// utf8 refuses what JSON cannot carry: it would be stored as something else, and never found.
func (v *validator) utf8(path, text string) {
	if !utf8.ValidString(text) {
		v.say(path, "is %q, which is not UTF-8", text)
	}
}

func (v *validator) text(path string, s *string) {
	if s != nil {
		v.utf8(path, *s)
	}
	if s != nil && utf8.RuneCountInString(*s) > maxName {
		v.say(path, "has %d characters; at most %d are allowed", utf8.RuneCountInString(*s), maxName)
	}
}

func (v *validator) tags(path string, tags []string) {
	for i, t := range tags {
		v.utf8(fmt.Sprintf("%s[%d]", path, i), t)
		switch {
		case t == "" || utf8.RuneCountInString(t) > maxName:
			v.say(fmt.Sprintf("%s[%d]", path, i), "has %d characters; 1 to %d are allowed", utf8.RuneCountInString(t), maxName)
		case strings.Contains(t, ","):
			v.say(fmt.Sprintf("%s[%d]", path, i), "contains a comma, which Octavia's tag filters split on")
		case mark.Is(t):
			v.say(fmt.Sprintf("%s[%d]", path, i), "starts like a mark of ownership; choose another tag")
		case slices.Contains(tags[:i], t):
			v.say(fmt.Sprintf("%s[%d]", path, i), "stands twice")
		case slices.ContainsFunc(tags[:i], func(u string) bool { return mark.Same(t, u) }):
			v.say(fmt.Sprintf("%s[%d]", path, i), "is one before it but for case or spaces at the end, which the database does not tell apart")
		}
	}
}

func (v *validator) pool(path string, p Pool) {
	v.text(path+".description", p.Description)
	v.tags(path+".tags", p.Tags)
	oneOf(v, path+".protocol", p.Protocol, TCP, UDP, SCTP, HTTP, HTTPS, PROXY, PROXYV2)
	if p.Algorithm != "" {
		oneOf(v, path+".algorithm", p.Algorithm, RoundRobin, LeastConnections, SourceIP, SourceIPPort)
	}
	if p.Session != nil {
		v.session(path+".session", p.Protocol, *p.Session)
	}
	if p.TLS != nil {
		v.poolTLS(path+".tls", *p.TLS)
	}
	v.id(path+".memberSubnetID", p.MemberSubnetID)
	seen := map[member.Key]bool{}
	for i, m := range p.Members {
		where := fmt.Sprintf("%s.members[%d]", path, i)
		v.under(where, m.Validate())
		v.id(where+".subnetID", m.SubnetID)
		v.utf8(where+".name", m.Name)
		v.tags(where+".tags", m.Tags)
		if seen[m.Key()] {
			v.say(where, "%s is in the list twice; address and port identify a member", m.Key())
		}
		seen[m.Key()] = true
	}
	if p.Monitor != nil {
		v.under(path+".monitor", p.Monitor.Validate(string(p.Protocol)))
		v.tags(path+".monitor.tags", p.Monitor.Tags)
		v.utf8(path+".monitor.name", p.Monitor.Name)
	}
}
