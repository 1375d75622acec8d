# `make report` from nothing: environment, install, run.  Every target works on a fresh checkout.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
OUT ?= report
export MPLBACKEND := Agg

.DEFAULT_GOAL := help
.PHONY: help report test check format figures lock clean

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "make %-9s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make: $(PYTHON) is older than Python 3.11; say make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml requirements.lock | $(BIN)/python
	$(PIP) install --quiet -c requirements.lock -e '.[vq]'
	@touch $@

$(VENV)/.dev: pyproject.toml requirements.lock | $(BIN)/python
	$(PIP) install --quiet -c requirements.lock -e '.[dev]'
	@touch $@ $(VENV)/.core

report: $(VENV)/.core ## compare the codebooks of real tokenizers: writes report/index.html
	$(BIN)/fsq-theory report -o $(OUT)

test: $(VENV)/.dev ## run the tests
	$(BIN)/python -m pytest -n 2

check: $(VENV)/.dev ## formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.dev ## put the code into the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

figures: $(VENV)/.core ## remake the README's figure
	$(BIN)/python docs/make_figure.py

lock: $(BIN)/python ## pin every dependency again, for every platform
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-emit-index-url --no-emit-find-links \
	  --no-annotate --custom-compile-command 'make lock' --upgrade -o requirements.lock pyproject.toml

clean: ## remove the environment and everything that was made
	rm -rf $(VENV) $(OUT) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
