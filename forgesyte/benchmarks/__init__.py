"""Benchmarks; `manage.py benchmark` prints each measurement as a JSON object."""
