# What a contributor runs. No logic here: that belongs in Go, below internal/.
TOOL = go tool -modfile=tools/go.mod

.PHONY: all build lint fmt test fuzz cover bench golden vuln

all: ## all of CI
	bash .ci/run
build:
	go build ./... && go vet ./...
lint:
	$(TOOL) golangci-lint run ./...
fmt:
	$(TOOL) golangci-lint fmt ./...
test:
	go test -race -shuffle=on -timeout 20m ./...
fuzz: ## make fuzz PKG=./member FUZZ=FuzzDiff
	go test -run '^$$' -fuzz '^$(FUZZ)$$' -fuzztime 60s $(PKG)
cover:
	go test -coverpkg=./... -coverprofile=cover.out ./... && go tool cover -func=cover.out
bench:
	go test -run '^$$' -bench . ./...
golden: ## make golden PKG=./lb, then review with git diff
	go test $(PKG) -update
vuln: ## needs the Go vulnerability database
	$(TOOL) govulncheck ./...
