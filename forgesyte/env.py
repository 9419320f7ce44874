"""Reads the environment variables into typed values."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from pipeline.config import Device

DEVICES: tuple[Device, ...] = ("auto", "cpu", "cuda")
FLAGS = {"1": True, "true": True, "yes": True, "on": True}
FLAGS |= {"0": False, "false": False, "no": False, "off": False}
ORIGIN = re.compile(r"https?://[^/?#@\s*]+")

Network = IPv4Network | IPv6Network


def text(name: str, default: str) -> str:
    """The stripped value of a variable, or the default if it is unset or blank."""
    return os.environ.get(name, "").strip() or default


def flag(name: str) -> bool:
    """True for 1/true/yes/on, False for 0/false/no/off or unset."""
    if (value := text(name, "0").lower()) not in FLAGS:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return FLAGS[value]


def positive_int(name: str, default: int) -> int:
    """A whole number of at least 1."""
    raw = text(name, str(default))
    if not (re.fullmatch(r"\d+(_\d+)*", raw) and int(raw)):
        raise ImproperlyConfigured(f"{name} must be a whole number of at least 1, not {raw!r}.")
    return int(raw)


def device(name: str) -> Device:
    value = text(name, "auto").lower()
    for allowed in DEVICES:
        if value == allowed:
            return allowed
    raise ImproperlyConfigured(f"{name} must be one of {', '.join(DEVICES)}, not {value!r}.")


def words(name: str, default: str) -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def networks(name: str) -> list[Network]:
    """Addresses and networks such as 10.0.0.0/8; `*` means all addresses."""
    found: list[Network] = []
    for word in words(name, ""):
        try:
            found += map(ip_network, ("0.0.0.0/0", "::/0") if word == "*" else (word,))
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} must be addresses such as 127.0.0.1 or 10.0.0.0/8, or *, not {word!r}."
            ) from None
    return found


def origins(name: str) -> list[str]:
    """Origins such as https://videos.example.org or http://localhost:3000."""
    found = [word.lower().removesuffix("/") for word in words(name, "")]
    for origin in found:
        if not ORIGIN.fullmatch(origin):
            raise ImproperlyConfigured(
                f"{name} must be origins such as https://videos.example.org, not {origin!r}."
            )
    return found


@dataclass(frozen=True)
class Environment:
    """The settings of the operator (docs/OPERATIONS.md, Settings)."""

    data_dir: Path
    max_upload_bytes: int
    secret_key: str
    allowed_hosts: list[str]
    trusted_proxies: list[Network]
    allowed_origins: list[str]
    debug: bool
    device: Device
    max_frames: int
    max_pixels: int


def read(base_dir: Path) -> Environment:
    """Read all variables.

    Raises ImproperlyConfigured with the name of the variable for an invalid value. A relative data
    folder is relative to `base_dir`, not to the working directory.
    """
    return Environment(
        data_dir=base_dir / text("FORGESYTE_DATA_DIR", "data"),
        max_upload_bytes=positive_int("FORGESYTE_MAX_UPLOAD_BYTES", 2 * 1024**3),
        secret_key=text("FORGESYTE_SECRET_KEY", ""),
        allowed_hosts=words("FORGESYTE_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"),
        trusted_proxies=networks("FORGESYTE_TRUSTED_PROXY"),
        allowed_origins=origins("FORGESYTE_ALLOWED_ORIGINS"),
        debug=flag("FORGESYTE_DEBUG"),
        device=device("FORGESYTE_DEVICE"),
        max_frames=positive_int("FORGESYTE_MAX_FRAMES", 1_000_000),
        max_pixels=positive_int("FORGESYTE_MAX_PIXELS", 8192 * 4320),
    )
