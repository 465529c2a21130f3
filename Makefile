# The commands of this project. Each does its own set-up; nothing else need be installed than
# Python 3.11 with its venv module, make and git.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.DEFAULT_GOAL := help
.PHONY: help run test check bench dev docs crash lock clean

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 10

run: $(VENV)/run ## install what is locked, seed the first time, serve on http://localhost:1948
	@$(BIN)/openroots up $(ARGS)

test: $(VENV)/test ## everything the tests need, then the whole suite
	@tools/test_needs.sh
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: $(VENV)/test ## formatting, lint, types, floors, docs drift, lock files
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/check_locks.py
	@$(BIN)/python -m tools.make_docs --check

bench: $(VENV)/test ## the README's performance table; ONLY=read one row, FULL=1 the long ones
	@$(BIN)/python -m bench $(ARGS)

dev: $(VENV)/test ## serve, and start again whenever the code changes
	@$(BIN)/python tools/dev.py $(ARGS)

docs: $(VENV)/test ## make the docs that are made from the declarations
	@$(BIN)/python -m tools.make_docs

crash: $(VENV)/test ## the long crash campaign: power cuts around 10,000 commits, 120 kills
	@$(BIN)/python -m pytest -m crash --crash-commits 10000 --crash-rounds 60 tests/crash $(ARGS)

lock: ## pin the newest versions allowed, with hashes and without index names (needs uv)
	uv pip compile pyproject.toml --extra build $(LOCK) -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra test $(LOCK) -o requirements-test.lock

LOCK := -q --upgrade --generate-hashes --no-header --no-annotate --no-emit-index-url \
	--no-emit-find-links --universal --python-version 3.11

clean: ## remove what was made, and the state under ./var
	rm -rf $(VENV) node_modules var .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache dist

$(VENV)/run: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/test: requirements-test.lock $(VENV)/run
	@$(PIP) install --require-hashes -r requirements-test.lock
	@touch $@
