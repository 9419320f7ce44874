#!/usr/bin/env python
"""Command line of the project: `python manage.py help` lists what there is."""

import os
import sys

OURS = ("forgesyte", "jobs", "pipeline")
# The other commands of Django need its models, translations or tests, which are not used here.
OTHERS = {"check", "dbshell", "diffsettings", "findstatic", "runserver", "shell", "spectacular"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forgesyte.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import ManagementUtility, get_commands

    class Commands(ManagementUtility):
        def main_help_text(self, commands_only: bool = False) -> str:
            """Without the commands of Django that are of no use here."""
            known = get_commands().items()
            unused = {name for name, app in known if app not in OURS and name not in OTHERS}
            lines = super().main_help_text(commands_only).splitlines()
            kept = (line for line in lines if line.strip() not in unused)
            return "\n".join(kept).replace("\n\n[rest_framework]", "")

    try:
        _ = settings.DEBUG  # reads the settings, and the environment with them
    except ImproperlyConfigured as error:
        raise SystemExit(f"{error}") from None
    Commands(sys.argv).execute()


if __name__ == "__main__":
    main()
