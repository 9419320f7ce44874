"""Where uploads and results are kept."""
