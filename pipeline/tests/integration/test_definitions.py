from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.definitions import known_pipelines, load_definition, validate_all
from pipeline.exceptions import InvalidDefinition, UnknownPipeline
from pipeline.tools.registry import DetectObjectsOptions, ExtractTextOptions

Definitions = Callable[[str], Path]

DETECT = "{id: detect, tool: yolo.detect_objects, options: {weights: a.pt}}"
READ = "{id: read, tool: ocr.extract_text}"


def detect(options: str) -> str:
    return f"nodes: [{{id: detect, tool: yolo.detect_objects, options: {{{options}}}}}]"


def read(options: str) -> str:
    return f"nodes: [{DETECT}, {{id: read, tool: ocr.extract_text, options: {{{options}}}}}]"


@pytest.mark.parametrize("pipeline_id", ["coco_ocr", "yolo_ocr", "yolo_tesseract"])
def test_shipped_pipelines_are_known_and_valid(pipeline_id: str) -> None:
    assert pipeline_id in known_pipelines()
    *detectors, reader = (node.tool for node in load_definition(pipeline_id).nodes)
    assert set(detectors) == {"yolo.detect_objects"}
    assert reader == "ocr.extract_text"


def test_options_are_typed_and_have_defaults(definitions: Definitions) -> None:
    folder = definitions(f"nodes: [{DETECT}, {READ}]")

    first, second = load_definition("custom", folder).nodes

    assert first.options == DetectObjectsOptions(weights="a.pt", image_size=640, confidence=0.25)
    assert second.options == ExtractTextOptions(reader="ppocr", language="eng")


def test_known_pipelines_are_sorted_and_take_no_other_files(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "Upper.yaml", "notes.txt", ".hidden.yaml"):
        (tmp_path / name).touch()

    assert known_pipelines(tmp_path) == ["a", "b"]


@pytest.mark.parametrize(
    "pipeline_id",
    ["nope", "../custom", "/etc/passwd", "custom.yaml", "", "CUSTOM", "a\x00b", "custom\n", "ü"],
)
def test_unknown_pipeline_lists_the_known_ones(pipeline_id: str, definitions: Definitions) -> None:
    folder = definitions(f"nodes: [{DETECT}]")
    (folder.parent / "outside.yaml").write_text(f"nodes: [{DETECT}]")

    with pytest.raises(UnknownPipeline, match=r"Known pipelines: custom\."):
        load_definition(pipeline_id, folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nodes: [", "custom.yaml: line 1: is not YAML"),
        ("- a", "custom.yaml: is not a mapping"),
        ("", "custom.yaml: is not a mapping"),
        ("description: x", "custom.yaml: nodes: is missing or empty"),
        ("nodes: {}", "custom.yaml: nodes: is missing or empty"),
        (f"nodes: [{DETECT}]\nedges: []", "custom.yaml: edges: is not known"),
        (f"nodes: [{DETECT}]\ndescription: 3", "custom.yaml: description: is 3"),
        ("nodes: [3]", "custom.yaml: node 1: is not a mapping"),
        ("nodes: [{tool: ocr.extract_text}]", "custom.yaml: node 1: id: is None"),
        ("nodes: [{id: a, tool: yolo.dream}]", "a: tool: is 'yolo.dream'; allowed is one of: ocr"),
        ("nodes: [{id: a, tool: [1]}]", "a: tool: is [1]; allowed is one of"),
        ("nodes: [{id: a, tool: ocr.extract_text, gpu: 1}]", "a: gpu: is not known; allowed are"),
        (detect("image_size: 640"), "detect: weights: is missing"),
        (detect("weights: ../x.pt"), "detect: weights: is '../x.pt'; allowed is the name of"),
        (detect("weights: /x.onnx"), "detect: weights: is '/x.onnx'; allowed is the name of a .pt"),
        (detect("weights: x.zip"), "detect: weights: is 'x.zip'; allowed is the name of"),
        (detect("weights: a.pt, image_size: 100"), "image_size: is 100; allowed is a whole number"),
        (detect("weights: a.pt, image_size: '640'"), "image_size: is '640'"),
        (detect("weights: a.pt, image_size: true"), "image_size: is True"),
        (detect("weights: a.pt, image_size: 8192"), "from 32 to 4096 in steps of 32"),
        (detect("weights: a.pt, confidence: 1.5"), "confidence: is 1.5; allowed is a number from"),
        (detect("weights: a.pt, confidence: .nan"), "confidence: is nan"),
        (detect("weights: a.pt, colour: red"), "colour: is not an option of this tool"),
        (read("reader: easyocr"), "reader: is 'easyocr'; allowed is one of: ppocr, tesseract"),
        (read("language: deu"), "read: language: is 'deu', but ppocr has one model"),
        (read("language: ../eng"), "read: language: is '../eng'"),
        (read("min_confidence: 101"), "read: min_confidence: is 101"),
        (
            "nodes: [{id: read, tool: ocr.extract_text, options: {reader: tesseract}}]",
            "read: reader: is 'tesseract', but no node before finds any text",
        ),
        (f"nodes: [{READ}, {DETECT}]", "detect: tool: comes after the text was read"),
        (f"nodes: [{DETECT}, {DETECT}]", "detect: id: is used twice"),
        (
            f"nodes: [{DETECT}, {READ}, {READ.replace('read', 'again')}]",
            "again: tool: a second node writes the text",
        ),
        ("nodes: [{id: a, tool: ocr.extract_text, options: 3}]", "a: options: is 3"),
        ("nodes: [{id: a, tool: ocr.extract_text, options: []}]", "a: options: is []"),
    ],
)
def test_invalid_definition_names_file_node_and_key(
    text: str, message: str, definitions: Definitions
) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        load_definition("custom", definitions(text))

    assert message in str(caught.value)
    assert str(caught.value).startswith("custom.yaml: ")


