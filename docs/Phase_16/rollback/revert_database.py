"""For rollback.sh: revert every Alembic revision, which drops the table `jobs`.

usage, from the top of the tree: revert_database.py

Does nothing to a database that is not there. Repeating it changes nothing.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    from alembic import command
    from django.conf import settings

    from jobs.composition import exclusive_engine
    from jobs.database import alembic_config

    database = Path(str(settings.DATABASES["default"]["NAME"]))
    if not database.exists():
        sys.stdout.write(f"    There is no job database at {database}.\n")
        return
    with exclusive_engine() as engine, engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    sys.stdout.write(f"    The table jobs is gone from {database}.\n")


if __name__ == "__main__":
    import django

    sys.path.insert(0, str(Path.cwd()))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forgesyte.settings")
    django.setup()
    from jobs.exceptions import JobsError

    try:
        main()
    except JobsError as error:
        sys.exit(str(error))
