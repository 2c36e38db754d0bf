# Everything a contributor runs. `make` alone lists it.
GO ?= go
FUZZTIME ?= 10s
COUNT ?= 1
EVENTS ?= 500000

.PHONY: help build demo generate lint test unit e2e fuzz bench soak clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

build: ## Build bin/vivencia
	$(GO) build -trimpath -o bin/vivencia ./cmd/vivencia

demo: ## Run the demo: the whole product with a simulated company
	$(GO) run ./cmd/vivencia demo

generate: ## Write what is generated: templ's code, the browser's assets
	tools/generate.sh

lint: ## Fail on stale generated files, on go vet and on the linters
	tools/generate.sh --check
	$(GO) vet ./...
	$(GO) build -o bin/golangci-lint -modfile=tools/lint/go.mod github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	bin/golangci-lint run ./...

test: ## Install what the tests need if it is missing, then run everything
	tools/install-test-deps.sh
	$(MAKE) lint unit e2e fuzz

unit: ## Run every test but the browser's, on SQLite and on a private PostgreSQL
	tools/postgres.sh with $(GO) test -timeout 20m $$($(GO) list ./... | grep -v /e2e$$)

e2e: ## Run the pages in a real browser; VIVENCIA_SCREENSHOTS=DIR keeps pictures
	VIVENCIA_BROWSER_REQUIRED=1 $(GO) test -count=1 -timeout 15m -parallel 2 ./e2e/...

fuzz: ## Run every decoder's fuzz target for FUZZTIME, the others for seconds
	FUZZTIME=$(FUZZTIME) tools/fuzz.sh

bench: build ## Measure this machine and the product on EVENTS events: bin/bench.json; then the Go benchmarks
	bin/vivencia bench --events $(EVENTS) --json --svg bin/bench-curve.svg > bin/bench.json
	cat bin/bench.json
	$(GO) test -run '^$$' -bench . -benchmem -count $(COUNT) ./internal/stream ./internal/listen/... ./internal/remember/... ./internal/history/... ./internal/understand/...

soak: ## Kill the server, and cut the power, again and again under load (SOAK=100 times)
	VIVENCIA_SOAK=$${SOAK:-100} $(GO) test -count=1 -timeout 2h -run "Kill|Power|Slow" -v ./internal/stream ./test/crash

clean: ## Remove what builds leave
	rm -rf bin screenshots
