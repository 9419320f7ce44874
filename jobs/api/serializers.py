"""Requests and responses of the API."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobs.models import JobStatus
from pipeline.config import DEFAULT_PIPELINE_ID
from pipeline.definitions import ID_PATTERN, descriptions

# Allows 0.0, 0.5 and 1.0 without an enum: client generators do not support enums of numbers.
PROGRESS_SCHEMA = {"type": "number", "format": "double", "minimum": 0, "maximum": 1} | {
    "multipleOf": 0.5,
    "description": "0.0 pending, 0.5 running, 1.0 completed or failed.",
}
# Without `default`, which makes the property required in the types of openapi-typescript; the
# example is what Swagger UI sends unless told otherwise.
PIPELINE_SCHEMA = {
    "type": "string",
    "example": DEFAULT_PIPELINE_ID,
    "pattern": rf"^({ID_PATTERN.pattern})?$",
    "description": f"The pipeline to run; {DEFAULT_PIPELINE_ID} if missing or empty.",
}


@extend_schema_field(OpenApiTypes.BINARY)
class VideoField(serializers.FileField):
    """An uploaded file; binary in the schema."""


@extend_schema_field(PIPELINE_SCHEMA)
class PipelineField(serializers.CharField):
    """A pipeline ID. Operators can add pipelines, so the schema has a pattern, not an enum."""


@extend_schema_field(PROGRESS_SCHEMA)
class ProgressField(serializers.FloatField):
    """The progress, which depends on the status only."""


class SubmitSerializer(serializers.Serializer[Any]):
    """A submission: the video, and the pipeline that reads it."""

    file = VideoField(
        help_text="An MP4 file.",
        error_messages={
            "required": "No file was sent. Send an MP4 file in the multipart field `file`.",
            "invalid": "No file was sent. Send an MP4 file in the multipart field `file`.",
            "empty": "The file is empty. Choose an MP4 file.",
            "no_name": "The file has no name. Send it with a filename.",
        },
    )
    pipeline_id = PipelineField(required=False, allow_blank=True)


class SubmitFormSerializer(SubmitSerializer):
    """The submission form of the browsable API."""

    pipeline_id = serializers.ChoiceField(  # type: ignore[assignment]
        choices=[],
        required=False,
        label="Pipeline",
        initial=DEFAULT_PIPELINE_ID,
        style={"base_template": "radio.html"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = descriptions(settings.PIPELINE.definitions_dir)
        self.fields["pipeline_id"].choices = list(known.items())  # type: ignore[attr-defined]


class SubmittedSerializer(serializers.Serializer[Any]):
    """The response to a submission."""

    job_id = serializers.UUIDField()


class StatusSerializer(serializers.Serializer[Any]):
    """A job's status; only a failed job has an `error_message`."""

    job_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=[status.value for status in JobStatus])
    progress = ProgressField(read_only=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    error_message = serializers.CharField(
        required=False, help_text="Why the job failed; only failed jobs have it."
    )


class DetectionSerializer(serializers.Serializer[Any]):
    """One detection of a frame."""

    bbox = serializers.ListField(
        child=serializers.FloatField(min_value=0),
        min_length=4,
        max_length=4,
        help_text="x1, y1, x2, y2 in pixels of the source frame, from the top left corner.",
    )
    confidence = serializers.FloatField(min_value=0, max_value=1)

    def get_fields(self) -> dict[str, Any]:
        # `class` is a Python keyword, so it cannot be declared like the others.
        label = serializers.CharField(min_length=1, help_text="The class name of the model.")
        return {"class": label, **super().get_fields()}


class FrameAnalysisSerializer(serializers.Serializer[Any]):
    """The detections and text of one frame."""

    detections = DetectionSerializer(many=True)
    text = serializers.CharField(allow_blank=True, help_text="Lines in reading order.")


class FrameResultSerializer(serializers.Serializer[Any]):
    """One processed frame."""

    frame_index = serializers.IntegerField(min_value=0)
    result = FrameAnalysisSerializer()


class ResultsSerializer(serializers.Serializer[Any]):
    """The results of a completed job, one item per processed frame."""

    job_id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    results = FrameResultSerializer(many=True)


class ErrorSerializer(serializers.Serializer[Any]):
    """An error."""

    detail = serializers.CharField(help_text="What is wrong and what to do about it.")
