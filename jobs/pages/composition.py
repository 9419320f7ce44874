"""Wires what the pages of jobs need, from the settings."""

from __future__ import annotations

import os
from functools import cache

from django.conf import settings

from jobs.composition import data_folder, storage
from jobs.pages.frames.cache import PageCache
from jobs.pages.frames.process import ReadingProcess
from jobs.pages.frames.service import PageReader


def page_reader() -> PageReader:
    """What the pages show of videos and results."""
    return PageReader(reading_process(), PageCache(data_folder() / "cache" / "pages"), storage())


@cache
def reading_process() -> ReadingProcess:
    """The child process that reads for the pages; started on the first request."""
    return ReadingProcess(settings.PIPELINE)


# A forked child starts one of its own.
os.register_at_fork(after_in_child=reading_process.cache_clear)
