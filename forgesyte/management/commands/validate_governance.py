"""`manage.py validate_governance [PATH...]`: the scanner of governance as a command."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance import cli


class Command(BaseCommand):
    help = "Find what Phase 16 keeps out. Exit code: 0 clean, 1 violations, 2 unusable."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="*", metavar="PATH", help="a tree, folder or file")

    def handle(self, *args: Any, **options: Any) -> None:
        code = cli.main(options["paths"])
        if code:
            sys.exit(code)
