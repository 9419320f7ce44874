"""Alembic's environment, for migrations from code and from the shell."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from jobs.models import Base


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


def run_from_shell() -> None:
    """Run an `alembic` command, such as `alembic upgrade head`, with exclusive access."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forgesyte.settings")
    django.setup()
    from jobs.composition import exclusive_engine
    from jobs.exceptions import JobsError

    try:
        with exclusive_engine() as engine, engine.begin() as connection:
            run(connection)
    except JobsError as error:
        raise SystemExit(str(error)) from None


if context.is_offline_mode():
    raise SystemExit("SQL scripts are not supported: run this without --sql.")
given = context.config.attributes.get("connection")
if given is None:
    run_from_shell()
else:
    run(given)
