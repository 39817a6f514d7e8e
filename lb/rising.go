// SPDX-License-Identifier: Apache-2.0

package lb

// rising marks those places of a list that stand in rising order and are worth most
// together, of equal ones the latest. What has no place is below zero. All others have to
// move for the list to be in order.
func rising(places, worth []int) []bool {
	sum, before := make([]int, len(places)), make([]int, len(places)) // of the best sequence that ends here
	last := -1
	for i, place := range places {
		before[i] = -1
		if place < 0 {
			continue
		}
		for j := range i {
			if places[j] >= 0 && places[j] < place && (before[i] < 0 || sum[j] >= sum[before[i]]) {
				before[i] = j
			}
		}
		sum[i] = worth[i]
		if before[i] >= 0 {
			sum[i] += sum[before[i]]
		}
		if last < 0 || sum[i] >= sum[last] {
			last = i
		}
	}
	out := make([]bool, len(places))
	for ; last >= 0; last = before[last] {
		out[last] = true
	}
	return out
}
