// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"slices"
	"strings"
)

// CloudProviderOpenStackName is what cloud-provider-openstack names the load balancer
// of a Service, and tags it and its listeners with: "kube_service_CLUSTER_NAMESPACE_SERVICE",
// cut to 255 bytes. cluster is its --cluster-name, "kubernetes" by default. Two Services
// whose names are cut alike have one name there
// (kubernetes/cloud-provider-openstack c453fb7c9, pkg/openstack/loadbalancer.go,
// GetLoadBalancerName; pkg/util/util.go, CutString255).
func CloudProviderOpenStackName(cluster, namespace, service string) string {
	name := cpoServicePrefix + cluster + "_" + namespace + "_" + service
	return name[:min(len(name), maxName)]
}

// CloudProviderOpenStackLegacyName is what the cloud provider named it before, and still
// finds it by: "a" and the Service's UID without dashes, 32 characters in all
// (k8s.io/cloud-provider, cloud.go, DefaultLoadBalancerName).
func CloudProviderOpenStackLegacyName(serviceUID string) string {
	name := "a" + strings.ReplaceAll(serviceUID, "-", "")
	return name[:min(len(name), 32)]
}

// OctaviaIngressName is what octavia-ingress-controller, of the same project, names the
// load balancer of an Ingress (pkg/ingress/utils/utils.go, GetResourceName).
func OctaviaIngressName(cluster, namespace, ingress string) string {
	return cpoIngressPrefix + cluster + "_" + namespace + "_" + ingress
}

// ClusterAPIName is what cluster-api-provider-openstack names the load balancer of a
// cluster's API server. Its listeners, pools and monitors have this name and "-PORT"
// (kubernetes-sigs/cluster-api-provider-openstack e52de58ab,
// pkg/cloud/services/loadbalancer/loadbalancer.go, getLoadBalancerName;
// pkg/utils/names/names.go, ClusterResourceName).
func ClusterAPIName(namespace, cluster string) string {
	return capoPrefix + namespace + "-" + cluster + "-kubeapi"
}

// KuryrName is what kuryr-kubernetes named the load balancer of a Service:
// "NAMESPACE/SERVICE". Its listeners and pools have this name and ":PROTOCOL:PORT"
// (openstack/kuryr-kubernetes 398bd461, its last,
// kuryr_kubernetes/controller/drivers/lbaasv2.py, get_service_loadbalancer_name).
func KuryrName(namespace, service string) string { return namespace + "/" + service }

const (
	cpoServicePrefix = "kube_service_"
	cpoIngressPrefix = "kube_ingress_"
	capoPrefix       = "k8s-clusterapi-cluster-"

	cloudProviderOpenStack = "cloud-provider-openstack"
	octaviaIngress         = "octavia-ingress-controller"
	clusterAPI             = "cluster-api-provider-openstack"
	kuryr                  = "kuryr-kubernetes"
)

// cpoTag recognises the tag of a Service, and of a cluster, which a proposed change adds
// (kubernetes/cloud-provider-openstack#3103).
func cpoTag(tag string) bool {
	return strings.HasPrefix(tag, cpoServicePrefix) || strings.HasPrefix(tag, "kube_cluster_id_")
}

// madeBy names the software that seems to have made a load balancer, going by names,
// tags and descriptions; "" if none is known by them.
func madeBy(g *Graph) string {
	name, description := g.Name(), str(g.root.attrs, "description")
	tagged := slices.ContainsFunc(g.foreignTags(), func(t Tagged) bool { return slices.ContainsFunc(t.Tags, cpoTag) })
	switch {
	case tagged, strings.HasPrefix(name, cpoServicePrefix),
		strings.HasPrefix(description, "Kubernetes external service "):
		return cloudProviderOpenStack
	case strings.HasPrefix(name, cpoIngressPrefix), strings.HasPrefix(description, "Kubernetes ingress "):
		return octaviaIngress
	case strings.HasPrefix(name, capoPrefix), strings.HasPrefix(description, "Created by cluster-api-provider-openstack "):
		return clusterAPI
	case strings.Contains(name, "/") && len(g.listeners) > 0 && strings.HasPrefix(g.listeners[0].Name, name+":"):
		return kuryr
	}
	return ""
}

// stillClaims says what the software that made a load balancer will do to it after the
// adoption, if nobody stops it (ensureLoadBalancerDeleted, deleteIngress,
// DeleteLoadBalancer and release_loadbalancer in the sources above).
func stillClaims(by, name, as string, tags []Tagged) []string {
	switch {
	case by == kuryr:
		return []string{"it finds it by ID, and deletes it with its Service"}
	case by == cloudProviderOpenStack:
		return serviceClaims(as, tags)
	case by == "":
		return nil
	case name == as:
		return []string{"it finds it by name, and deletes it and its floating IP with what it is for: adopt it by another name"}
	}
	return []string{"it finds it by name, and makes another one when it misses this one"}
}

// serviceClaims is what cloud-provider-openstack does, which goes by ID.
func serviceClaims(as string, tags []Tagged) []string {
	var listeners, out []string
	for _, t := range tags {
		kind, name := kindAndName(t.Path)
		if kind == string(KindListener) && slices.ContainsFunc(t.Tags, cpoTag) {
			listeners = append(listeners, name)
		}
	}
	if strings.HasPrefix(as, cpoServicePrefix) {
		out = append(out, fmt.Sprintf("with its Service it deletes a load balancer whose name begins with %s: "+
			"adopt it by another name if the Service may go", cpoServicePrefix))
	}
	if len(listeners) > 0 {
		out = append(out, "with its Service it deletes listeners that have its tag: "+strings.Join(listeners, ", "))
	}
	return out
}
