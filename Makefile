# Every command a contributor needs; `make` alone lists them.
#
# Tools live in .venv and come from requirements/, where each version is pinned with its hashes.
# A file .venv/.stamp-* says which set is installed; a newer lock or pyproject.toml renews it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
# Bytecode at once: whoever sets PYTHONDONTWRITEBYTECODE would wait for it at every start.
UV := VIRTUAL_ENV=.venv UV_COMPILE_BYTECODE=1 $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate

.PHONY: help
help: ## list these commands
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

.PHONY: setup
setup: .venv/.stamp-dev ## install everything a contributor needs into .venv

.venv/.stamp-uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "FaultMaven needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# What `make demo` and a user need: the program and its base dependencies.
.venv/.stamp-base: .venv/.stamp-uv requirements/base.txt requirements/build.txt pyproject.toml
	$(UV) pip install --quiet --require-hashes -r requirements/base.txt
	$(UV) pip install --quiet --no-deps --build-constraints requirements/build.txt --editable .
	@touch $@

.venv/.stamp-dev: .venv/.stamp-base requirements/dev.txt
	$(UV) pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

.PHONY: demo
demo: .venv/.stamp-base ## play a recorded incident, from alert to report; needs no account
	@$(BIN)/faultmaven demo

.PHONY: team
team: setup ## start what docker-compose.yml does, without Docker; WORKERS=3 for more of them
	@$(BIN)/python -m tests.team --scale worker=$(or $(WORKERS),1)

# Bytecode of ours is kept, too: tests start the program some hundred times.
ROOMS := api bot core faultmaven integrations storage webhooks
test: export PYTHONDONTWRITEBYTECODE =

.PHONY: test
test: setup ## run every test, on real servers where they can be had
	@$(BIN)/python tests/setup_services.py
	@$(BIN)/python -m compileall -q -j 2 $(ROOMS)
	@$(BIN)/python -m tests.rewritten_modules
	$(BIN)/pytest --cache-clear --numprocesses 5 --dist loadfile || $(BIN)/python -m tests.second_look $$?

# Every file that git tracks or would track.
OURS = git ls-files --cached --others --exclude-standard --deduplicate

# A file that has not changed since the last scan found nothing in it is not scanned again: a clean
# checkout, as CI has it, scans all; so does a new baseline or scanner.
SCANNED := .venv/.stamp-secrets
UNSCANNED = if [ $(SCANNED) -nt .secrets.baseline ] && [ $(SCANNED) -nt .venv/.stamp-dev ]; \
	then xargs -0 sh -c 'find "$$@" -maxdepth 0 -newer $(SCANNED) -print0 || :' find; else cat; fi

.PHONY: check
check: setup ## lint, types, layers, dependencies, secrets, container and workflow
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	@touch $(SCANNED).new
	$(OURS) -z | { $(UNSCANNED); } | xargs -0 -r -n 250 -P 2 $(BIN)/detect-secrets-hook --no-verify --baseline .secrets.baseline
	@mv $(SCANNED).new $(SCANNED)
	$(OURS) -z .ci/run "*.sh" | xargs -0 $(BIN)/shellcheck
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --offline --no-progress --quiet .github/workflows
	$(BIN)/pre-commit validate-config

.PHONY: bench
bench: setup ## run the benchmarks that need no data of yours; EGRESS=corpus.jsonl adds the egresses
	@$(BIN)/python -m benchmarks $(if $(EGRESS),--egress '$(EGRESS)')

SEEDS ?= 2000
FROM ?= 0

.PHONY: simulate
simulate: setup ## play the whole product under faults, SEEDS=2000 times, from seed FROM=0
	$(BIN)/python -m tests.simulation --from $(FROM) --seeds $(SEEDS)

LAB ?= build/lab
INCIDENTS ?= 170

.PHONY: lab
lab: setup ## record INCIDENTS=170 incidents of real software in LAB=build/lab and score them; root, Debian, hours
	$(BIN)/python -m benchmarks.lab setup
	$(BIN)/python -m benchmarks.lab record --out $(LAB) --seed 1 --incidents $(INCIDENTS) --parallel 2
	$(BIN)/python -m benchmarks.lab split $(LAB)
	$(BIN)/python -m benchmarks.incidents --data $(LAB) --part choose

.PHONY: fmt
fmt: setup ## format, and fix what ruff can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: shape
shape: setup ## module lengths, function sizes, cycles: a mirror, not a gate
	@$(BIN)/python -m tests.house.shape

.PHONY: cards
cards: setup ## draw the golden cards, prompts and reports again; look at the difference before you commit it
	$(BIN)/python -m tests.cards
	$(BIN)/python -m tests.reports
	$(BIN)/python -m tests.prompts

.PHONY: screens
screens: setup ## draw the pictures of the docs whose golden cards changed; wants Chromium
	$(BIN)/python -m tests.pictures.screens

.PHONY: docs
docs: setup ## write the generated part of the reference again
	$(BIN)/python -m docs.generate

# Left out: locks, the baseline itself, and fingerprints of alerts, 64 bits in hexadecimal.
.PHONY: secrets
secrets: setup ## accept what the secret scanner finds now; look at the difference, then git add
	$(OURS) -z | xargs -0 $(BIN)/detect-secrets scan --slim --no-verify \
		--exclude-files '^(requirements/.*\.txt|\.secrets\.baseline)$$' \
		--exclude-secrets '^[0-9a-f]{16}$$' >.secrets.new
	mv .secrets.new .secrets.baseline

.PHONY: lock
lock: .venv/.stamp-uv ## pin the newest versions that fit pyproject.toml, with hashes
	$(COMPILE) --upgrade requirements/uv.in --output-file requirements/uv.txt
	$(COMPILE) --upgrade requirements/build.in --output-file requirements/build.txt
	$(COMPILE) --upgrade pyproject.toml --extra team --extra privacy --extra llm --extra otlp --extra pdf --extra embeddings --extra qdrant --group dev --output-file requirements/dev.txt
	$(COMPILE) --upgrade --no-deps requirements/embeddings.in --output-file requirements/embeddings.txt
	$(COMPILE) --upgrade requirements/peers.in --output-file requirements/peers.txt
	$(COMPILE) pyproject.toml --extra team --extra pdf --constraints requirements/dev.txt --output-file requirements/team.txt
	$(COMPILE) pyproject.toml --extra team --extra privacy --extra llm --extra otlp --extra pdf --extra embeddings --extra qdrant --constraints requirements/dev.txt --output-file requirements/image.txt
	$(COMPILE) pyproject.toml --constraints requirements/dev.txt --output-file requirements/base.txt

.PHONY: peers
peers: setup ## install what the benchmarks compare us with, apart from all else
	$(BIN)/uv venv --quiet --allow-existing .venv-peers
	VIRTUAL_ENV=.venv-peers $(BIN)/uv pip install --quiet --require-hashes -r requirements/peers.txt

.PHONY: clean
clean: ## remove .venv, caches and builds; your data stays
	rm -rf .venv .venv-peers build dist htmlcov .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
