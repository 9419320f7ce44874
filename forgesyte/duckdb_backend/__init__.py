"""A read-only Django database backend for the job store, usable from any process."""
