"""Measuring how well pipelines read: pictures become videos, their words are compared."""
