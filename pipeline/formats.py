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


def clock_time(seconds: float) -> str:
    """0:03.4, 12:07.0, 1:02:03."""
    tenths = round(max(0.0, seconds) * 10)
    minutes, rest = divmod(tenths, 600)
    if minutes >= 60:
        return f"{minutes // 60}:{minutes % 60:02}:{rest // 10:02}"
    return f"{minutes}:{rest // 10:02}.{rest % 10}"
