"""Storage of uploads and results."""
