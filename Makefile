# `make demo` and `make test` need nothing typed before them. README.md says more.

PYTHON ?= python3
PY := .venv/bin/python
PORT ?= 8000
CODE := forgesyte jobs pipeline governance manage.py

.PHONY: help setup setup-dev demo run test unit faults format lint types docs lock check audit clean
.DEFAULT_GOAL := help

help:
	@echo "make demo      set up, run the sample video through API and worker, show the results"
	@echo "make run       set up, keep API and worker up until Ctrl-C; PORT=8001 for another port"
	@echo "make setup     make .venv and install what running needs"
	@echo "make test      set up for tests, run every test"
	@echo "make unit      the tests that take seconds: no browser, no other processes"
	@echo "make faults    the full fault-injection tests: hours; figures as JSON lines"
	@echo "make format    black, and what ruff can put right"
	@echo "make lint      ruff, bandit and the governance scanner"
	@echo "make types     mypy"
	@echo "make docs      build the documents as a site, with strict links, into site/"
	@echo "make lock      pin what the requirements need in turn (requirements/*.lock.txt)"
	@echo "make check     everything that a pull request has to pass, but for what needs a network"
	@echo "make audit     packages of .venv with known vulnerabilities; asks the OSV database"
	@echo "make clean     remove .venv and the tools' caches; the data folder stays"

setup:
	@PYTHON="$(PYTHON)" sh requirements/setup.sh base

setup-dev:
	@PYTHON="$(PYTHON)" sh requirements/setup.sh dev

demo: setup
	@$(PY) manage.py migrate
	@$(PY) manage.py demo

run: setup
	@$(PY) manage.py migrate
	@$(PY) manage.py run_all --port $(PORT)

# Two processes: many tests wait for others. The tests of a file stay together and share what they
# start.
test: setup-dev
	@$(PY) -m pytest -n 2 --dist loadfile

unit: setup-dev
	@$(PY) -m pytest forgesyte/tests/unit jobs/tests/unit pipeline/tests/unit governance/tests/unit

faults: setup-dev
	@$(PY) -m pytest -m faults

format: setup-dev
	$(PY) -m ruff check --fix --exit-zero --quiet .
	$(PY) -m black --quiet .

lint: setup-dev
	$(PY) -m ruff check .
	$(PY) -m black --check --quiet .
	$(PY) -m bandit --quiet --configfile pyproject.toml --recursive $(CODE) requirements
	$(PY) governance/validate_phase16_path.py

types: setup-dev
	$(PY) -m mypy $(CODE)

docs: setup-dev
	$(PY) -m mkdocs build --strict --config-file requirements/mkdocs.yml

lock: setup-dev
	$(PY) -m piptools compile --quiet --strip-extras --no-header --no-emit-index-url --no-emit-find-links --annotation-style=line --output-file=requirements/base.lock.txt requirements/base.txt
	$(PY) -m piptools compile --quiet --strip-extras --no-header --no-emit-index-url --no-emit-find-links --annotation-style=line --output-file=requirements/dev.lock.txt requirements/dev.txt

check: setup-dev
	$(PY) governance/validate_phase16_path.py
	$(PY) manage.py validate_pipelines
	$(PY) -m pytest --cov --cov-report=term-missing:skip-covered
	$(PY) manage.py smoke_test
	.venv/bin/pre-commit run --all-files
	$(PY) -m mkdocs build --strict --config-file requirements/mkdocs.yml

audit: setup-dev
	$(PY) -m pip_audit --strict --progress-spinner off --vulnerability-service osv

clean:
	rm -rf .venv site .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis .coverage .coverage.*
	find $(CODE) -type d -name __pycache__ -prune -exec rm -rf {} +
