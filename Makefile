# Every target explains itself: `make help`. Only Python 3.11, make and git are needed.

PYTHON ?= python3
SUITE ?= software_team
SUBJECT ?=
VENV := .venv
BIN := $(VENV)/bin
SERVERS := .servers
ANSWERS := src/passmuster/sandboxing/environment
SCRIPTS := src/passmuster/adapters/reporters/templates tests/browser/script
SELECTED := $(foreach name,$(SUBJECT),--subject $(name))

.DEFAULT_GOAL := help
.PHONY: help eval test test-servers coverage check report docs bench bench-peers format lock clean

help: ## Say what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

eval: $(VENV)/.ready-run ## Evaluate the suite, compare with the accepted baseline, report, judge
	@$(BIN)/passmuster run $(SUITE) $(SELECTED)

test: $(VENV)/.ready-develop ## Run every test
	@# The tests start passmuster a thousand times, and where Python is told to write no bytecode each would compile it.
	@$(BIN)/python -m compileall -q -j 0 src
	@$(BIN)/python -m pytest -n auto --dist worksteal -q

test-servers: $(VENV)/.ready-develop ## Run the tests against real servers (installs gigabytes, once)
	@scripts/prepare-servers $(SERVERS) $(PYTHON)
	@PASSMUSTER_SERVERS=$(SERVERS) $(BIN)/python -m pytest -q tests/servers

coverage: $(VENV)/.ready-develop ## Run every test and measure what they cover
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report

check: $(VENV)/.ready-develop ## Lint, format, types, import contracts, the report's script, file sizes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/oxlint --quiet --deny-warnings $(SCRIPTS)
	@$(BIN)/python scripts/check_sizes.py

report: $(VENV)/.ready-run ## Write the reports of the latest run again
	@$(BIN)/passmuster report $(SUITE)

docs: $(VENV)/.ready-docs ## Build the documentation as a site, in site/
	@$(BIN)/python -m docs.website

bench: $(VENV)/.ready-develop ## Run the benchmarks (minutes; not part of the tests)
	@for script in $(filter-out benchmarks/peers.py,$(wildcard benchmarks/*.py)); do echo "== $$script"; $(BIN)/python $$script || exit 1; done

bench-peers: $(VENV)/.ready-develop ## Run the same questions through other tools, installed below .peers (half an hour)
	@benchmarks/peers/prepare $(PYTHON)
	@$(BIN)/python benchmarks/peers.py

format: $(VENV)/.ready-develop ## Put the code into its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: ## Pin the dependencies again, with hashes and without addresses (needs uv)
	uv pip compile pyproject.toml --group build -o requirements/run.txt $(LOCK)
	uv pip compile pyproject.toml --group develop -o requirements/develop.txt $(LOCK)
	uv pip compile pyproject.toml --group docs -c requirements/develop.txt -o requirements/docs.txt $(LOCK)
	uv pip compile $(ANSWERS)/requirements.in -o $(ANSWERS)/requirements.txt $(LOCK)
LOCK := --upgrade --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
	--no-annotate --quiet --custom-compile-command "make lock"

clean: ## Remove what was made here
	rm -rf $(VENV) .passmuster .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf build site htmlcov .coverage src/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find reports -mindepth 1 ! -name README.md -delete

# With uv if it is there, else with venv and pip. The marks make a second run do no set-up; a change of the pins does.
$(VENV)/.ready-run: requirements/run.txt pyproject.toml
	@scripts/prepare $(VENV) $(PYTHON) requirements/run.txt
	@touch $@

$(VENV)/.ready-develop: requirements/develop.txt pyproject.toml
	@scripts/prepare $(VENV) $(PYTHON) requirements/develop.txt
	@touch $@ $(VENV)/.ready-run $(VENV)/.ready-docs

$(VENV)/.ready-docs: requirements/docs.txt pyproject.toml
	@scripts/prepare $(VENV) $(PYTHON) requirements/docs.txt
	@touch $@ $(VENV)/.ready-run
