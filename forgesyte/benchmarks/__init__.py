"""Measurements of a real installation; `manage.py benchmark` prints each as a JSON object."""
