# Kaibo 开播. Each target does its own set-up: `make run` on a fresh clone is enough.
#
#   make run      build, and open the window (with no display: on a virtual one, with a screenshot)
#   make test     every test, those in the real window included
#   make secrets  the secret hunt alone
#   make e2e-obs  the tests with a real OBS alone
#   make faults   everything that can go wrong, at each operation; SEED (1); writes src-tauri/FAULTS.md
#   make lint     formatting and warnings, Rust and UI
#   make bench    Kaibo against an empty window, under a flood of chat, and its relay; writes target/bench/summary.json
#   make bench-long  the same with a flood of ten minutes
#   make relay-soak  an hour (SECONDS) of the relay with a target that comes and goes: memory and descriptors constant
#   make saves    10,000 saves (COUNT) of preferences, database and export that are killed in the middle, beside
#                 bare tauri-plugin-store, and a full disk; writes target/bench/saves.json
#   make soak     a night in the real window, 20 minutes (SECONDS) of chat, cuts and view changes, then quiet: memory,
#                 threads and descriptors constant; PROGRAM instead of building it; writes target/bench/soak.json
#   make mutants  changes signing, redaction, journal and frames a place at a time: which changes no test sees; hours,
#                 needs cargo-mutants; CRATES; see src-tauri/MUTANTS.md
#   make fuzz     hostile bytes, SECONDS_EACH (60) for each target; needs a nightly Rust
#   make screens  pictures of the window's states, in target/screens/
#   make package  the package for Debian and its kin, in target/package/
#   make package-test  installs it in a clean Debian 12 and goes live there; as root, with debootstrap
#   make deny     licences, sources and advisories of all dependencies; needs cargo-deny
#   make clean    removes what was built
#
# PROFILE=release builds for speed rather than for a quick first build.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test secrets e2e-obs faults lint bench bench-long screens fuzz mutants saves soak relay-soak package package-test deny clean ui setup-run setup-tools

PROFILE ?= dev
# A Rust that rustup has just installed is found without a new terminal.
export PATH := $(HOME)/.cargo/bin:$(PATH)

scripts := src-tauri/scripts
ui_files := $(shell find ui \( -name node_modules -o -name dist -o -name paraglide \) -prune -o -type f -print 2>/dev/null)

help:
	@sed -n 's/^#   /  /p' Makefile

run: setup-run ui
	@$(scripts)/run.sh $(PROFILE)

test:
	@$(scripts)/setup.sh test
	@$(scripts)/test.sh

secrets:
	@$(scripts)/setup.sh test
	@$(scripts)/test.sh secrets

e2e-obs:
	@$(scripts)/setup.sh test
	@$(scripts)/test.sh obs

faults:
	@$(scripts)/setup.sh test
	@KAIBO_SEED=$(or $(SEED),1) KAIBO_FAULTS=$(CURDIR)/src-tauri/FAULTS.md \
		cargo test --workspace --test faults -- --ignored --nocapture

lint:
	@$(scripts)/setup.sh build
	@$(scripts)/lint.sh

bench:
	@$(scripts)/setup.sh test
	@$(MAKE) --no-print-directory ui
	@tests/bench/run.sh

bench-long: export KAIBO_FLOOD_SECONDS ?= 600
bench-long: bench

fuzz:
	@tests/fuzz/run.sh $(or $(SECONDS_EACH),60)

saves:
	@$(scripts)/setup.sh build
	@cargo build -p kaibo-saves
	@"$${CARGO_TARGET_DIR:-target}/debug/kaibo-saves" kill $(or $(COUNT),10000) $(or $(SEED),1) target/bench/saves.json
	@"$${CARGO_TARGET_DIR:-target}/debug/kaibo-saves" full target/bench/saves.json

soak:
	@$(scripts)/setup.sh test
	@$(MAKE) --no-print-directory ui
	@tests/bench/soak.sh $(or $(SECONDS),1200) $(PROGRAM)

mutants:
	@$(scripts)/setup.sh build
	@$(scripts)/mutants.sh $(CRATES)

relay-soak:
	@$(scripts)/setup.sh build
	@mkdir -p target/bench
	@cargo run --release -p kaibo-relay --example relay-soak -- $(or $(SECONDS),3600) target/bench/relay-soak.csv

screens:
	@$(scripts)/setup.sh screens
	@$(MAKE) --no-print-directory ui
	@npm --prefix ui run --silent screens

package:
	@$(scripts)/setup.sh build
	@$(scripts)/package.sh

package-test:
	@$(scripts)/package-test.sh

# CHECKS="licenses bans sources" leaves out the advisories, which are fetched.
deny:
	@command -v cargo-deny >/dev/null || { echo "deny: cargo-deny is missing: cargo install --locked cargo-deny" >&2; exit 127; }
	@cargo deny --locked check $(CHECKS)

clean:
	rm -rf target ui/dist ui/node_modules ui/src/paraglide

setup-run:
	@$(scripts)/setup.sh run

# The UI, built only when something under ui/ changed.
ui: ui/dist/index.html

ui/node_modules/.package-lock.json: ui/package.json ui/package-lock.json | setup-tools
	npm --prefix ui ci --no-audit --no-fund --loglevel=error
	@touch $@

ui/dist/index.html: ui/node_modules/.package-lock.json $(ui_files)
	npm --prefix ui run --silent build
	@touch $@

setup-tools:
	@$(scripts)/setup.sh tools
