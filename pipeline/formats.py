"""Sizes and durations as people read them, the same on pages and in commands."""

from django.template.defaultfilters import filesizeformat

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


def file_size(count: float) -> str:
    """Of bytes: 512 bytes, 7.5 KB, 1.2 GB; a KB has 1024 bytes."""
    return filesizeformat(count).replace("\xa0", " ")


def duration(seconds: float) -> str:
    """In the two largest units: 0.84 s, 12.3 s, 4 min 5 s, 2 h 3 min, 1 d 4 h."""
    seconds = max(0.0, seconds)
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < HOUR_S:
        return f"{whole // MINUTE_S} min {whole % MINUTE_S} s"
    if whole < DAY_S:
        return f"{whole // HOUR_S} h {whole % HOUR_S // MINUTE_S} min"
    return f"{whole // DAY_S} d {whole % DAY_S // HOUR_S} h"
