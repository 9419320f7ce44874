"""Routes of the jobs API, below `/v1/video/` and `/video/`."""

from django.urls import path

from jobs.api.views import ResultsView, StatusView, SubmitView

urlpatterns = [
    path("submit", SubmitView.as_view(), name="video-submit"),
    path("status/<str:job_id>", StatusView.as_view(), name="video-status"),
    path("results/<str:job_id>", ResultsView.as_view(), name="video-results"),
]
