# `make bench` runs the whole comparison, `make test` every test; both install what is missing first.

SHELL := /usr/bin/env bash
FLASK := targets/flask
GIN   := targets/gin
VENV  := $(FLASK)/.venv
DEBUG := target/debug/pianoprof
PEERS := $(CURDIR)/target/peers
# Tests that cannot run here write their names there.
export PIANOPROF_SKIPPED := $(CURDIR)/target/skipped

.DEFAULT_GOAL := help
.PHONY: help setup setup-test bench check test lint test-rust test-flask test-gin test-end-to-end test-chaos test-jmeter chaos accuracy floor compare-load compare-peers audit fuzz jmeter deb clean

help: ## What there is to make
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(VENV)/.locked ## Toolchains checked, PostgreSQL 15 and the Flask target's packages in place
	@scripts/require-postgres

$(VENV)/.locked: $(FLASK)/requirements-dev.lock
	@scripts/require-tools
	python3 -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(FLASK)/requirements-dev.lock
	@touch $@

bench: setup ## The whole comparison: builds, measures, prints the table and the path of the report
	@scripts/require-tools
	cargo build --release --locked --bin pianoprof
	@target/release/pianoprof run $(ARGS); code=$$?; \
	  case $$code in 0|1|3) exit 0 ;; *) exit $$code ;; esac

setup-test: ## What tests use beside the toolchains (wrk, ab, Chromium), from apt as root
	@scripts/setup-test

test: setup-test lint test-rust test-flask test-gin test-end-to-end test-chaos ## Every test; what was skipped is listed (STRICT=1: what could be installed fails)
	@test ! -s $(PIANOPROF_SKIPPED) || { echo 'skipped:'; sed 's/^/  /' $(PIANOPROF_SKIPPED) | sort -u; }

check: ## While working: formatting, lints and unit tests of the Rust sources; needs no server and no database
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo test --locked --lib --test architecture

lint: setup
	@scripts/require-tools
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --quiet
	cd $(FLASK) && .venv/bin/ruff format --check . && .venv/bin/ruff check .
	cd $(GIN) && test -z "$$(gofmt -l .)" && go vet ./...

test-rust: setup
	@mkdir -p target && rm -f $(PIANOPROF_SKIPPED)
	cargo test --locked

test-flask: setup $(DEBUG)
	cd $(FLASK) && ../../$(DEBUG) seed --scale 0.1 -- .venv/bin/python -m pytest -q

test-gin: setup $(DEBUG)
	cd $(GIN) && ../../$(DEBUG) seed --scale 0.1 -- go test -count=1 ./...

test-end-to-end: setup
	cargo test --locked --test end_to_end -- --ignored --nocapture --test-threads 1

floor: ## 200 readings of the network floor in each way of a load, on a quiet and on a busy machine
	cargo test --release --locked --test floor -- --ignored --nocapture

accuracy: setup ## The instruments against a server whose truth is known, each figure beside its limit; BUSY=1 disturbs them
	$(if $(BUSY),BUSY=1) cargo test --release --locked --test accuracy -- --ignored --nocapture --test-threads 1

# A few rounds, the same each time.
test-chaos: setup
	PIANOPROF_CHAOS_COUNT=4 PIANOPROF_CHAOS_SEED=3 cargo test --locked --test chaos -- --ignored --nocapture

chaos: setup ## Runs killed and interrupted 200 times at random moments: nothing may be left (COUNT=n, SEED=n)
	PIANOPROF_CHAOS_COUNT=$(or $(COUNT),200) $(if $(SEED),PIANOPROF_CHAOS_SEED=$(SEED)) cargo test --locked --test chaos -- --ignored --nocapture

compare-load: setup ## The load engine beside wrk, ab, oha and hey, alternated: CPU per request, requests per second, memory
	@scripts/load-peers $(PEERS)
	PATH="$(PEERS)/bin:$$PATH" cargo bench --locked --bench compare_load

compare-peers: ## The instruments beside psrecord, pidstat, ps and a curl loop: error and own cost on the known-truth server
	@scripts/profile-peers $(PEERS)
	PATH="$(PEERS)/python/bin:$$PATH" cargo bench --locked --bench compare_peers

audit: ## Known vulnerabilities of every locked dependency (asks the databases on the network; needs cargo-audit)
	cargo audit
	cd $(GIN) && go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...
	python3 -m venv target/audit && target/audit/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	target/audit/bin/pip-audit --require-hashes --disable-pip -r $(FLASK)/requirements-dev.lock

fuzz: ## Random input for every reader of foreign bytes, TIME seconds each (needs nightly Rust and cargo-fuzz)
	mkdir -p fuzz/corpus/run fuzz/corpus/config && cp fixtures/runs/piano-quick/run.json fuzz/corpus/run/ && cp pianoprof.toml fuzz/corpus/config/
	for target in $$(cargo +nightly fuzz list); do \
	  cargo +nightly fuzz run $$target -- -max_total_time=$(or $(TIME),60) -rss_limit_mb=1024 -timeout=10 || exit 1; done

jmeter: ## JMeter 5.6.3 under .pianoprof/jmeter, to run what `pianoprof export jmeter` writes
	@scripts/jmeter

test-jmeter: jmeter ## JMeter itself, alone and with two jmeter-servers that make the load for it
	cargo test --locked --test cli -- --ignored --nocapture --test-threads 1 jmeter::

deb: ## A Debian package under target/debian: program, manual page, completions (needs cargo-deb)
	cargo build --release --locked --bin pianoprof
	mkdir -p target/package
	target/release/pianoprof man >target/package/pianoprof.1
	for shell in bash zsh fish; do target/release/pianoprof completions $$shell >target/package/pianoprof.$$shell; done
	cargo deb --locked --no-build --strip

$(DEBUG): FORCE
	cargo build --locked --quiet

FORCE:

clean: ## What was built and installed here; stored runs stay
	rm -rf target $(VENV) $(GIN)/unified-app .pianoprof
