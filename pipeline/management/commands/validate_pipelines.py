from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pipeline.config import PipelineConfig
from pipeline.definitions import known_pipelines, validate_all


class Command(BaseCommand):
    help = "Check every pipeline definition: syntax, tools, options, weights, languages."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        config: PipelineConfig = settings.PIPELINE
        problems = list(validate_all(config.definitions_dir, config.weights_dir))
        for problem in problems:
            self.stdout.write(str(problem))
        if problems:
            raise CommandError(f"{len(problems)} problems in the pipeline definitions")
        self.stdout.write(f"OK: {len(known_pipelines(config.definitions_dir))} pipelines")
