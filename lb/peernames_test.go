// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/octaviakit/octaviakit/lb"
)

// The expectations are worked out by hand from the sources that peernames.go names.
func TestPeerNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 253)
	for want, got := range map[string]string{
		"kube_service_kubernetes_default_web":           lb.CloudProviderOpenStackName("kubernetes", "default", "web"),
		"kube_service_kubernetes_default_" + long[:223]: lb.CloudProviderOpenStackName("kubernetes", "default", long),
		"kube_service_ä_" + long[:239]:                  lb.CloudProviderOpenStackName("ä", long, "web"), // bytes are counted
		"a0f9e3a1c5b6d4e7f8a9b0c1d2e3f4a5":              lb.CloudProviderOpenStackLegacyName("0f9e3a1c-5b6d-4e7f-8a9b-0c1d2e3f4a5b"),
		"kube_ingress_prod_shop_web":                    lb.OctaviaIngressName("prod", "shop", "web"),
		"k8s-clusterapi-cluster-default-prod-kubeapi":   lb.ClusterAPIName("default", "prod"),
		"shop/web": lb.KuryrName("shop", "web"),
	} {
		assert.Equal(t, want, got)
	}
}
