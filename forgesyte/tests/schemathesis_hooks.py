"""What the schema does not tell schemathesis: what an MP4 is, which jobs and pipelines there are.

With FORGESYTE_COMPLETED_JOB, the id of a completed job, half of the questions for results name it.
"""

from __future__ import annotations

import os
from typing import Any

import schemathesis
from hypothesis import strategies as st

from forgesyte.benchmarks.figures import FTYP

COMPLETED = os.environ.get("FORGESYTE_COMPLETED_JOB")

schemathesis.openapi.media_type("video/mp4", st.binary(max_size=64).map(lambda rest: FTYP + rest))


@schemathesis.hook
def map_case(context: schemathesis.HookContext, case: Any) -> Any:
    """What is valid by the schema becomes an MP4, or a job that has results."""
    if not case.meta.generation.mode.is_positive:
        return case
    operation = case.operation.definition.raw["operationId"]
    if operation == "submit_video" and isinstance(case.body, dict):
        file = case.body.get("file", b"")
        if not (isinstance(file, bytes) and file.startswith(FTYP)):
            case.body["file"] = FTYP
    if operation == "get_results" and COMPLETED:
        job_id = str(case.path_parameters["job_id"])
        if job_id[-1:] in "01234567":
            case.path_parameters["job_id"] = COMPLETED
    return case


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext, failure: Any, case: Any, response: schemathesis.Response
) -> bool:
    """Drop one refusal: operators add pipelines, so the schema holds the form of ids alone."""
    refused = type(failure).__name__ == "RejectedPositiveData"
    return not (refused and response.json()["detail"].startswith("There is no pipeline "))
