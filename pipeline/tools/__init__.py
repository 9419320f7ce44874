"""The tools that a pipeline definition may name, one adapter module for each vendor."""
