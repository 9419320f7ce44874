# `make demo` and `make test` need nothing typed before them. README.md says more.

PYTHON ?= python3
PY := .venv/bin/python
CODE := forgesyte jobs pipeline governance manage.py

.PHONY: help setup demo test run check clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    set up, run the sample video through API and worker, show the results"
	@echo "make test    set up, run every test"
	@echo "make run     set up, keep API and worker up until Ctrl-C"
	@echo "make setup   make .venv and install what is needed"
	@echo "make check   everything that a pull request has to pass"
	@echo "make clean   remove .venv and the tools' caches; the data folder stays"

setup:
	@PYTHON="$(PYTHON)" sh requirements/setup.sh

demo: setup
	@$(PY) manage.py migrate
	@$(PY) manage.py demo

# Two processes: many tests wait for others. The tests of a file stay together and share what they
# start.
test: setup
	@$(PY) -m pytest -n 2 --dist loadfile

run: setup
	@$(PY) manage.py migrate
	@$(PY) manage.py run_all

check: setup
	$(PY) governance/validate_phase16_path.py
	$(PY) manage.py validate_pipelines
	$(PY) -m pytest --cov --cov-report=term-missing:skip-covered
	$(PY) manage.py smoke_test
	.venv/bin/pre-commit run --all-files
	$(PY) requirements/audit.py

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis .coverage .coverage.*
	find $(CODE) -type d -name __pycache__ -prune -exec rm -rf {} +
