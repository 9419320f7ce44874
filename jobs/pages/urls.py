"""Routes of the status pages."""

from django.urls import path

from jobs.pages.changelist import JobListPage
from jobs.pages.frames.views import FrameView
from jobs.pages.job import JobDetailPage

urlpatterns = [
    path("", JobListPage.as_view(), name="job-list"),
    path("jobs/<str:job_id>", JobDetailPage.as_view(), name="job-page"),
    path("jobs/<str:job_id>/frames/<int:index>", FrameView.as_view(), name="job-frame"),
]
