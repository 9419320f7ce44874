"""OpenAPI beyond the serializers: parameters, headers and all responses."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiRequest,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
)

from jobs.api.serializers import (
    PIPELINE_SCHEMA,
    ErrorSerializer,
    PipelineField,
    ResultsSerializer,
    StatusSerializer,
    SubmitSerializer,
    SubmittedSerializer,
)


# Without `allow_blank`: the pattern already allows the empty string.
@extend_schema_serializer(component_name="Submit")
class SubmitRequest(SubmitSerializer):
    """A submission: the video, and the pipeline that reads it."""

    pipeline_id = PipelineField(required=False)


JOB_ID = OpenApiParameter(
    "job_id",
    OpenApiTypes.UUID,
    OpenApiParameter.PATH,
    description="The job ID that the submission returned. Anything but a UUID gets 404.",
)


def _error(description: str) -> OpenApiResponse:
    return OpenApiResponse(ErrorSerializer, description)


def _header(
    name: str, status: int, description: str, schema: OpenApiTypes = OpenApiTypes.STR
) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        schema,
        OpenApiParameter.HEADER,
        required=True,
        response=[status],
        description=description,
    )


# Responses of every route.
ANY = {
    406: _error("Neither JSON nor HTML is accepted."),
    500: _error("Internal error; see the server's log."),
    503: _error("The job store is not responding; try again."),
}
QUERY_SCHEMA = {key: PIPELINE_SCHEMA[key] for key in ("type", "pattern")}
UNREADABLE = _error("The request cannot be read, or its `Host` is not allowed.")
RETRY_AFTER = _header("Retry-After", 503, "Seconds to wait.", OpenApiTypes.INT)

submit = extend_schema(
    operation_id="submit_video",
    summary="Submit an MP4",
    request={
        "multipart/form-data": OpenApiRequest(
            SubmitRequest, encoding={"file": {"contentType": "video/mp4"}}
        )
    },
    parameters=[
        OpenApiParameter(
            "pipeline_id",
            QUERY_SCHEMA,
            description="The form field takes precedence.",
        ),
        _header("Location", 202, "The address of the job's status.", OpenApiTypes.URI_REF),
        RETRY_AFTER,
    ],
    responses={
        202: OpenApiResponse(SubmittedSerializer, "The video is stored and its job is queued."),
        400: _error("No file, not an MP4, empty, an unknown pipeline, or an unreadable request."),
        403: _error("The request came from another site's page."),
        413: _error("Larger than this server accepts."),
        415: _error("Not sent as multipart/form-data."),
        507: _error("The disk is full."),
        **ANY,
    },
)
status = extend_schema(
    operation_id="get_status",
    summary="The status of a job",
    parameters=[
        JOB_ID,
        _header("Cache-Control", 200, "Always `no-store`."),
        RETRY_AFTER,
    ],
    responses={
        200: OpenApiResponse(StatusSerializer, "The job as it is now."),
        400: UNREADABLE,
        404: _error("There is no such job."),
        **ANY,
    },
)
results = extend_schema(
    operation_id="get_results",
    summary="What was found",
    parameters=[JOB_ID, RETRY_AFTER],
    responses={
        200: OpenApiResponse(ResultsSerializer, "The job is completed."),
        400: UNREADABLE,
        404: _error("There is no such job, it is not completed, or its results file is gone."),
        **ANY,
    },
)
