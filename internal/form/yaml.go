// SPDX-License-Identifier: Apache-2.0

package form

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// This file is the only one that knows the YAML library.

// most is how many values a document may have once its aliases are written out:
// a short document of nested aliases can stand for billions.
const most = 1 << 20

// readYAML reads the only document in data.
func readYAML(data []byte) (value, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return value{}, syntax(1, "is empty; write a mapping of fields")
	} else if err != nil {
		return value{}, yamlFault(err)
	}
	if err := dec.Decode(&more); err == nil {
		return value{}, syntax(more.Line, "begins a second document; write one")
	} else if !errors.Is(err, io.EOF) {
		return value{}, yamlFault(err)
	}
	r := &yamlReader{}
	return r.value(doc.Content[0], 0)
}

// yamlFault takes the library's name for itself off its message.
func yamlFault(err error) error {
	problem := strings.TrimPrefix(err.Error(), "yaml: ")
	if line, rest, ok := strings.Cut(problem, ": "); ok && strings.HasPrefix(line, "line ") {
		return atLine(line, "is not YAML: "+rest)
	}
	return atLine("spec", "is not YAML: "+problem)
}

type yamlReader struct{ values int }

func (r *yamlReader) value(n *yaml.Node, depth int) (value, error) {
	r.values++
	switch {
	case depth > deepest:
		return value{}, syntax(n.Line, "is nested too deeply")
	case r.values > most:
		return value{}, syntax(n.Line, "is too large once its aliases are written out")
	}
	var err error
	v := value{line: n.Line}
	switch n.Kind {
	case yaml.AliasNode:
		return r.value(n.Alias, depth+1)
	case yaml.SequenceNode:
		v.kind = list
		v.items, err = r.items(n, depth)
	case yaml.MappingNode:
		v.kind = mapping
		v.fields, err = r.fields(n, depth)
	case yaml.ScalarNode:
		return r.scalar(n)
	case yaml.DocumentNode:
		return value{}, syntax(n.Line, "is a document within a document")
	}
	return v, err
}

func (r *yamlReader) items(n *yaml.Node, depth int) ([]value, error) {
	var out []value
	for _, c := range n.Content {
		v, err := r.value(c, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (r *yamlReader) fields(n *yaml.Node, depth int) ([]field, error) {
	var out []field
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.ShortTag() == "!!merge":
			return nil, syntax(key.Line, "is a merge key; write the fields out")
		case key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str":
			return nil, syntax(key.Line, fmt.Sprintf("%q is no name of a field; names are text", key.Value))
		}
		v, err := r.value(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, field{name: key.Value, line: key.Line, value: v})
	}
	return out, nil
}

func (r *yamlReader) scalar(n *yaml.Node) (value, error) {
	v := value{line: n.Line, text: n.Value}
	switch n.ShortTag() {
	case "!!null":
		v.kind = null
	case "!!bool":
		v.kind = boolean
	case "!!int":
		v.kind = number
		var i any // 0x50 is a way to write 80
		if err := n.Decode(&i); err != nil {
			return v, syntax(n.Line, fmt.Sprintf("%q is no number", n.Value))
		}
		v.text = fmt.Sprint(i)
	case "!!float":
		v.kind = number
	case "!!str":
		v.kind = text
	case "!!timestamp": // nothing here is a date, so it is text without quotes
		v.kind = text
	default:
		return v, syntax(n.Line, "has the tag "+n.Tag+"; write plain values")
	}
	return v, nil
}

// YAML rewrites JSON, as encoding/json writes it, in YAML's block style, fields in
// the same order.
func YAML(data []byte) ([]byte, error) {
	v, err := readJSON(data)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(yamlNode(v)); err != nil {
		return nil, err
	}
	return out.Bytes(), enc.Close()
}

func yamlNode(v value) *yaml.Node {
	switch v.kind {
	case mapping:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, f := range v.fields {
			n.Content = append(n.Content, yamlText(f.name), yamlNode(f.value))
		}
		return flow(n)
	case list:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v.items {
			n.Content = append(n.Content, yamlNode(item))
		}
		return flow(n)
	case text:
		return yamlText(v.text)
	case boolean:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: v.text}
	case number:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: v.text}
	case null:
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
}

// flow writes empty collections as {} and [], which have no block style.
func flow(n *yaml.Node) *yaml.Node {
	if len(n.Content) == 0 {
		n.Style = yaml.FlowStyle
	}
	return n
}

// yamlText leaves it to the library which text needs quotes, and quotes what
// could not be read on one line.
func yamlText(s string) *yaml.Node {
	n := &yaml.Node{}
	odd := strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
	if odd || n.Encode(s) != nil || n.ShortTag() != "!!str" {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: s}
	}
	return n
}
