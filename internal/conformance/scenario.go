// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Scenario is a file of steps that share variables, in order.
type Scenario struct {
	Name  string
	Steps []Step
}

// Step is one line of a scenario:
//
//	== title                     a section; it begins as user demo
//	as observer                  whose token follows: demo demo2 admin observer norole nobody forged
//	POST lbaas/pools             a request, below /v2, or from the root of the service with a leading /
//	  {"pool": {"name": "x"}}    … its body, verbatim but for $variables ($$ is a dollar)
//	  : Accept text/html         … with a header; without a value, without that header
//	  > pool pool.id             … captures a field of the answer as $pool
//	NEUTRON POST ports           the same to Neutron; it prepares, and is not compared
//	NETWORK GET ports            the same, compared
//	IDENTITY POST auth/tokens    the same to Keystone, below /v3 or with a leading /, compared
//	settling $lb                 until the next section, settle after each accepted mutation
//	settle $lb                   waits until the load balancer and what is below it is not PENDING
//	gone $lb                     waits until the load balancer is not there
//	pause 10s                    waits: for what a provider does after it has said that it is done
type Step struct {
	Line     int
	Section  string
	As       string
	Verb     string // "GET", …, "settle", "gone", "pause"
	Service  string // "", "NEUTRON", "NETWORK", "IDENTITY"
	Path     string
	Body     string
	Headers  []Header
	Captures []Capture
	Settling string // the load balancer to settle if this is accepted
}

// Capture binds a variable to a field of an answer, by its path: "pool.members.0.id".
type Capture struct{ Name, Field string }

// Header is one that a request has instead of the usual ones, or lacks.
type Header struct{ Name, Value string }

// Request is the step as a line, the key that recordings go by.
func (s Step) Request() string { return strings.TrimSpace(s.Service + " " + s.Verb + " " + s.Path) }

// compared reports whether the answer belongs to the recording.
func (s Step) compared() bool { return s.Service != "NEUTRON" && strings.ToUpper(s.Verb) == s.Verb }

// Count is the number of compared steps.
func (s *Scenario) Count() int {
	n := 0
	for _, step := range s.Steps {
		if step.compared() {
			n++
		}
	}
	return n
}

var request = regexp.MustCompile(`^(?:(NEUTRON|NETWORK|IDENTITY) )?(GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS) (\S+)$`)

// Parse reads a scenario.
func Parse(name, text string) (*Scenario, error) {
	p := parser{scenario: &Scenario{Name: name}, as: "demo"}
	for i, line := range strings.Split(text, "\n") {
		if err := p.line(i+1, strings.TrimRight(line, " ")); err != nil {
			return nil, fmt.Errorf("%s.scn:%d: %w", name, i+1, err)
		}
	}
	return p.scenario, nil
}

type parser struct {
	scenario    *Scenario
	section, as string
	settling    string
}

func (p *parser) line(n int, line string) error {
	switch word, rest, _ := strings.Cut(line, " "); {
	case line == "", strings.HasPrefix(line, "#"):
	case word == "==":
		p.section, p.as, p.settling = rest, "demo", ""
	case word == "as":
		p.as = rest
	case word == "settling":
		p.settling = rest
	case strings.HasPrefix(line, "  "):
		return p.detail(strings.TrimSpace(line))
	case word == "pause":
		if _, err := time.ParseDuration(rest); err != nil {
			return fmt.Errorf("%q: want pause DURATION: %w", line, err)
		}
		fallthrough
	case word == "settle", word == "gone":
		p.add(Step{Line: n, Verb: word, Path: rest})
	default:
		m := request.FindStringSubmatch(line)
		if m == nil {
			return fmt.Errorf("%q is no step: want ==, as, settle, gone, pause, or METHOD path", line)
		}
		p.add(Step{Line: n, Service: m[1], Verb: m[2], Path: m[3]})
	}
	return nil
}

func (p *parser) add(s Step) {
	s.Section, s.As, s.Settling = p.section, p.as, p.settling
	p.scenario.Steps = append(p.scenario.Steps, s)
}

// detail is an indented line: a capture, a header or a part of the body.
func (p *parser) detail(line string) error {
	if len(p.scenario.Steps) == 0 {
		return fmt.Errorf("%q belongs to no step", line)
	}
	s := &p.scenario.Steps[len(p.scenario.Steps)-1]
	if header, ok := strings.CutPrefix(line, ": "); ok {
		name, value, _ := strings.Cut(header, " ")
		s.Headers = append(s.Headers, Header{name, value})
		return nil
	}
	capture, ok := strings.CutPrefix(line, "> ")
	if !ok {
		s.Body += line
		return nil
	}
	words := strings.Fields(capture)
	if len(words) != 2 {
		return fmt.Errorf("%q: want > variable path.to.field", line)
	}
	s.Captures = append(s.Captures, Capture{words[0], words[1]})
	return nil
}
