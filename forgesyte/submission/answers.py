"""What answers and failures say, in words."""

from __future__ import annotations

from forgesyte.api_client import Answer

RETRY_S = 2.0
LONGEST_RETRY_S = 10.0


def detail(answer: Answer) -> str:
    """What an error of the API says; "" if it is not one."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return ""


def retry_after(answer: Answer) -> float:
    """Seconds to wait before asking again, never long."""
    try:
        return min(float(answer.headers["retry-after"]), LONGEST_RETRY_S)
    except (KeyError, ValueError):
        return RETRY_S


def reason(error: Exception) -> str:
    """What a connection suffered, as a sentence."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"{text}."
