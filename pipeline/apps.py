from django.apps import AppConfig


class PipelineAppConfig(AppConfig):
    """The video pipeline: YOLO and OCR over the frames of an MP4. No models, no database."""

    name = "pipeline"
