# The two commands of a newcomer are `make up` and `make test`; `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help env up down logs test lint lock bench clean

# Compiled modules halve the start of every task; one BLAS thread keeps results repeatable.
unexport PYTHONDONTWRITEBYTECODE
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 14

env: ## make .venv from requirements.lock (nothing to do: under a second)
	@$(PYTHON) bootstrap.py

up: env ## start PostgreSQL, MLflow and Airflow, run the flights pipeline, say what it found
	@$(BIN)/almanac up

down: ## stop all servers; no process stays behind
	@if [ -x $(BIN)/almanac ]; then $(BIN)/almanac down; else echo "Nothing was started from this checkout."; fi

logs: ## show why a server failed
	@if [ -x $(BIN)/almanac ]; then $(BIN)/almanac logs; else echo "Nothing was started from this checkout: run \`make up\`."; fi

test: env ## run every test that is not marked soak, those against real servers included
	@$(BIN)/python -m pytest -m "not soak" --numprocesses logical --maxprocesses 4 --dist loadgroup

lint: env ## ruff, mypy --strict, import-linter
	@failed=0; for tool in "ruff check ." "ruff format --check ." mypy lint-imports; do echo "== $$tool"; $(BIN)/$$tool || failed=1; done; exit $$failed

lock: env ## resolve pyproject.toml anew into requirements.lock
	@$(PYTHON) bootstrap.py lock

bench: env ## run every benchmark quickly
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python "$$file" --quick || exit 1; done

clean: down ## remove the environment and the caches; the state folder .almanac stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
