"""The page of one job."""

from __future__ import annotations

from typing import Any

from jobs.pages.page import Page
from jobs.services import get_job


class JobDetailPage(Page):
    """One job's life and what was found in its video."""

    template_name = "jobs/job.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = get_job(kwargs["job_id"])
        return super().get_context_data(title=f"Job {job.job_id}", job=job, **kwargs)
