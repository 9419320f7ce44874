"""Checks before a server is exposed to other machines."""

from __future__ import annotations

import ipaddress
import socket

from django.core.management.base import CommandParser

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
MAKE_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"


def is_local(host: str) -> bool:
    """Whether a host is a loopback address, or a name with only such addresses."""
    if not host:
        return False  # listens on all addresses
    try:
        addresses = {str(found[4][0]) for found in socket.getaddrinfo(host, 0)}
    except (OSError, UnicodeError):
        return False
    return all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in addresses)


def weakness(secret_key: str) -> str | None:
    """Why FORGESYTE_SECRET_KEY is weak, as the end of a sentence; None if it is not.

    The rules are those of Django's deployment check (security.W009).
    """
    wrong = {
        "is not set": not secret_key,
        "begins with django-insecure, as an example does": secret_key[:15] == "django-insecure",
        "has fewer than 50 characters": len(secret_key) < 50,
        "has fewer than 5 different characters": len(set(secret_key)) < 5,
    }
    return next((reason for reason, holds in wrong.items() if holds), None)


def add_address(parser: CommandParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port (default 8000)")


def refusal(host: str, secret_key: str) -> str | None:
    """Why a server must not listen on this host; None if it may."""
    weak = None if is_local(host) else weakness(secret_key)
    if weak is None:
        return None
    return (
        f"Other machines can reach --host {host!r}, and FORGESYTE_SECRET_KEY {weak}. "
        f'Set it to a key of your own: export FORGESYTE_SECRET_KEY="$({MAKE_KEY})"'
    )


def advice(host: str, allowed_hosts: list[str]) -> str | None:
    """The settings that clients on other machines need; None if there are none."""
    if is_local(host) or not all(name.strip("[]") in LOCAL_NAMES for name in allowed_hosts):
        return None
    return (
        "Other machines are answered only under the names in FORGESYTE_ALLOWED_HOSTS "
        f"({', '.join(allowed_hosts)}). Add the name or address by which they call this one; "
        "behind a proxy, set FORGESYTE_TRUSTED_PROXY to its address, too (docs/OPERATIONS.md)."
    )
