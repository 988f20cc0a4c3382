# make demo and make test are the two commands of the README; make help lists the rest.
SHELL       := /bin/bash
GO          ?= go
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS     := -s -w -X main.version=$(VERSION)
# HTTP/2 is 0.5 MB of the program, and six connections do for a list what one with many streams would.
# A call costs nothing that a person could see, but in what runs for each row, each cell and each byte: the rest isn't
# inlined, and that is another 1.3 MB.
INLINED     := runtime/... encoding/json fob/client fob/ui/filter github.com/charmbracelet/x/ansi/... github.com/clipperhouse/...
GCFLAGS     := -gcflags=all=-l $(foreach package,$(INLINED),-gcflags=$(package)=)
BUILDFLAGS  := -trimpath -tags nethttpomithttp2 $(GCFLAGS) -ldflags '$(LDFLAGS)'
TOOLS       := $(CURDIR)/.tools
LINT        := $(TOOLS)/golangci-lint-2.15.0
FUMPT       := $(TOOLS)/gofumpt-0.12.0
NEEDS       := tmux:tmux dbus-daemon:dbus-daemon dbus-run-session:dbus-daemon gnome-keyring-daemon:gnome-keyring \
               pass:pass gpg:gnupg etcd:etcd-server etcdctl:etcd-client git:git gcc:gcc gcc:libc6-dev chromium:chromium
PROVIDER    := client/session/testdata/provider
# One processor for each system: what differs in fob differs by system. Each costs building all of Go's own library.
TARGETS     ?= linux/amd64 darwin/arm64 windows/amd64
TESTFLAGS   ?= -race -timeout 8m
# A number of runs, not seconds: the fuzzer's own end races with a worker that is at work (golang/go#75804).
FUZZTIME    ?= 1000x

.PHONY: help build demo test check bench install format lint cross fuzz faults needs

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

build: ## bin/fob
	@CGO_ENABLED=0 $(GO) build $(BUILDFLAGS) -o bin/fob .

demo: build ## the whole program against a demo organization: no account, no network, no keyring
	@./bin/fob demo $(ARGS)

needs: # what the tests run besides Go: a terminal, a D-Bus of their own with a keyring in it, two stores for keys, a provider, a browser
	@if [ "$$(uname -s)" = Linux ]; then .ci/need $(NEEDS); fi
	@.ci/need node:nodejs npm:npm
	@$(MAKE) --no-print-directory $(PROVIDER)/node_modules

$(PROVIDER)/node_modules: $(PROVIDER)/package-lock.json
	cd $(PROVIDER) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

test: needs ## every test: unit, screen, contract, terminal, keyring
	$(GO) test $(TESTFLAGS) ./ui/cli $$($(GO) list ./... | grep -v -e /faulty -e /ui/cli) # the one that waits the longest first
	$(GO) test -timeout 8m ./client/lifecycle/faulty # thousands of broken runs: what they run is raced above

check: format lint cross ## what CI runs: format, vet, lint, builds, tests, a short run of each fuzz target
	$(MAKE) --no-print-directory test
	$(MAKE) --no-print-directory fuzz

format: $(FUMPT)
	@out=$$($(FUMPT) -l .); if [ -n "$$out" ]; then echo "not gofumpt-formatted:"; echo "$$out"; exit 1; fi
	@$(GO) mod tidy -diff

lint: $(LINT)
	$(GO) vet ./...
	$(LINT) run ./...

cross: # a build for each target; the one most people take stays under 15 MB
	@mkdir -p bin && for t in $(TARGETS); do \
	  CGO_ENABLED=0 GOOS=$${t%/*} GOARCH=$${t#*/} $(GO) build $(BUILDFLAGS) -o bin/built . || exit 1; \
	  size=$$(wc -c <bin/built); rm bin/built; echo "build $$t: $$size bytes"; \
	  if [ $$t = linux/amd64 ] && [ $$size -ge 15000000 ]; then echo "that is over 15 MB"; exit 1; fi; done

bench: ## speed, each figure beside a bound measured in the same run
	$(GO) test $(GCFLAGS) -run '^$$' -bench . -benchtime 3x -timeout 30m ./client/... ./ui/...

fuzz: ## every fuzz target for FUZZTIME
	@dir=$$(mktemp -d) && trap 'rm -rf $$dir' EXIT && \
	folders=$$(grep -rl --include=*_test.go '^func Fuzz' . | xargs -n 1 dirname | sort -u) && \
	echo "$$folders" | xargs -P 2 -I @ bash -c 'n=@; exec $(GO) test -c -fuzz . -ldflags "-s -w" -o "$$0/$${n//\//_}" @' $$dir && \
	for folder in $$folders; do \
	  test=$$dir/$${folder//\//_}; \
	  for f in $$(cd $$folder && $$test -test.list '^Fuzz' | grep '^Fuzz'); do \
	    echo "$$folder $$f"; \
	    (cd $$folder && $$test -test.run '^$$' -test.fuzz "^$$f\$$" -test.fuzztime $(FUZZTIME) -test.fuzzminimizetime 0x -test.fuzzcachedir $$dir/$$f) >$$dir/said 2>&1 || { cat $$dir/said; exit 1; }; \
	  done; done

faults: needs ## break everything at every step, print the table, write it to client/lifecycle/FAULTS.md
	@FOB_WRITE_FAULTS=1 $(GO) test -count 1 -p 1 -timeout 8m ./client/lifecycle/faulty ./ui/cli -run Faults
	@cat client/lifecycle/FAULTS.md

install: ## fob into $GOBIN
	CGO_ENABLED=0 $(GO) install $(BUILDFLAGS) .

$(LINT):
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	@mv $(TOOLS)/golangci-lint $@

$(FUMPT):
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) $(GO) install mvdan.cc/gofumpt@v0.12.0
	@mv $(TOOLS)/gofumpt $@
