# Everything happens in .venv; the system's Python is only asked for a venv.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
# Keep what Python compiles, whatever the environment says: hundreds of processes would otherwise compile it again.
export PYTHONDONTWRITEBYTECODE :=

# The locks name every package that another one needs.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

.PHONY: help setup run test test-fast kill bench bench-full check format readme sbom audit lock clean

help:  ## these lines
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 12

.venv/bin/python:
	@$(PYTHON) -m venv .venv 2>/dev/null || { rm -rf .venv; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -qq -y python3-venv >/dev/null && $(PYTHON) -m venv .venv; \
	  else echo "Python's venv module is missing: install python3-venv (Debian, Ubuntu), then try again." >&2; exit 1; fi; }

.venv/runtime.stamp: requirements.txt requirements-build.txt pyproject.toml | .venv/bin/python
	@echo "Installing what varsling runs on …"
	@$(PIP) --require-hashes -r requirements.txt -r requirements-build.txt
	@$(PIP) --no-build-isolation -e .
	@touch $@

.venv/tools.stamp: requirements-dev.txt | .venv/bin/python
	@echo "Installing the checks and tests …"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

# The two have no package in common, so pip can install both at once: unpacking takes one core each.
.venv/dev.stamp: requirements.txt requirements-build.txt requirements-dev.txt pyproject.toml | .venv/bin/python
	@$(MAKE) --no-print-directory -j2 .venv/runtime.stamp .venv/tools.stamp
	@touch $@

setup: .venv/dev.stamp  ## make the environment in .venv

run: .venv/runtime.stamp  ## start the service with sample notices, and stay up (CHANNELS=all: letters go each way)
	@$(BIN)/varsling demo $(if $(filter all,$(CHANNELS)),--every-way)

check: .venv/dev.stamp  ## lint, format, types, contracts, dependencies
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src

format: .venv/dev.stamp  ## mend what a machine can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

readme: .venv/dev.stamp  ## write the README's table of settings
	$(BIN)/python -m tests.readme

# The linters of the API's document, and a generated TypeScript client: where npm is (elsewhere their tests say that they
# were skipped, and Python's own validator has looked at the document).
NODE := tests/clients/typescript
.node/stamp: $(NODE)/package.json $(NODE)/package-lock.json
	@if command -v npm >/dev/null; then mkdir -p .node && cp $^ .node && cd .node && npm ci --silent --no-audit --no-fund --ignore-scripts && touch stamp; fi

# Everything, or a part: `make test T=tests/law`. What can run beside something else does: apt and npm beside pip, the
# checks beside the tests. One worker more than there are cores: many tests wait for processes, and leave theirs free.
T ?=
PYTEST := $(BIN)/pytest -n $(shell expr $$(nproc) + 1) --dist worksteal
test: $(if $(T),.venv/dev.stamp,.venv/bin/python)  ## run all that CI runs, or with T=path a part of the tests
ifeq ($(T),)
	@bash tests/system-packages.sh & packages=$$!; \
	  $(MAKE) --no-print-directory .node/stamp & node=$$!; \
	  $(MAKE) --no-print-directory setup; \
	  $(MAKE) --no-print-directory check >.venv/check.log 2>&1 & checks=$$!; \
	  wait $$packages; wait $$node || echo "npm installed nothing: its tests are skipped" >&2; \
	  $(PYTEST) || failed=1; \
	  wait $$checks || failed=1; cat .venv/check.log; exit $${failed:-0}
else
	$(PYTEST) $(T)
endif

test-fast: .venv/dev.stamp  ## unit and service tests on SQLite, in under two minutes
	$(PYTEST) -m "not slow" -k "not postgresql"

# The kill test of `make test`, longer: `make kill KILLS=1000`. The account is told at the end.
KILLS ?= 50
kill: .venv/dev.stamp  ## the kill test, longer: KILLS=1000
	KILLS=$(KILLS) $(BIN)/pytest -n 2 tests/kill

# Figures against their limits; run it on a machine that does nothing else.
bench: .venv/dev.stamp  ## measure the figures that the service is built for
	$(BIN)/python -m tests.bench $(PARTS)

bench-full: .venv/dev.stamp  ## the same, with ten million events, a million notices, and the peak
	$(BIN)/python -m tests.bench --full $(PARTS)

# Hashed, and without the address of any registry. uv lives in a small environment of its own.
# What the service runs on, and nothing else, in an environment of its own: that is what gets listed.
.venv-sbom/stamp: requirements.txt requirements-build.txt requirements-sbom.txt pyproject.toml
	@rm -rf .venv-sbom
	@$(PYTHON) -m venv .venv-sbom/tools
	@$(PYTHON) -m venv --without-pip .venv-sbom/runtime
	@.venv-sbom/tools/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-sbom.txt
	@.venv-sbom/tools/bin/python -m pip --python .venv-sbom/runtime/bin/python install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	@touch $@

sbom: .venv-sbom/stamp  ## list every package of the service with its licence in var/sbom.json (CycloneDX)
	@mkdir -p var
	.venv-sbom/tools/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-format JSON -o var/sbom.json .venv-sbom/runtime/bin/python

audit: .venv-sbom/stamp  ## look the locked packages up among known vulnerabilities (needs the network)
	.venv-sbom/tools/bin/pip-audit --require-hashes --disable-pip -r requirements.txt

.venv-lock/bin/uv:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet --disable-pip-version-check uv

LOCK := UV_PYTHON_DOWNLOADS=never .venv-lock/bin/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
  --no-header --no-annotate --no-strip-extras --no-emit-index-url --no-emit-find-links

lock: .venv-lock/bin/uv  ## pin what is new among the requirements (`rm requirements*.txt` first: pin all anew)
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) -c requirements.txt --group build -o requirements-build.txt
	$(LOCK) --group sbom -o requirements-sbom.txt
	-cat requirements.txt requirements-build.txt requirements-dev.txt 2>/dev/null > .venv-lock/all.txt
	$(LOCK) -c requirements.txt -c requirements-build.txt pyproject.toml --group build --group check --group test -o .venv-lock/all.txt
	awk -F== '/^[a-z]/ { keep = !($$1 in held); if (FILENAME != ARGV[ARGC - 1]) held[$$1] } FILENAME == ARGV[ARGC - 1] && keep' \
	  requirements.txt requirements-build.txt .venv-lock/all.txt > requirements-dev.txt

clean:  ## remove what make made
	rm -rf .venv .venv-lock .venv-sbom .node var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
