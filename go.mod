module github.com/octaviakit/octaviakit

go 1.26

require (
	github.com/cenkalti/backoff/v4 v4.3.0
	github.com/gophercloud/gophercloud/v2 v2.15.0
	github.com/stretchr/testify v1.12.1
	go.uber.org/zap v1.28.0
	go.yaml.in/yaml/v3 v3.0.5
)

require (
	go.uber.org/multierr v1.10.0 // indirect
	gopkg.in/yaml.v2 v2.4.0 // indirect
)
