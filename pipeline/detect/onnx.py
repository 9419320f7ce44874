"""ONNX models that ultralytics exported, turned into the form of its OpenVINO exports.

What ultralytics knows of a model is in the file's metadata, as texts; OpenVINO hands them on.
"""

import ast
from pathlib import Path
from typing import Any

import yaml

from pipeline.exceptions import UnusableWeights


def converted(weights: Path) -> Path:
    """Write the OpenVINO form of an .onnx file into a folder beside it; returns the folder.

    Raises UnusableWeights.
    """
    import openvino

    from pipeline.detect.openvino import core

    try:
        model = core().read_model(weights)
    except RuntimeError as error:
        raise UnusableWeights(
            f"The weights {weights.name} cannot be read as ONNX. Replace the file."
        ) from error
    metadata = _metadata(model, weights.name)
    folder = weights.with_name(f"{weights.stem}_openvino")
    folder.mkdir()
    _take_single_frames(model, weights.name)
    openvino.save_model(model, folder / f"{weights.stem}.xml", compress_to_fp16=False)
    (folder / "metadata.yaml").write_text(yaml.safe_dump(metadata), encoding="utf-8")
    return folder


def check_detector(export: Path, name: str) -> None:
    """Raises UnusableWeights unless the export takes colours and gives the boxes of a YOLO model.

    RT-DETR, for one, gives others.
    """
    from pipeline.detect.openvino import core

    metadata = yaml.safe_load((export / "metadata.yaml").read_text(encoding="utf-8"))
    output = core().read_model(next(export.glob("*.xml"))).output(0).partial_shape
    rows, columns = (axis.get_length() if axis.is_static else None for axis in list(output)[1:])
    expected = columns == 6 if metadata.get("end2end") else rows == 4 + len(metadata["names"])
    if not expected:
        raise UnusableWeights(
            f"The weights {name} do not return YOLO boxes. Use a YOLO detection model."
        )
    if metadata.get("channels", 3) != 3:
        raise UnusableWeights(f"The weights {name} do not take colour pictures.")


def _metadata(model: Any, name: str) -> dict[str, Any]:
    """names, stride, task, channels and end2end, as in the metadata.yaml of an OpenVINO export."""
    try:
        info = model.get_rt_info()["framework"]
        texts = {key: str(info[key].value) for key in info}
        task = texts["task"]
        metadata = {
            "names": {int(k): str(v) for k, v in ast.literal_eval(texts["names"]).items()},
            "stride": int(texts["stride"]),
            "channels": int(texts.get("channels", "3")),
        }
        arguments = ast.literal_eval(texts.get("args", "{}"))
    except (KeyError, ValueError, SyntaxError, AttributeError, RuntimeError) as error:
        raise UnusableWeights(
            f"The weights {name} lack the metadata that ultralytics writes into ONNX files. "
            "Export the model with ultralytics."
        ) from error
    if task != "detect":
        raise UnusableWeights(f"The weights {name} are for {task}, not for detect.")
    end2end = texts.get("end2end") == "True" or bool(arguments.get("nms"))
    return {**metadata, "task": task, "end2end": end2end}


def _take_single_frames(model: Any, name: str) -> None:
    """Frames come one at a time, as 32-bit numbers."""
    shape = model.input().partial_shape
    is_single = shape[0].is_dynamic or shape[0].get_length() == 1
    if not is_single or model.input().element_type.get_type_name() != "f32":
        raise UnusableWeights(
            f"The weights {name} expect several frames at once or half precision. "
            "Export the model with batch=1 and half=False."
        )
    if shape[0].is_dynamic:
        model.reshape([1, *list(shape)[1:]])
