"""Routes of the status pages."""

from django.urls import path

from jobs.pages.boxes import BoxesView
from jobs.pages.changelist import JobListPage
from jobs.pages.job import JobDetailPage
from jobs.pages.media import StillView, VideoView

urlpatterns = [
    path("", JobListPage.as_view(), name="job-list"),
    path("jobs/<str:job_id>", JobDetailPage.as_view(), name="job-page"),
    path("jobs/<str:job_id>/video", VideoView.as_view(), name="job-video"),
    path("jobs/<str:job_id>/boxes", BoxesView.as_view(), name="job-boxes"),
    path("jobs/<str:job_id>/cover", StillView.as_view(), name="job-cover"),
    path("jobs/<str:job_id>/stills/<int:number>", StillView.as_view(), name="job-still"),
]
