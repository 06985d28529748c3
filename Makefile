# Two commands: `make verify` proves the shipped specifications, `make test` runs the tests.
# Both set up their own virtual environment first; `make clean` forgets it.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: verify test lint clean

verify: .venv/tool
	$(BIN)/cecheck verify specs

test: .venv/dev
	$(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

lint: .venv/dev
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

.venv/tool: pyproject.toml | .venv/bin/pip
	$(PIP) install --editable .
	@$(BIN)/python -m compileall -q cecheck
	@touch $@

.venv/dev: .venv/tool
	$(PIP) install --editable '.[dev]'
	@touch $@

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'cecheck needs Python 3.11 or newer (set PYTHON=...)' >&2; exit 1; }
	@$(PYTHON) -m venv .venv \
	  || { rm -rf .venv; echo 'on Debian: apt-get install python3-venv' >&2; exit 1; }

clean:
	rm -rf .venv
