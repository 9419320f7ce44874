"""Detectors of objects and lines: YOLO models on OpenVINO or PyTorch."""
