# Packages that came with the job system.
s/\n(alembic|django-cors-headers|django-csp|djangorestframework|drf-spectacular|drf-spectacular-sidecar)==[^\n]*//g
s/\n(duckdb|duckdb-engine|gunicorn|httpx|jsonschema|SQLAlchemy|Werkzeug|whitenoise)==[^\n]*//g
s/\n\n\n+/\n\n/g
