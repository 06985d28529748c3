# Two commands: `make verify` proves the shipped specifications, `make test` runs the tests: all
# that are quick, and one of four parts of the others; which one, the commit decides, so that each
# has its turn.  `make test-all` runs everything, for more than an hour.
# All set up their own virtual environment first; `make clean` forgets it.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

PART ?= $(shell echo "$$(( 0x$$(git rev-parse --short=7 HEAD 2>/dev/null || echo 0) % 4 + 1 ))/4")
PYTEST := $(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

.PHONY: verify test test-all lint clean

verify: .venv/tool
	$(BIN)/cecheck verify specs

test: .venv/dev
	$(PYTEST) --part $(PART)

test-all: .venv/dev
	$(PYTEST)

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
