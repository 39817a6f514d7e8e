// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// mask fills variables into questions and takes what may differ out of answers.
type mask struct {
	vars   map[string]string
	uuid   *regexp.Regexp
	hexID  *regexp.Regexp
	moment *regexp.Regexp
	set    *regexp.Regexp
	url    *regexp.Regexp
	unset  *regexp.Regexp // which attribute depends on what the process has served before
	regex  *regexp.Regexp // the parser's own words
	vips   []string
}

func newMask(vars map[string]string) *mask {
	return &mask{
		vars:   vars,
		uuid:   regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`),
		hexID:  regexp.MustCompile(`\b[0-9a-f]{32}\b`),
		moment: regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?`),
		set:    regexp.MustCompile(`(should be one of: |Unknown attributes for argument [^:]*: )([^"]*)`),
		unset:  regexp.MustCompile(`'(UnsetType|NoneType)' object has no attribute '[^']*'( and no __dict__ for setting new attributes)?`),
		regex:  regexp.MustCompile(`(Unable to parse regular expression: )[^"]*`),
		url:    regexp.MustCompile(`http://[^/"]+(/load-balancer)?/v2`),
	}
}

// fill replaces $name, longest names first.
func (m *mask) fill(s string) string {
	for _, name := range m.names() {
		s = strings.ReplaceAll(s, "$"+name, m.vars[name])
	}
	return s
}

func (m *mask) names() []string {
	names := make([]string, 0, len(m.vars))
	for n := range m.vars {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return names
}

// capture remembers the id of what was created, and of a load balancer its VIP.
func (m *mask) capture(name, text string) {
	var wrapped map[string]map[string]any
	if json.Unmarshal([]byte(text), &wrapped) != nil {
		m.vars[name] = "missing-" + name
		return
	}
	for _, o := range wrapped {
		id, _ := o["id"].(string)
		if id == "" {
			id = "missing-" + name
		}
		m.vars[name] = id
		if vip, _ := o["vip_address"].(string); vip != "" {
			m.vips = append(m.vips, vip)
			m.vars[name+"port"], _ = o["vip_port_id"].(string)
		}
	}
}

// hide masks an answer and puts it into one canonical line.
func (m *mask) hide(text string, ordered bool) string {
	var v any
	if json.Unmarshal([]byte(text), &v) == nil {
		v = m.canonical(v, ordered)
		raw, _ := json.Marshal(v)
		text = string(raw)
	}
	return strings.ReplaceAll(m.words(text), "\n", `\n`)
}

func (m *mask) words(s string) string {
	for _, name := range m.names() {
		if id := m.vars[name]; id != "" {
			s = strings.ReplaceAll(s, id, "$"+name)
		}
	}
	for _, vip := range m.vips {
		s = regexp.MustCompile(regexp.QuoteMeta(vip)+`\b`).ReplaceAllString(s, "VIP")
	}
	if strings.Contains(s, "[SQL:") || strings.Contains(s, `"Something unknown went wrong"`) {
		return "UNFORESEEN"
	}
	s = m.uuid.ReplaceAllString(s, "UUID")
	s = m.hexID.ReplaceAllString(s, "HEX")
	s = m.moment.ReplaceAllString(s, "TIME")
	s = m.url.ReplaceAllString(s, "BASE/v2")
	s = m.unset.ReplaceAllString(s, "'$1' object has no attribute")
	s = m.regex.ReplaceAllString(s, "${1}WORDS")
	return m.set.ReplaceAllStringFunc(s, func(found string) string {
		parts := m.set.FindStringSubmatch(found)
		words := strings.Split(parts[2], ", ")
		slices.Sort(words)
		return parts[1] + strings.Join(words, ", ")
	})
}

// canonical sorts lists, whose order Octavia does not promise, and blurs the operating
// statuses that a no-op amphora never reports: there, everything stays as it was made.
func (m *mask) canonical(v any, ordered bool) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if s, isText := x.(string); isText && k == "operating_status" && (s == "ONLINE" || s == "OFFLINE" || s == "NO_MONITOR") {
				v[k] = "UNREPORTED"
				continue
			}
			v[k] = m.canonical(x, ordered)
		}
		return v
	case []any:
		for i := range v {
			v[i] = m.canonical(v[i], ordered)
		}
		if ordered {
			return v
		}
		slices.SortStableFunc(v, func(a, b any) int {
			x, _ := json.Marshal(a)
			y, _ := json.Marshal(b)
			return strings.Compare(m.words(string(x)), m.words(string(y)))
		})
		return v
	default:
		return v
	}
}
