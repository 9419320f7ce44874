#!/usr/bin/env python
"""Command line of the project: `python manage.py help` lists what there is."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forgesyte.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        _ = settings.DEBUG  # reads the settings, and the environment with them
    except ImproperlyConfigured as error:
        raise SystemExit(f"{error}") from None
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
