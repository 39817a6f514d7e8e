// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// users are the seeded ones with their projects; the password of all is "fake".
func users() [][2]string {
	return [][2]string{{"demo", "demo"}, {"demo2", "demo2"}, {"admin", "admin"}, {"observer", "demo"}, {"norole", "demo"}}
}

// cloudsYAML is a clouds.yaml with one cloud for each user, named after him.
func cloudsYAML(url string) string {
	var b strings.Builder
	b.WriteString("clouds:\n")
	for _, u := range users() {
		fmt.Fprintf(&b, `  %s:
    auth:
      auth_url: %s/identity/v3
      username: %s
      password: fake
      project_name: %s
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
    interface: public
    identity_api_version: 3
`, u[0], url, u[0], u[1])
	}
	return b.String()
}

// openrc is a shell script that sets the variables which OpenStack's clients read, for the user that is its argument, demo
// without one: ". openrc admin".
func openrc(url string) string {
	var b strings.Builder
	b.WriteString("# . openrc [demo|demo2|admin|observer|norole]\ncase \"$1\" in\n")
	for _, u := range users()[1:] {
		fmt.Fprintf(&b, "%s) export OS_USERNAME=%s OS_PROJECT_NAME=%s ;;\n", u[0], u[0], u[1])
	}
	fmt.Fprintf(&b, "*) export OS_USERNAME=%s OS_PROJECT_NAME=%s ;;\nesac\n", users()[0][0], users()[0][1])
	for _, v := range [][2]string{
		{"OS_AUTH_URL", url + "/identity/v3"},
		{"OS_PASSWORD", "fake"},
		{"OS_USER_DOMAIN_NAME", "Default"},
		{"OS_PROJECT_DOMAIN_NAME", "Default"},
		{"OS_REGION_NAME", "RegionOne"},
		{"OS_INTERFACE", "public"},
		{"OS_IDENTITY_API_VERSION", "3"},
		{"OS_AUTH_TYPE", "password"},
	} {
		fmt.Fprintf(&b, "export %s=%s\n", v[0], v[1])
	}
	return b.String()
}
