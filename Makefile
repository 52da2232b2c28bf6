# `make help` lists the targets. PYTHON is the Python (3.11 or later) that .venv is made from; WORKERS is how many processes test at once.
PYTHON ?= python3
WORKERS ?= 3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE :=  # else each of some hundred processes compiles what it imports, which takes longer than its start
LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	--fork-strategy fewest --custom-compile-command 'make lock' $(UPGRADE)

.DEFAULT_GOAL := help
.PHONY: help setup run test lint types format bench screenshots lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: .venv/run.stamp .venv/pages.stamp  ## make .venv with chot in it (under a minute, once)

run: setup  ## a demo company from calls to payslips, then the application on it, in var/
	@$(BIN)/python tools/first_run.py

test: .venv/test.stamp .venv/pages.stamp lint  ## every check and every test; mypy works beside the first tests
	$(BIN)/mypy > .venv/types.txt 2>&1 & types=$$!; \
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 12; tests=$$?; \
	wait $$types; types=$$?; echo mypy; cat .venv/types.txt; [ $$tests = 0 ] && [ $$types = 0 ]

lint: .venv/test.stamp  ## ruff
	$(BIN)/ruff check

types: .venv/test.stamp  ## mypy, strict
	$(BIN)/mypy

format: .venv/test.stamp  ## sort imports and mend what ruff can mend safely
	$(BIN)/ruff check --fix

bench: .venv/test.stamp  ## the benchmarks, at a small size
	$(BIN)/python benchmarks/kpi.py --calls 1000000

screenshots: .venv/test.stamp .venv/pages.stamp  ## take the pictures in docs/images again
	$(BIN)/python tools/screenshots.py

lock: .venv/test.stamp  ## compile requirements/*.in to pins with hashes (UPGRADE=--upgrade for the newest)
	cd requirements && for name in build run test; do ../$(LOCK) $$name.in --output-file $$name.txt || exit 1; done

clean:  ## remove .venv, caches and the demo
	rm -rf .venv node_modules src/chot/web/static/built src/chot/printing/fonts .pytest_cache .mypy_cache .ruff_cache .hypothesis var
	find src tests tools benchmarks -name __pycache__ -prune -exec rm -rf {} +

.venv/run.stamp: tools/setup_venv.py pyproject.toml requirements/build.txt requirements/run.txt
	@$(PYTHON) tools/setup_venv.py run

.venv/pages.stamp: .venv/run.stamp package-lock.json tools/print_fonts.py $(wildcard frontend/* frontend/src/* src/chot/*/locale/*/LC_MESSAGES/*.po)
	@$(PYTHON) tools/setup_venv.py pages

.venv/test.stamp: .venv/run.stamp requirements/test.txt
	@$(PYTHON) tools/setup_venv.py test
