// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// inSpec names the field of the Spec where a service has refused text that its database cannot
// store, in the place of the one of the call.
func (p *Plan) inSpec(err error) error {
	f := fault.Of(err)
	field, ok := errors.AsType[*FieldError](err)
	if !ok || p.want == nil || f.Kind != fault.Invalid {
		return err
	}
	for path, text := range p.want.texts() {
		if octavia.Beyond(text) != 0 && octavia.Unstorable(f, field.Path, text).Text == f.Text {
			return octavia.Unstorable(f, path, text)
		}
	}
	return err
}

// texts yields what a Spec says in words of its own, with the path of each.
func (s Spec) texts() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		t := &wording{yield: yield}
		t.say("name", s.Name, s.Description, s.Tags)
		for i, p := range s.Pools {
			path := at("pools", p.Name, i) + "."
			t.say(path+"name", p.Name, p.Description, p.Tags)
			for j, m := range p.Members {
				t.say(fmt.Sprintf("%smembers[%d].name", path, j), m.Name, nil, m.Tags)
			}
			if p.Monitor != nil {
				t.say(path+"monitor.name", p.Monitor.Name, nil, p.Monitor.Tags)
				t.one(path+"monitor.urlPath", p.Monitor.URLPath)
			}
		}
		for i, l := range s.Listeners {
			t.listener(at("listeners", l.Name, i)+".", l)
		}
		if s.FloatingIP != nil {
			t.one("floatingIP.description", s.FloatingIP.Description)
		}
	}
}

// wording hands out texts until nobody wants more.
type wording struct {
	yield func(path, text string) bool
	done  bool
}

func (t *wording) one(path, text string) { t.done = t.done || text != "" && !t.yield(path, text) }

// say hands out what an object is called and described by.
func (t *wording) say(namePath, name string, description *string, tags []string) {
	t.one(namePath, name)
	prefix := namePath[:len(namePath)-len("name")]
	if description != nil {
		t.one(prefix+"description", *description)
	}
	for i, tag := range tags {
		t.one(fmt.Sprintf("%stags[%d]", prefix, i), tag)
	}
}

func (t *wording) listener(path string, l Listener) {
	t.say(path+"name", l.Name, l.Description, l.Tags)
	for _, h := range slices.Sorted(maps.Keys(l.InsertHeaders)) {
		t.one(fmt.Sprintf("%sinsertHeaders[%q]", path, h), l.InsertHeaders[h])
	}
	for i, p := range l.Policies {
		where := path + at("policies", p.Name, i) + "."
		t.say(where+"name", p.Name, p.Description, p.Tags)
		t.one(where+"redirectURL", p.RedirectURL)
		t.one(where+"redirectPrefix", p.RedirectPrefix)
		for j, r := range p.Rules {
			t.one(fmt.Sprintf("%srules[%d].value", where, j), r.Value)
			for k, tag := range r.Tags {
				t.one(fmt.Sprintf("%srules[%d].tags[%d]", where, j, k), tag)
			}
		}
	}
}
