"""Django's wrapper around the driver, named by `DATABASES["default"]`."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.backends.base.features import BaseDatabaseFeatures
from django.db.backends.base.introspection import BaseDatabaseIntrospection, TableInfo
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.base.validation import BaseDatabaseValidation

from forgesyte.duckdb_backend import dbapi
from forgesyte.duckdb_backend.client import DatabaseClient
from jobs.composition import job_store
from jobs.exceptions import JobsError


class DatabaseFeatures(BaseDatabaseFeatures):
    """Statements are read-only, each in its own transaction."""

    uses_savepoints = False
    supports_transactions = False
    atomic_transactions = False


class DatabaseOperations(BaseDatabaseOperations):
    compiler_module = "django.db.models.sql.compiler"

    def quote_name(self, name: str) -> str:
        return name if name.startswith('"') and name.endswith('"') else f'"{name}"'


class DatabaseIntrospection(BaseDatabaseIntrospection):
    def get_table_list(self, cursor: Any) -> list[TableInfo]:
        """The tables of the store; `runserver` looks for Django's own among them."""
        cursor.execute("SELECT table_name FROM duckdb_tables() ORDER BY table_name")
        return [TableInfo(name, "t") for (name,) in cursor.fetchall()]


class DatabaseValidation(BaseDatabaseValidation):
    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """An error with the store's message if it cannot be reached or read."""
        try:
            job_store().join()
            job_store().select("SELECT job_id FROM jobs LIMIT 1")
        except (JobsError, ValueError) as error:
            hint = "The job store is what `serve` and `run_worker` read and write."
            return [Error(str(error), hint, "DATABASES['default']", "forgesyte.E001")]
        return []


class DatabaseWrapper(BaseDatabaseWrapper):
    """`django.db.connection`. Django's models and migrations are not supported."""

    vendor = "duckdb"
    display_name = "DuckDB job store (read-only)"
    Database = dbapi
    SchemaEditorClass = BaseDatabaseSchemaEditor
    client_class = DatabaseClient
    creation_class = BaseDatabaseCreation
    features_class = DatabaseFeatures
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations
    validation_class = DatabaseValidation
    operators: dict[str, str] = {}  # required by Django; its ORM is not used

    def get_connection_params(self) -> dict[str, Any]:
        return {}

    def get_new_connection(self, conn_params: dict[str, Any]) -> dbapi.Connection:
        return dbapi.Connection()

    def create_cursor(self, name: str | None = None) -> dbapi.Cursor:
        connection: dbapi.Connection = self.connection
        return connection.cursor()

    def _set_autocommit(self, autocommit: bool) -> None:
        """Nothing to do: statements are read-only."""

    def is_usable(self) -> bool:
        return True
