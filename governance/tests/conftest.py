"""How the property tests run: the same examples each time, however slow the machine."""

import gc

from hypothesis import settings

settings.register_profile("repeatable", database=None, deadline=None, derandomize=True)
settings.load_profile("repeatable")


def pytest_unconfigure() -> None:
    """Hypothesis leaves a callback that keeps modules alive; duckdb then reports leaks at exit."""
    gc.callbacks.clear()
