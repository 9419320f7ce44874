"""`manage.py validate_governance [PATH...]`: run the governance scanner."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance import validate_phase16_path


class Command(BaseCommand):
    help = "Look for things that Phase 16 rules out. Exits with 1 if any are found."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="*", metavar="PATH", help="default: this tree")

    def handle(self, *args: Any, **options: Any) -> None:
        code = validate_phase16_path.main(options["paths"])
        if code:
            sys.exit(code)
