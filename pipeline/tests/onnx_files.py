"""Small ONNX files as ultralytics exports them, written by hand: the package onnx is not needed.

The numbers of the fields are those of onnx.proto (ONNX 1.17); protobuf's encoding is described in
"Encoding" of its documentation.
"""

import struct
from collections.abc import Sequence
from pathlib import Path

METADATA = {
    "task": "detect",
    "names": "{0: 'cat', 1: 'dog'}",
    "stride": "32",
    "channels": "3",
    "end2end": "False",
    "args": "{'batch': 1, 'nms': None}",
}
# Columns: a cat in the middle of 64 x 64 and a dog that nobody should believe in.
OUTPUT = [[32.0, 10.0], [32.0, 10.0], [16.0, 8.0], [32.0, 8.0], [0.9, 0.0], [0.0, 0.1]]
ROWS = [[24.0, 16.0, 40.0, 48.0, 0.9, 0.0], [6.0, 6.0, 14.0, 14.0, 0.1, 1.0]]

Size = Sequence[int | str]  # a text is a dimension that is free
FLOAT, INT, INTS = 1, 2, 7


def write_onnx(
    path: Path,
    metadata: dict[str, str] = METADATA,
    rows: list[list[float]] = OUTPUT,
    size: Size = (1, 3, 64, 64),
) -> Path:
    """A model that says `rows` (4 + classes x n, or n x 6), whatever picture it gets."""
    mean = [_text(5, _text(1, "keepdims") + _number(3, 0) + _number(20, INT))]
    mean.append(_text(5, _text(1, "axes") + _packed(8, range(4)) + _number(20, INTS)))
    graph = [
        _node("ReduceMean", ["images"], "mean", mean),
        _node("Mul", ["mean", "zero"], "nothing"),
        _node("Add", ["nothing", "rows"], "output0"),
        _text(2, "fixed boxes"),
        _tensor("zero", [], [0.0]),
        _tensor("rows", [1, len(rows), len(rows[0])], [value for row in rows for value in row]),
        _text(11, _value("images", size)),
        _text(12, _value("output0", (1, len(rows), len(rows[0])))),
    ]
    properties = (_text(14, _text(1, key) + _text(2, value)) for key, value in metadata.items())
    opset = _text(8, _number(2, 13))
    path.write_bytes(_number(1, 8) + opset + _text(7, b"".join(graph)) + b"".join(properties))
    return path


def changed(**changes: str | None) -> dict[str, str]:
    """METADATA with changes; None leaves a key out."""
    return {key: value for key, value in {**METADATA, **changes}.items() if value is not None}


def _node(kind: str, inputs: list[str], output: str, attributes: Sequence[bytes] = ()) -> bytes:
    names = b"".join(_text(1, name) for name in inputs) + _text(2, output)
    return _text(1, names + _text(4, kind) + b"".join(attributes))


def _tensor(name: str, size: Sequence[int], values: Sequence[float]) -> bytes:
    raw = struct.pack(f"<{len(values)}f", *values)
    return _text(5, _packed(1, size) + _number(2, FLOAT) + _text(8, name) + _text(9, raw))


def _value(name: str, size: Size) -> bytes:
    axes = (_text(2, axis) if isinstance(axis, str) else _number(1, axis) for axis in size)
    shape = b"".join(_text(1, axis) for axis in axes)
    return _text(1, name) + _text(2, _text(1, _number(1, FLOAT) + _text(2, shape)))


def _text(field: int, content: str | bytes) -> bytes:
    """A field that is a text, bytes or a message."""
    encoded = content.encode() if isinstance(content, str) else content
    return _varint(field << 3 | 2) + _varint(len(encoded)) + encoded


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _packed(field: int, values: Sequence[int]) -> bytes:
    return _text(field, b"".join(map(_varint, values)))


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
