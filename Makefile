# What there is to do in this repository, each as one word. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

TOOLCHAINS := guest-sdk/toolchains
GUESTS := guest-sdk/scripts
RUST_GUESTS := guest-sdk/rust examples/insurance-claim/components tests/guests
# Workspaces of their own that are for developers alone; nothing of them is shipped.
TOOL_WORKSPACES := tests/fuzz tests/oracles
export GARDESH_TOOLCHAIN ?= $(CURDIR)/.toolchain
TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
GARDESH := $(TARGET)/release/gardesh
# Each stage is one line with its time; VERBOSE=1 shows all that it says.
STAGE := tests/stage.sh

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^## /{printf "\n%s\n", substr($$0, 4)} /^[a-z-]+:.*## /{printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo

## Host

# Cargo compiles a dependency again for each set of features that a build asks for, so the
# tests build everything at once: `make test` sets the scope to the whole workspace.
BUILD_SCOPE ?= -p gardesh-cli

.PHONY: build
build: check-prerequisites ## Build the gardesh program (target/release/gardesh)
	@$(STAGE) "building the program" cargo build --release --locked $(BUILD_SCOPE)

## Guests

.PHONY: check-prerequisites toolchains components test-guests hostile-guests
check-prerequisites: ## Check for what cannot be installed here: Rust, Python, Node
	@$(TOOLCHAINS)/check.sh

toolchains: ## Install the guest toolchains into .toolchain/ (quick when done before)
	@$(STAGE) "installing the toolchains for components" $(TOOLCHAINS)/install.sh all

EXAMPLE := examples/insurance-claim/components
COMPONENTS := $(addprefix $(EXAMPLE)/,assessment finance legal payment satisfaction-trigger)

components: toolchains build ## Build the example components into target/components/
	@$(STAGE) "building the example's components" $(GUESTS)/build.sh "$(GARDESH)" "$(TARGET)/components" $(COMPONENTS)

hostile-guests: toolchains build ## Build the components that the sandbox's tests misuse
	@$(STAGE) "building components that misbehave" $(GUESTS)/build.sh "$(GARDESH)" "$(TARGET)/components" $(patsubst %/,%,$(wildcard tests/guests/*/))

test-guests: toolchains ## Run the unit tests of the guest SDKs and example components
	@STAGE_LINES=all $(STAGE) "testing guest code" $(GUESTS)/test.sh

## Quality

.PHONY: fmt lint deny clean
fmt: ## Format all Rust code
	cargo fmt --all
	for workspace in $(RUST_GUESTS) $(TOOL_WORKSPACES); do cargo fmt --all --manifest-path $$workspace/Cargo.toml; done

lint: toolchains ## Formatting and lints of all code, warnings denied
	@$(STAGE) "checking formats" cargo fmt --all --check
	@$(STAGE) "linting" cargo clippy --release --workspace --all-targets --locked -- -D warnings
	@for workspace in $(TOOL_WORKSPACES); do \
		$(STAGE) "checking formats of $$workspace" cargo fmt --all --check --manifest-path $$workspace/Cargo.toml; done
	@$(STAGE) "linting tests/fuzz" env CARGO_TARGET_DIR="$(TARGET)/fuzz" \
		cargo clippy --release --locked --no-default-features --manifest-path tests/fuzz/Cargo.toml -- -D warnings
	@$(STAGE) "linting guest code" $(GUESTS)/lint.sh

deny: ## Licences, bans and sources of all dependencies
	@$(STAGE) "installing cargo-deny" $(TOOLCHAINS)/install.sh cargo-deny
	@$(STAGE) "checking licences and sources" $(GUESTS)/deny.sh

clean: ## Remove what was built; the toolchains stay (delete .toolchain/ for those)
	rm -rf target .demo
	find guest-sdk examples tests/guests -name target -type d -prune -exec rm -rf {} +
	find guest-sdk examples tests/guests -name '*.wasm' -delete

## Whole product

# Seeds of a long simulation.
SEEDS ?= 20000

# Seconds for each fuzz target.
FUZZ_SECONDS ?= 60

.PHONY: demo test test-all bench neighbours browser diagrams fuzz simulate oracles
demo: components ## Run the insurance claim: kill -9 in the middle, a survey at the end (KEEP=1 leaves it running)
	@python3 examples/insurance-claim/demo.py --gardesh "$(GARDESH)" --components "$(TARGET)/components"

test: ## Everything that CI checks: lints, licences, all tests, the demo
	@$(MAKE) --no-print-directory test-all BUILD_SCOPE="--workspace --lib --bins --tests"

test-all: lint deny components hostile-guests test-guests browser
	@# Of tests that fail, all is shown that they said.
	@STAGE_LINES=all $(STAGE) "running the tests" cargo test --release --locked --workspace
	@# Always the same seed, so that a failure is about the change and not about luck.
	@GARDESH_FUZZ_SEED=1 $(STAGE) "fuzzing" tests/fuzz/run.sh 8
	@$(MAKE) --no-print-directory demo BUILD_SCOPE="$(BUILD_SCOPE)"

browser: ## Install the browser that the survey page is tested in
	@$(STAGE) "installing a browser for tests" tests/install-browser.sh

# What is laid out already stays as it is. The letters are those of this machine's browser, so
# another machine may move a label by a pixel.
TABLES := tests/semantics/elements tests/semantics/patterns
diagrams: browser ## Lay out the diagrams of the element table and draw them for docs/
	@npm --prefix tests/diagrams ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@node tests/diagrams/layout.mjs $(TABLES)
	@node tests/diagrams/draw.mjs docs/elements $(TABLES)
	@node tests/diagrams/running.mjs examples/insurance-claim/insurance-claim.bpmn docs/insurance-claim.svg \
		"An insurance claim under way" done=claim-received,ask-departments,assess running=set-reserve,check-legal

simulate: ## Random diagrams, clients and crashes, for SEEDS=20000 new seeds (GARDESH_SEED=n repeats one)
	GARDESH_SEEDS=$(SEEDS) cargo test --release --locked --workspace --test simulation -- --nocapture

fuzz: ## Hostile BPMN, DMN, FEEL and JSON for FUZZ_SECONDS=60 each
	@tests/fuzz/run.sh $(FUZZ_SECONDS)

# Not in `make test`: the other engines bring 140 crates, some with C in them, and minutes of building.
oracles: ## Our FEEL and DMN beside other engines'; new differences fail
	cargo run --release --locked --manifest-path tests/oracles/Cargo.toml --target-dir "$(TARGET)/oracles"

neighbours: build hostile-guests ## What a neighbour feels while others misbehave: a table of latencies and lost attempts
	cargo bench --locked -p gardesh-tests --bench neighbours

bench: hostile-guests ## Measure: the three-step case on the real server, engine, FEEL, DMN, sandbox
	cargo bench --locked -p gardesh-tests --bench three_step_case
	cargo bench --locked -p gardesh-engine -p gardesh-store -p gardesh-feel -p gardesh-dmn -p gardesh-query -p gardesh-runtime
