"""Template filters of the status pages for times, durations and numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.models import JobRecord
from pipeline import formats

register = template.Library()


@register.filter
def moment(value: datetime) -> SafeString:
    """An aware time as `<time>` in UTC, with microseconds in its title; a script makes it local."""
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
    """The duration from a job's submission to its end, or until now."""
    if job.status.is_final:
        return duration(job.updated_at - job.created_at)
    return f"{duration(now - job.created_at)} so far"


@register.filter
def duration(value: timedelta) -> str:
    """A duration in its two largest units."""
    return formats.duration(value.total_seconds())
