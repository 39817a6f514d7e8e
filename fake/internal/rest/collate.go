// SPDX-License-Identifier: Apache-2.0

package rest

import "strings"

// Folded is the text that MariaDB takes for the same, in the collation that Octavia's tables have: without case, accents
// of the Latin letters, and spaces at the end.
func Folded(s string) string {
	return strings.Map(func(r rune) rune {
		for base, letters := range map[rune]string{
			'a': "àáâãäå", 'c': "ç", 'e': "èéêë", 'i': "ìíîï", 'n': "ñ", 'o': "òóôõö", 's': "ß", 'u': "ùúûü", 'y': "ýÿ",
		} {
			if r > 'z' && strings.ContainsRune(letters, r) {
				return base
			}
		}
		return r
	}, strings.ToLower(strings.TrimRight(s, " ")))
}

// Collate compares texts as that collation orders them (utf8mb3_general_ci, which has "_" behind the letters; MariaDB 11.5
// and later order punctuation otherwise). What is part of a primary key, as tags are, is read in this order.
func Collate(a, b string) int {
	return strings.Compare(strings.ToUpper(Folded(a)), strings.ToUpper(Folded(b)))
}
