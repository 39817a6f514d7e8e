// SPDX-License-Identifier: Apache-2.0

package matrixdoc

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/provider"
)

// release is what data/matrix.json holds of a release.
type release struct {
	provider.Release `json:"-"`

	Series   string   `json:"series"`
	GA       string   `json:"ga"`
	Derived  bool     `json:"series_derived"`
	APIMinor int      `json:"api_minor"`
	Tag      string   `json:"octavia_tag"`
	LastTag  string   `json:"octavia_last_tag"`
	OVNRepo  string   `json:"ovn_repo"`
	OVNTags  []string `json:"ovn_tags"`
	RHOSP    []string `json:"rh_osp"`
}

func releases(root fs.FS) ([]release, error) {
	b, err := fs.ReadFile(root, "data/matrix.json")
	if err != nil {
		return nil, err
	}
	var doc struct {
		Releases []release `json:"releases"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, err
	}
	all := provider.Releases()
	if len(all) != len(doc.Releases) {
		return nil, fmt.Errorf("data has %d releases, the package %d", len(doc.Releases), len(all))
	}
	for i := range doc.Releases {
		doc.Releases[i].Release = all[i]
	}
	return doc.Releases, nil
}

func (r release) initial() string { return r.Codename()[:1] }

func (r release) octavia() string { return between(r.Tag, r.LastTag) }

func (r release) ovn() string {
	tags := slices.DeleteFunc(slices.Clone(r.OVNTags), func(t string) bool { return t[0] < '0' || t[0] > '9' || strings.Contains(t, "eo") })
	switch {
	case r.OVNRepo == "":
		return "none"
	case len(tags) == 0:
		return "not yet"
	case strings.HasSuffix(r.OVNRepo, "networking-ovn"):
		return "networking-ovn " + between(tags[0], tags[len(tags)-1])
	default:
		return between(tags[0], tags[len(tags)-1])
	}
}

func between(first, last string) string {
	switch {
	case first == "":
		return "not yet"
	case first == last:
		return first
	default:
		return first + " to " + last
	}
}

// backported is the release whose series a point-release tag belongs to, or 0 for
// what is not clear, as an untagged branch. Tags read "10.1.0", "networking-ovn
// 7.1.0", "octavia 15.1.0", "victoria-eol" or "2024.1-eom".
func (w *writer) backported(tag string, n provider.Name) provider.Release {
	repo, version, found := strings.Cut(tag, " ")
	if !found {
		repo, version = "", tag
	}
	if branch, _, ok := strings.Cut(version, "-eo"); ok {
		r, err := provider.ParseRelease(branch)
		if err == nil {
			return r
		}
	}
	for _, r := range w.releases {
		if n == provider.OVN && repo != "octavia" {
			sameRepo := (repo == "networking-ovn") == strings.HasSuffix(r.OVNRepo, "/networking-ovn")
			if sameRepo && slices.Contains(r.OVNTags, version) {
				return r.Release
			}
			continue
		}
		if major, _, _ := strings.Cut(r.Tag, "."); major != "" && strings.HasPrefix(version, major+".") {
			return r.Release
		}
	}
	return 0
}
