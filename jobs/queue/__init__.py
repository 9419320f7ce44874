"""The queue of job IDs that wakes the worker."""
