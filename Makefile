# make run and make test set up all they need on a fresh machine; the others are for contributors.
GO      ?= go
BINARY  := bin/telltale
FUZZTIME ?= 10s

.PHONY: run build test check gen conform fuzz bench setup clean

run: build ## build, then start the relaxed development server
	@exec $(BINARY) dev $(ARGS)

build: ## build the binary into bin/, with its own time zones
	@CGO_ENABLED=0 $(GO) build -trimpath -tags timetzdata -ldflags "-s -w" -o $(BINARY) ./cmd/telltale

setup: ## install the programs the tests drive, where they are missing
	@./test/setup

test: setup ## every test, with the race detector
	$(GO) test -race ./...

check: setup ## what must be green before a change is shared
	@test -z "$$(gofmt -l .)" || { echo "gofmt is needed on:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) test -race -shuffle=on ./...

gen: ## regenerate lang/shape from facts, and docs/gen from the code
	$(GO) run ./tools/apigen
	$(GO) run ./tools/docgen

conform: ## the standards, statement by statement, against the real binary; the report is docs/gen/conformance.md
	@mkdir -p bin
	@$(GO) test -count=1 -json ./test/conform > bin/conform.json || true
	$(GO) run ./tools/specref -results bin/conform.json -report docs/gen/conformance.md

fuzz: ## every fuzz target for FUZZTIME
	@./tools/fuzz $(FUZZTIME)

bench: setup ## ratios against peers in the same run
	$(GO) test -run '^$$' -bench . -benchtime 200ms -benchmem ./base/... ./lang/... ./store/... ./service/...
	$(GO) run ./test/load -scenario start
	$(GO) run ./test/load -scenario shadows
	$(GO) run ./test/load

clean:
	rm -rf bin
