// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"time"

	"github.com/octaviakit/octaviakit/internal/octavia"
)

// The functions of this file turn what was read into a field of a Spec: the reverse of
// wish.go. What Octavia gives an object that asks for nothing is nil.

func words(o octavia.Object, key string) *string {
	if s := str(o, key); s != "" {
		return new(s)
	}
	return nil
}

// texts reads a list of text, nil if it is empty.
func texts(o octavia.Object, key string) []string {
	var out []string
	items, _ := o[key].([]any)
	for _, item := range items {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func orNil(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

// down is admin_state_up where it is false.
func down(o octavia.Object) *bool {
	if o["admin_state_up"] == false {
		return new(false)
	}
	return nil
}

// on is a switch that is off unless somebody asks for it.
func on(o octavia.Object, key string) *bool {
	if o[key] == true {
		return new(true)
	}
	return nil
}

func unless(o octavia.Object, key string, usual int) *int {
	if v, ok := o[key].(float64); ok && int(v) != usual {
		return new(int(v))
	}
	return nil
}

// timeout reads milliseconds.
func timeout(o octavia.Object, key string, usual int) *time.Duration {
	if v := unless(o, key, usual); v != nil {
		return new(time.Duration(*v) * time.Millisecond)
	}
	return nil
}

func headersOf(o octavia.Object) map[string]string {
	read, _ := o["insert_headers"].(map[string]any)
	if len(read) == 0 {
		return nil
	}
	out := make(map[string]string, len(read))
	for k, v := range read {
		out[k] = fmt.Sprint(v)
	}
	return out
}
