# What people type. CI types the same: see .ci/run.
PYTHON ?= python3
BIN    := .venv/bin
RUNS   := .venv/.runs
READY  := .venv/.ready
OLDEST := .venv/oldest
LOCK   := CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile --quiet --generate-hashes --strip-extras \
          --no-emit-find-links --no-emit-index-url --no-emit-trusted-host

# Compiling everything anew in each process would take a third of the time of the tests.
unexport PYTHONDONTWRITEBYTECODE

.NOTPARALLEL:
.PHONY: help check check-oldest demo check-ci check-live proof bench fmt generate dist lock clean

help: ## this list
	@awk -F ' *: *[^#]*## ' '/^[a-z-]+:.*## / { printf "  make %-12s  %s\n", $$1, $$2 }' Makefile

check: $(READY) ## lint, types, layers, tests, 100 % branch coverage
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check-oldest: $(READY)-oldest ## the tests with the lowest versions of what argogate needs
	$(OLDEST)/bin/python -m pytest -n 2

demo: $(RUNS) ## the whole job without a cluster, on a run that fails; writes into build/demo
	$(BIN)/argogate demo build/demo --scenario failing || test $$? -eq 1

check-ci: $(READY)-ci node_modules/.ready demo ## what CI systems and report readers will make of us
	$(BIN)/xmlschema-validate -v --schema tests/schemas/junit-10.xsd build/demo/*.xml
	$(BIN)/python -m tests.snippets
	$(BIN)/python -m pytest -n 2 -m 'pipelines or thorough'
	$(BIN)/python -m pytest -n 2 -m hypothesis --hypothesis-profile=thorough

check-live: $(READY) ## what CI meets, on a real server: ARGO_SERVER, ARGO_TOKEN, ARGO_NAMESPACE (LIVE=--pods)
	$(BIN)/python -m proof.live $(LIVE)

proof: $(READY)-proof ## every interleaving, fault and failing operation, fuzzing, slips and old faults: an hour
	$(BIN)/python -m proof

bench: $(READY)-bench ## measure speed and traffic, also of other programs
	$(BIN)/python -m bench

fmt: $(READY) ## format, and mend what ruff can mend
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

generate: $(READY) ## write every file that follows from the program, and what the tests expect of it
	$(BIN)/python -m tools.generate
	$(BIN)/python -m tests.recorded_runs
	$(BIN)/python -m tests.lookups.captures
	$(BIN)/python -m tests.reports.test_recorded
	$(BIN)/python -m tests.endings
	$(BIN)/python -m tests.troubleshooting
	$(BIN)/python -m tests.guide

dist: $(READY) ## wheel, sdist, argogate.pyz and what they are made of, in dist/
	rm -rf dist
	$(BIN)/python -m build --no-isolation >/dev/null
	$(BIN)/python -m tools.pyz dist/argogate.pyz
	$(BIN)/python -m tools.sbom dist/argogate.cdx.json

lock: $(READY) ## write requirements/*.txt anew, with the newest releases
	$(BIN)/pip install --quiet pip-tools
	$(LOCK) --upgrade --output-file requirements/runtime.txt pyproject.toml
	$(BIN)/python -m tools.wheels
	$(LOCK) --upgrade --output-file requirements/dev.txt requirements/runtime.txt requirements/dev.in
	$(LOCK) --upgrade $(foreach name,certifi charset-normalizer idna six,--unsafe-package $(name)) \
		--output-file requirements/oldest.txt requirements/oldest.in
	$(LOCK) --upgrade --output-file requirements/check-ci.txt requirements/check-ci.in
	$(LOCK) --upgrade --output-file requirements/proof.txt requirements/proof.in
	$(LOCK) --upgrade --output-file requirements/bench.txt requirements/bench.in

clean: ## remove everything that make made
	rm -rf .venv node_modules build dist .coverage .coverage.* .*_cache .hypothesis

# The demo needs no tool of ours, so a newcomer does not wait for them: argogate runs from the checkout.
$(RUNS): requirements/wheels.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("argogate needs Python 3.11 or newer; $(PYTHON) is %d.%d. Try: make PYTHON=python3.12" % sys.version_info[:2])'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/wheels.txt
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "checkout.pth").write_text("$(CURDIR)")'
	@printf '#!/bin/sh\nexec "$(CURDIR)/$(BIN)/python" -m argogate "$$@"\n' >$(BIN)/argogate
	@chmod +x $(BIN)/argogate
	@touch $@

$(READY): $(RUNS) requirements/dev.txt pyproject.toml argogate/__init__.py
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@rm -f $(BIN)/argogate
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(READY)-ci: $(READY) requirements/check-ci.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements/check-ci.txt
	@touch $@

# Its own environment: the tools of dev.txt, argogate from the checkout, and below it the oldest there are.
$(READY)-oldest: $(READY) requirements/oldest.txt
	$(PYTHON) -m venv --clear $(OLDEST)
	$(OLDEST)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(OLDEST)/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/oldest.txt
	$(OLDEST)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(OLDEST)/bin/pip check
	@touch $@

$(READY)-proof: $(READY) requirements/proof.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/proof.txt
	@touch $@

# In a folder of its own: what is checked must be the same with and without it.
$(READY)-bench: $(READY) requirements/bench.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --upgrade --target .venv/bench -r requirements/bench.txt
	@touch $@

node_modules/.ready: package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
