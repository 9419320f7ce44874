"""What has to be right before a server can be reached from other machines."""

from __future__ import annotations

import ipaddress
import socket

# As Django's own check of deployments (security.W009).
LEAST_CHARACTERS = 50
LEAST_DISTINCT_CHARACTERS = 5
MADE_BY_STARTPROJECT = "django-insecure"
MAKE_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"


def is_local(host: str) -> bool:
    """Whether a server that listens there can be reached from its own machine alone.

    A name is local if each of its addresses is; one that nobody knows is not.
    """
    if not host:
        return False  # every address of the machine
    try:
        addresses = {str(found[4][0]) for found in socket.getaddrinfo(host, 0)}
    except (OSError, UnicodeError):
        return False
    return all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in addresses)


def weakness(secret_key: str) -> str | None:
    """What is wrong with FORGESYTE_SECRET_KEY, as the end of a sentence; None if it is good."""
    if not secret_key:
        return "is not set"
    if secret_key.startswith(MADE_BY_STARTPROJECT):
        return f"begins with {MADE_BY_STARTPROJECT}, as an example does"
    if len(secret_key) < LEAST_CHARACTERS:
        return f"has fewer than {LEAST_CHARACTERS} characters"
    if len(set(secret_key)) < LEAST_DISTINCT_CHARACTERS:
        return f"has fewer than {LEAST_DISTINCT_CHARACTERS} different characters"
    return None


def refusal(host: str, secret_key: str) -> str | None:
    """Why a server must not listen there; None if it may."""
    weak = None if is_local(host) else weakness(secret_key)
    if weak is None:
        return None
    return (
        f"Other machines can reach --host {host!r}, and FORGESYTE_SECRET_KEY {weak}. "
        f'Set it to a key of your own: export FORGESYTE_SECRET_KEY="$({MAKE_KEY})"'
    )
