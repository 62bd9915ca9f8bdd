# make demo: train LeNet on digits and look at the pictures.   make test: prove that it works.
PYTHON ?= python3
BIN := .venv/bin
# one more than there are processors: many tests wait for other processes
WORKERS := $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)' 2> /dev/null || echo auto)
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check  # -qq: errors only

# many tests start programs: compiled once, they start in half the time
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check bench coverage clean

help:
	@echo "make demo      train LeNet on handwritten digits and show the pictures"
	@echo "make test      every test (those that need a GPU or real data skip without)"
	@echo "make check     format, lint, types, import contracts, fast tests"
	@echo "make bench     the benchmarks that need nothing but this machine"
	@echo "make coverage  which lines and branches the tests reach"
	@echo "make clean     remove .venv and caches; runs stay"

demo: .venv/installed
	@$(BIN)/paramdyn run --model lenet --dataset digits --init kaiming-uniform --epochs 20 --seed 0

test: .venv/installed-test
	@$(BIN)/python -m compileall -q engine paramdyn_tui  # hundreds of processes read it
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

check: .venv/installed-test
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=engine:. $(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -n $(WORKERS) -m "not slow and not gpu"

bench: .venv/installed
	@for script in benchmarks/[!_]*.py; do \
		echo "$$script"; $(BIN)/python "$$script" || exit 1; \
	done

coverage: .venv/installed-test
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

clean:
	rm -rf .venv build dist .coverage .coverage.*
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
		found=$$($(PYTHON) --version 2> /dev/null || echo absent); \
		echo "paramdyn needs Python 3.11 or newer; '$(PYTHON)' is $$found." \
			"Name another one: make demo PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

# pip would compile one file after the other, and the tests of every package, too
COMPILE := $(BIN)/python -m compileall -q -j 0 -x '/tests?/' .venv/lib/python3*/site-packages

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing into .venv (torch is large: some minutes the first time) ..."
	@$(PIP) install --no-compile -c constraints.txt -e .
	@$(COMPILE) > /dev/null || true  # what cannot be compiled is not imported
	@touch $@

# with all that is installed for users: one look for packages, not two
.venv/installed-test: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing into .venv (torch is large: some minutes the first time) ..."
	@$(PIP) install --no-compile -c constraints.txt -e ".[test]"
	@$(COMPILE) > /dev/null || true  # what cannot be compiled is not imported
	@touch .venv/installed $@
