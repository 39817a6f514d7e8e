// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/form"
	"github.com/octaviakit/octaviakit/internal/golden"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
)

// source is what the Go source says about the types of a Spec and reflection does
// not: comments, and the values of enumerations.
type source struct {
	docs  map[string]string   // "lb.Pool", "lb.Pool.Name"
	enums map[string][]string // "lb.Protocol"
}

// defined are the structs of a Spec under their names in the documents.
func defined() []struct {
	name string
	of   reflect.Type
} {
	return []struct {
		name string
		of   reflect.Type
	}{
		{"Spec", reflect.TypeFor[lb.Spec]()},
		{"VIP", reflect.TypeFor[lb.VIP]()},
		{"AdditionalVIP", reflect.TypeFor[lb.AdditionalVIP]()},
		{"FloatingIP", reflect.TypeFor[floatingip.Spec]()},
		{"Pool", reflect.TypeFor[lb.Pool]()},
		{"SessionPersistence", reflect.TypeFor[lb.SessionPersistence]()},
		{"PoolTLS", reflect.TypeFor[lb.PoolTLS]()},
		{"Member", reflect.TypeFor[member.Spec]()},
		{"Monitor", reflect.TypeFor[monitor.Spec]()},
		{"Listener", reflect.TypeFor[lb.Listener]()},
		{"Timeouts", reflect.TypeFor[lb.Timeouts]()},
		{"TLS", reflect.TypeFor[lb.TLS]()},
		{"Policy", reflect.TypeFor[lb.Policy]()},
		{"Rule", reflect.TypeFor[lb.Rule]()},
	}
}

func nameOf(t reflect.Type) string {
	for _, d := range defined() {
		if d.of == t {
			return d.name
		}
	}
	return ""
}

func readSource(t *testing.T) source {
	t.Helper()
	s := source{docs: map[string]string{}, enums: map[string][]string{}}
	for _, path := range []string{
		"spec.go", "spec_listener.go", "enums.go", "../member/spec.go", "../monitor/spec.go", "../floatingip/floatingip.go",
	} {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				s.read(t, f.Name.Name, g)
			}
		}
	}
	return s
}

func (s source) read(t *testing.T, pkg string, g *ast.GenDecl) {
	t.Helper()
	for _, spec := range g.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			name := pkg + "." + spec.Name.Name
			s.docs[name] = oneLine(g.Doc.Text())
			if st, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range st.Fields.List {
					for _, n := range f.Names {
						s.docs[name+"."+n.Name] = oneLine(f.Doc.Text())
					}
				}
			}
		case *ast.ValueSpec:
			kind, ok := spec.Type.(*ast.Ident)
			if !ok {
				continue
			}
			for _, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					text, err := strconv.Unquote(lit.Value)
					require.NoError(t, err)
					s.enums[pkg+"."+kind.Name] = append(s.enums[pkg+"."+kind.Name], text)
				}
			}
		}
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// about is the comment on a field with the names of fields as they are written.
func (s source) about(t *testing.T, of reflect.Type, f form.Field) string {
	t.Helper()
	text := s.docs[of.String()+"."+f.Go.Name]
	require.NotEmpty(t, text, "%s.%s needs a comment", of, f.Go.Name)
	return inWriting(text)
}

// inWriting turns Go names into written ones: those with an inner capital anywhere,
// others where they do not begin a sentence. Abbreviations are words.
func inWriting(text string) string {
	written := map[string]string{}
	for _, d := range defined() {
		for _, f := range form.Fields(d.of) {
			if f.Go.Name != strings.ToUpper(f.Go.Name) {
				written[f.Go.Name] = f.Name
			}
		}
	}
	begins := true
	words := strings.Split(text, " ")
	for i, w := range words {
		core := strings.TrimSuffix(strings.Trim(w, ",.;:()"), "'s")
		now, known := written[core]
		if known && (!begins || core[1:] != strings.ToLower(core[1:])) {
			words[i] = strings.Replace(w, core, now, 1)
		}
		begins = strings.HasSuffix(w, ".")
	}
	return strings.Join(words, " ")
}

// schema is the JSON Schema of a Spec.
func (s source) schema(t *testing.T) map[string]any {
	t.Helper()
	defs := map[string]any{}
	for _, d := range defined() {
		properties, required := map[string]any{}, []string{}
		for _, f := range form.Fields(d.of) {
			p := s.typeOf(f.Go.Type)
			p["description"] = s.about(t, d.of, f)
			properties[f.Name] = p
			if f.Required {
				required = append(required, f.Name)
			}
		}
		def := map[string]any{
			"type": "object", "description": inWriting(s.docs[d.of.String()]), "properties": properties, "additionalProperties": false,
		}
		if len(required) > 0 {
			def["required"] = required
		}
		defs[d.name] = def
	}
	return map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "octaviakit load balancer",
		"$ref": "#/$defs/Spec", "$defs": defs,
	}
}

func (s source) typeOf(t reflect.Type) map[string]any {
	if t.Kind() == reflect.Pointer {
		p := s.typeOf(t.Elem())
		if forms, ok := p["anyOf"].([]any); ok { // an address that "" clears
			p["anyOf"] = append(forms, map[string]any{"const": ""})
		}
		return p
	}
	if name := nameOf(t); name != "" {
		return map[string]any{"$ref": "#/$defs/" + name}
	}
	switch t {
	case reflect.TypeFor[netip.Addr]():
		return map[string]any{"type": "string", "anyOf": []any{map[string]any{"format": "ipv4"}, map[string]any{"format": "ipv6"}}}
	case reflect.TypeFor[netip.Prefix]():
		return map[string]any{"type": "string", "pattern": "^([0-9.]+/(3[0-2]|[12]?[0-9])|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$"}
	case reflect.TypeFor[time.Duration]():
		return map[string]any{"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$"}
	}
	switch t.Kind() {
	case reflect.String:
		p := map[string]any{"type": "string"}
		if values := s.enums[t.String()]; values != nil {
			p["enum"] = values
		}
		return p
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int:
		return map[string]any{"type": "integer"}
	case reflect.Uint16:
		return map[string]any{"type": "integer", "minimum": 0, "maximum": 65535}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.typeOf(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.typeOf(t.Elem())}
	default:
		panic("no schema for " + t.String())
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	s := readSource(t)
	golden.JSON(t, s.schema(t), "../docs/spec.schema.json")
	require.True(t, slices.Contains(s.enums["lb.Protocol"], "TERMINATED_HTTPS"))
	require.True(t, slices.Contains(s.enums["monitor.Type"], "UDP-CONNECT"))
}
