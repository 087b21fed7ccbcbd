# Two targets matter: `make run` and `make test`.  Everything happens in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
IN_VENV := PATH="$(CURDIR)/$(BIN):$$PATH"
SOURCES := $(shell find csrc src/partywall -type f -not -name '*.pyc') build.py meson.build pyproject.toml README.md

.PHONY: run test docs lint lint-c bench coverage clean

run: $(VENV)/installed
	$(BIN)/partywall run

test: $(VENV)/installed-test $(VENV)/ctest/build.ninja
	$(IN_VENV) $(BIN)/ninja -C $(VENV)/ctest --quiet
	$(BIN)/meson test -C $(VENV)/ctest --no-rebuild --print-errorlogs
	$(BIN)/python -m pytest

# The site, in .venv/site; a warning is an error.
docs: $(VENV)/installed-docs
	$(BIN)/python -m sphinx -W --keep-going -q -b html -d $(VENV)/doctrees docs $(VENV)/site

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Both compilers, every warning an error; clang comes as the PyPI package ziglang.
lint-c: $(VENV)/installed-dev
	$(IN_VENV) $(BIN)/meson setup --wipe $(VENV)/cc -Dtests=true -Dwerror=true > $(VENV)/lint-c.log
	$(IN_VENV) $(BIN)/ninja -C $(VENV)/cc --quiet
	$(IN_VENV) CC="python -m ziglang cc" $(BIN)/meson setup --wipe $(VENV)/clang -Dtests=true -Dwerror=true >> $(VENV)/lint-c.log
	$(IN_VENV) $(BIN)/ninja -C $(VENV)/clang --quiet

bench: $(VENV)/installed
	$(BIN)/python benchmarks/against_peers.py
	$(BIN)/python benchmarks/planted_effects.py
	$(BIN)/python benchmarks/large_session.py
	$(BIN)/python benchmarks/report_time.py
	$(BIN)/python benchmarks/crash_endurance.py

# Writes the tables of docs/coverage.md anew: those that follow from the seed, or PARTS="grid harnesses power machine".
coverage: $(VENV)/installed
	$(BIN)/python tests/simulation/tables.py docs/coverage.md $(PARTS)

clean:
	rm -rf $(VENV) build dist

$(VENV)/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "partywall needs Python 3.11 or newer")'
	@$(PYTHON) -c 'import os, sys, sysconfig; p = os.path.join(sysconfig.get_path("include"), "Python.h"); sys.exit(not os.path.exists(p) and p + " is missing: install the Python headers (python3-dev)")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/installed: $(VENV)/created $(SOURCES)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check .
	touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check '.[test]' 'meson-python>=0.18' 'meson>=1.4' 'ninja>=1.11' 'cffi>=2.1'
	touch $@

$(VENV)/installed-docs: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check '.[docs]'
	touch $@

$(VENV)/installed-dev: $(VENV)/installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check '.[test,dev,docs]'
	touch $@

$(VENV)/ctest/build.ninja: $(VENV)/installed-test
	rm -rf $(VENV)/ctest
	$(IN_VENV) $(BIN)/meson setup $(VENV)/ctest -Db_sanitize=address,undefined -Db_lundef=false -Dtests=true > $(VENV)/ctest.log || { cat $(VENV)/ctest.log; exit 1; }
