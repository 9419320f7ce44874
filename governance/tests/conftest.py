"""How the property tests run: the same examples each time, however slow the machine."""

from hypothesis import settings

settings.register_profile("repeatable", database=None, deadline=None, derandomize=True)
settings.load_profile("repeatable")