def test_all_problems_are_reported_together(definitions: Definitions) -> None:
    folder = definitions(
        "nodes: [{id: a, tool: nope}, {id: b, tool: ocr.extract_text, x: 1}]\ny: 2"
    )

    with pytest.raises(InvalidDefinition) as caught:
        load_definition("custom", folder)

    lines = str(caught.value).splitlines()
    assert [line.split(": ")[1:3] for line in lines] == [
        ["y", "is not known; allowed are the keys description and nodes"],
        ["a", "tool"],
        ["b", "x"],
    ]


def test_validate_all_reports_missing_languages(definitions: Definitions, tmp_path: Path) -> None:
    (tmp_path / "a.pt").touch()
    folder = definitions(read("reader: tesseract, language: eng+kxx"))

    (problem,) = validate_all(folder, tmp_path)

    assert str(problem).startswith(
        "custom.yaml: read: language: is 'eng+kxx': Tesseract's language"
    )
    assert "tesseract-ocr-kxx" in str(problem)


def test_no_tag_runs_code(definitions: Definitions) -> None:
    folder = definitions("!!python/object/apply:os.system ['exit 1']")

    with pytest.raises(InvalidDefinition):
        load_definition("custom", folder)


def test_validate_all_reports_names_and_missing_weights(
    definitions: Definitions, tmp_path: Path
) -> None:
    folder = definitions(f"nodes: [{DETECT}]")
    (folder / "Bad-Name.yaml").touch()
    (folder / "other.yml").touch()

    problems = list(map(str, validate_all(folder, weights_dir=tmp_path)))

    assert [problem.split(": ")[0] for problem in problems] == [
        "Bad-Name.yaml",
        "custom.yaml",
        "other.yml",
    ]
    assert problems[1] == "custom.yaml: detect: weights: a.pt is not in pipeline/weights"


@pytest.mark.parametrize("weights", ["yolo26n.pt", "yolo11x.pt", "yolov8s.pt"])
def test_model_that_is_fetched_on_first_use_is_no_problem(
    weights: str, definitions: Definitions, tmp_path: Path
) -> None:
    folder = definitions(detect(f"weights: {weights}"))

    assert list(validate_all(folder, weights_dir=tmp_path)) == []


@pytest.mark.parametrize("weights", ["yolo26n.onnx", "yolo26n-seg.pt", "yolo11.pt", "xyolo26n.pt"])
def test_model_that_nobody_publishes_as_a_detector_is_missing(
    weights: str, definitions: Definitions, tmp_path: Path
) -> None:
    folder = definitions(detect(f"weights: {weights}"))

    (problem,) = validate_all(folder, weights_dir=tmp_path)

    assert problem[1:3] == ("detect", "weights")
