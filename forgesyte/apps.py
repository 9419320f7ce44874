from django.apps import AppConfig


class ForgesyteConfig(AppConfig):
    """The project itself: settings, routes, the web server and the project-wide commands."""

    name = "forgesyte"
