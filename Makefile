# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
SERVE ?= 1
VENV := .venv
BIN := $(VENV)/bin
export MLFLOW_DISABLE_TELEMETRY := true

.PHONY: help setup demo test faults check bench clean

help:  ## what each command does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1  /'

setup: $(VENV)/.ready  ## make .venv with exact versions

$(VENV)/.ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,postgres]'
	touch $@

demo: setup  ## a made bank of 5,000 customers, one night, the workbench on http://127.0.0.1:8700 (SERVE=0: no workbench)
	$(BIN)/forecare demo --serve $(SERVE)

test: setup  ## all tests
	$(BIN)/python -m pytest

faults: setup  ## what must survive, in full: malformed files, frauds, damage, kills, 500 histories and 500 days of events
	FORECARE_FULL=1 $(BIN)/python -m pytest --timeout 7200 tests/faults tests/features/signals/test_build.py \
		tests/features/intake/test_interrupted.py tests/care/decisions/test_episodes.py tests/care/test_event.py

check: setup  ## style, types, the tower's walls
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: setup  ## the benchmarks, beside their peers
	$(BIN)/python -m benchmarks

clean:  ## remove the virtual environment and the demo's home
	rm -rf $(VENV) forecare-home
