# What there is to do in this repository, each as one word. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

TOOLCHAINS := guest-sdk/toolchains
GUESTS := guest-sdk/scripts
RUST_GUESTS := guest-sdk/rust examples/insurance-claim/components tests/guests
export GARDESH_TOOLCHAIN ?= $(CURDIR)/.toolchain
TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
GARDESH := $(TARGET)/release/gardesh

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^## /{printf "\n%s\n", substr($$0, 4)} /^[a-z-]+:.*## /{printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo

## Host

.PHONY: build
build: check-prerequisites ## Build the gardesh program (target/release/gardesh)
	cargo build --release --locked -p gardesh-cli

## Guests

.PHONY: check-prerequisites toolchains components test-guests hostile-guests
check-prerequisites: ## Check for what cannot be installed here: Rust, Python, Node
	@$(TOOLCHAINS)/check.sh

toolchains: ## Install the guest toolchains into .toolchain/ (quick when done before)
	@$(TOOLCHAINS)/install.sh all

EXAMPLE := examples/insurance-claim/components
COMPONENTS := $(addprefix $(EXAMPLE)/,assessment finance legal payment satisfaction-trigger)

components: toolchains build ## Build the example components into target/components/
	@$(GUESTS)/build.sh "$(GARDESH)" "$(CURDIR)/target/components" $(COMPONENTS)

hostile-guests: toolchains build ## Build the components that the sandbox's tests misuse
	@$(GUESTS)/build.sh "$(GARDESH)" "$(CURDIR)/target/components" $(patsubst %/,%,$(wildcard tests/guests/*/))

test-guests: toolchains ## Run the unit tests of the guest SDKs and example components
	@$(GUESTS)/test.sh

## Quality

.PHONY: fmt lint deny clean
fmt: ## Format all Rust code
	cargo fmt --all
	for workspace in $(RUST_GUESTS); do cargo fmt --all --manifest-path $$workspace/Cargo.toml; done

lint: toolchains ## Formatting and lints of all code, warnings denied
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets --locked -- -D warnings
	@$(GUESTS)/lint.sh

deny: ## Licences, bans and sources of all dependencies
	@$(TOOLCHAINS)/install.sh cargo-deny
	@$(GUESTS)/deny.sh

clean: ## Remove what was built; the toolchains stay (delete .toolchain/ for those)
	rm -rf target .demo
	find guest-sdk examples tests/guests -name target -type d -prune -exec rm -rf {} +
	find guest-sdk examples tests/guests -name '*.wasm' -delete

## Whole product

# Targets of the whole product (demo, test, bench) go below this line.
