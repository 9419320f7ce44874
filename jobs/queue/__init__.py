"""The queue of job ids that wakes the worker."""
