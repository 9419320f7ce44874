"""All routes of the project."""

from django.urls import include, path

from forgesyte.schema import DocsView, SchemaView

urlpatterns = [
    path("", include("jobs.pages.urls")),
    path("v1/schema", SchemaView.as_view(), name="schema"),
    path("v1/docs", DocsView.as_view(url_name="schema"), name="docs"),
    path("video/", include("jobs.api.urls")),
    # Last, so that `reverse` gives links below /v1.
    path("v1/video/", include("jobs.api.urls")),
]

handler400 = "forgesyte.error_pages.bad_request"
handler404 = "forgesyte.error_pages.not_found"
handler500 = "forgesyte.error_pages.server_error"
