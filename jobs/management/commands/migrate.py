"""`manage.py migrate`: migrate the job database with Alembic."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.migrations.autodetector import MigrationAutodetector

from jobs import composition
from jobs.exceptions import JobsError


class Command(BaseCommand):
    """Replaces Django's migrate, because this project does not use Django's ORM."""

    help = "Create the job database or upgrade its schema (Alembic)."
    requires_system_checks: list[str] = []
    # A system check compares this with that of `makemigrations`.
    autodetector = MigrationAutodetector

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            composition.migrate()
        except JobsError as error:
            folder = composition.data_folder()
            raise CommandError(f"{error} Data folder: {folder}") from error
        self.stdout.write("The job database is up to date.")
