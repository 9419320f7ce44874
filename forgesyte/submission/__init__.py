"""The implementation of `manage.py submit`."""
