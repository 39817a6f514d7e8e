// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"testing"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/stretchr/testify/assert"
)

// As a real Zed on MariaDB 10.11 answered to the same.
func TestTagsAreInTheOrderOfTheDatabase(t *testing.T) {
	a := as(t, fake.New(), "demo")
	lb := "/loadbalancers/" + a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}","tags":["tag2","tag1","Zed","alpha","a","B","é","tag 1","tag10"]}}`)
	assert.Equal(t, []any{"a", "alpha", "B", "é", "tag 1", "tag1", "tag10", "tag2", "Zed"}, a.get(lb).one()["tags"])
	a.put(lb, `{"loadbalancer":{"tags":["y","tag2","c","Ab","ab c","a-b","a_b","a.b","a=b","a:b","~","0","10","9","ss","st"]}}`).ok(200)
	assert.Equal(t, []any{"0", "10", "9", "a-b", "a.b", "a:b", "a=b", "Ab", "ab c", "a_b", "c", "ss", "st", "tag2", "y", "~"}, a.get(lb).one()["tags"])
}
