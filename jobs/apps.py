from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Jobs: the store, the HTTP views and the worker."""

    name = "jobs"
