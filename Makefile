# Two commands: `make run` plays, `make test` proves. Everything else is a part of them.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup run test cover-engine lint types check bench bench-wire bench-reload soak-kill soak-reload fuzz twin sanitize suites clean

help:            ## say what each target does
	@grep -E '^[a-z-]+: .*##|^[a-z-]+:  +##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

# What the compiled parts are made of: they are built afresh when that changes.
TWIN := hatch_build.py $(wildcard gameserver/*/c/*)

.venv/.run: pyproject.toml $(TWIN)
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
	  { echo "python3 -m venv failed: on Debian, apt install python3-venv" >&2; exit 1; }
	@echo "installing gameserver into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/.dev: pyproject.toml $(TWIN) .venv/.run
	@echo "installing what the tests need into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

setup: .venv/.dev  ## set up .venv for development

run: .venv/.run  ## start the server on loopback with Lantern Keep
	@exec $(BIN)/gameserver run --data data --plugins plugins --registration open --watch release

test: .venv/.dev  ## run all tests, with coverage
	@$(BIN)/python -m coverage erase
	@$(BIN)/python -m tests.whole
	@$(BIN)/python -m coverage combine -q
	@printf "coverage, percent: " && $(BIN)/python -m coverage report --format=total

cover-engine: .venv/.dev  ## the coverage of the reload engine by its own tests
	@$(BIN)/python -m coverage erase
	@$(BIN)/python -m coverage run --omit=none --source=gameserver/reload -m pytest -q tests/reload
	@$(BIN)/python -m coverage combine -q && $(BIN)/python -m coverage report --omit=none

lint: .venv/.dev  ## ruff, all rules
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/.dev  ## mypy --strict
	@$(BIN)/mypy

check: lint types test  ## what CI runs

bench: .venv/.dev  ## calls and notifications beside stock Twisted PB
	@$(BIN)/gameserver bench calls

bench-wire: .venv/.dev  ## the wire beside stock PB and other protocols; ARGS="--only parts"
	@$(BIN)/gameserver bench wire $(ARGS)

bench-reload: .venv/.run  ## how long a reload blocks, beside other tools; ARGS=--json
	@$(BIN)/python -m tests.reload.suite.bench_beside $(ARGS)

soak-kill: .venv/.dev  ## kill -9 under load, 200 times; ARGS="--kills 5 --changes 5000"
	@$(BIN)/python -m tests.soak $(ARGS)

soak-reload: .venv/.dev  ## 1,000 releases under load of 200; ARGS="--releases 50 --callers 20"
	@$(BIN)/python -m tests.soak.reload $(ARGS)

fuzz: .venv/.dev  ## a million hostile messages, read by both codecs; ARGS="--messages 10000"
	@$(BIN)/python -m tests.wire.fuzz $(ARGS)

twin: .venv/.dev  ## build the compiled parts in place, after a change of their sources
	@$(BIN)/python -m hatch_build

sanitize: .venv/.dev  ## the tests of the compiled parts, and a fuzz, with gcc's sanitizers; ARGS="--fuzz 5000"
	@$(BIN)/python -m tests.sanitized $(ARGS)

suites: .venv/.run  ## the reload suite on every Python here, beside the peers
	@$(BIN)/python -m tests.reload.suite.everywhere

clean:           ## forget .venv and everything built
	rm -f gameserver/*/_twin.*.so
	rm -rf .venv build dist .coverage* .hypothesis .mypy_cache .ruff_cache
