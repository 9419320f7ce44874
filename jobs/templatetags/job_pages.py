"""How the status pages write times and durations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.models import JobRecord

register = template.Library()

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


@register.filter
def moment(value: datetime) -> SafeString:
    """An aware time as `<time>`: in UTC, exact in its title; a script makes it local."""
    utc = value.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC">{} UTC</time>',
        utc.isoformat().replace("+00:00", "Z"),
        utc.strftime("%Y-%m-%d %H:%M:%S.%f"),
        utc.strftime("%Y-%m-%d %H:%M:%S"),
    )


@register.filter
def thousands(number: int) -> str:
    """12,345"""
    return f"{number:,}"


@register.filter
def lasted(job: JobRecord, now: datetime) -> str:
    """From a job's submission to its end, or until now."""
    if job.status.is_final:
        return duration(job.updated_at - job.created_at)
    return f"{duration(now - job.created_at)} so far"


@register.filter
def duration(value: timedelta) -> str:
    """A duration in its two largest units: 0.84 s, 12.3 s, 4 min 5 s, 2 h 3 min, 1 d 4 h."""
    seconds = max(0.0, value.total_seconds())
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
