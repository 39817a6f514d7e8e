// SPDX-License-Identifier: Apache-2.0

//go:build !race

package lb_test

// raced says that the race detector is on, under which everything takes five times as long.
const raced = false
