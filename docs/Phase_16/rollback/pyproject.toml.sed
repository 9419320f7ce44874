s,\n\[tool\.alembic\]\n([^[\n][^\n]*\n)*,,
s/, "mypy_drf_plugin\.main"//
s/"jobs", //g
s/, "(gunicorn|duckdb_engine|whitenoise|ijson)\.\*"//g
s/video-analysis job server/video analysis/
