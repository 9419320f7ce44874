"""Django settings. The operator's settings come from the environment (env.py)."""

from __future__ import annotations

import secrets
from pathlib import Path

import django
from csp.constants import NONCE, NONE, SELF

from forgesyte import env
from pipeline.config import PipelineConfig

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = env.read(BASE_DIR)

DEBUG = ENVIRONMENT.debug
# A random key suffices by default, because nothing that is signed outlives the process.
SECRET_KEY = ENVIRONMENT.secret_key or secrets.token_urlsafe(50)
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts

INSTALLED_APPS = [
    "forgesyte",
    "jobs",
    "pipeline",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "forgesyte.middleware.CompressionMiddleware",
    "forgesyte.middleware.ContentSecurityPolicyMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
ROOT_URLCONF = "forgesyte.urls"
WSGI_APPLICATION = "forgesyte.wsgi.application"
APPEND_SLASH = False
X_FRAME_OPTIONS = "DENY"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
STATIC_URL = "/static/"
STORAGES = {"staticfiles": {"BACKEND": "forgesyte.proxy.PrefixedStaticFiles"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
# Browsers request /favicon.ico for JSON responses, which cannot name an icon.
WHITENOISE_ROOT = BASE_DIR / "jobs" / "static" / "jobs" / "root"
# The status pages use the style sheets and icons of Django's admin, without the app.
ADMIN_STATIC = Path(django.__file__).parent / "contrib" / "admin" / "static" / "admin"
STATICFILES_DIRS = [(f"admin/{kind}", ADMIN_STATIC / kind) for kind in ("css", "img")]

# Pages may only use scripts and styles that are files of this server, whatever text a video
# contains. A template that needs an inline script gives it `request.csp_nonce`.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        # Swagger UI and Bootstrap embed icons in their style sheets.
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# Pages of these origins may call the API. There are no cookies to protect.
CORS_ALLOWED_ORIGINS = ENVIRONMENT.allowed_origins
CORS_URLS_REGEX = r"^/(v1/)?video/|^/v1/schema$"
CORS_EXPOSE_HEADERS = ["ETag", "Location", "Retry-After"]
# Warnings of `check --deploy` that do not apply.
SILENCED_SYSTEM_CHECKS = [
    # CSRF tokens: there are no logins and no cookies. Submissions from pages of other sites are
    # rejected (jobs/api/views.py).
    "security.W003",
    # HSTS and the redirect to HTTPS: `serve` speaks plain HTTP on localhost. A proxy in front of it
    # provides them.
    "security.W004",
    "security.W008",
]

DATA_DIR = ENVIRONMENT.data_dir
DATABASES = {
    "default": {"ENGINE": "forgesyte.duckdb_backend", "NAME": DATA_DIR / "foregsyte.duckdb"}
}
JOB_STORE_TIMEOUT_S = 5.0
LOCAL_STORAGE = "jobs.storage.local.LocalStorageService"
JOB_STORAGE = {"BACKEND": LOCAL_STORAGE, "OPTIONS": {"root": DATA_DIR}}
JOB_QUEUE = {"BACKEND": "jobs.queue.memory.MemoryQueueService"}

MAX_UPLOAD_BYTES = ENVIRONMENT.max_upload_bytes
FILE_UPLOAD_HANDLERS = ["jobs.api.uploads.PartFileUploadHandler"]

PIPELINE = PipelineConfig(
    device=ENVIRONMENT.device,
    max_pixels=ENVIRONMENT.max_pixels,
    max_frames=ENVIRONMENT.max_frames,
    cache_dir=DATA_DIR / "cache",
)

REST_FRAMEWORK: dict[str, object] = {
    # There is no authentication, so there are no users.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "EXCEPTION_HANDLER": "jobs.api.errors.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "ForgeSyte",
    "DESCRIPTION": "Submit an MP4, poll its job, fetch what YOLO and OCR found in its frames.",
    "VERSION": "1",
    "LICENSE": {
        "name": "AGPL-3.0-or-later",
        "url": "https://www.gnu.org/licenses/agpl-3.0.html",
    },
    "CONTACT": {"name": "The operator of this server"},
    "TAGS": [{"name": "video", "description": "Videos, their jobs and results."}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/v1",
    "PREPROCESSING_HOOKS": ["forgesyte.schema.only_v1"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "forgesyte.schema.complete",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"repeats": {"()": "forgesyte.repeats.RepeatFilter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["repeats"]}
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        **{name: {"level": "INFO"} for name in ("forgesyte", "jobs", "pipeline")},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # logged by forgesyte.urls
    },
}
