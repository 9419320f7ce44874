"""Models that ultralytics publishes, fetched from a server on this machine."""

import dataclasses
import inspect
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import PACKAGE_DIR, PipelineConfig
from pipeline.detect import weights
from pipeline.detect.weights import ASSETS_URL, DETECTION_MODELS, fetched, found_weights
from pipeline.exceptions import MissingWeights
from pipeline.service import VideoFilePipelineService

pytestmark = pytest.mark.usefixtures("service")  # which tells ultralytics where to write

NAME = "yolo26n.pt"
MODEL = (PACKAGE_DIR / "weights" / "text_yolo26.pt").read_bytes()


class Assets(ThreadingHTTPServer):
    """Answers every path with `content`, of which it sends `sent` bytes."""

    daemon_threads = True
    content = MODEL
    sent: int | None = None
    requests = 0


class Handler(BaseHTTPRequestHandler):
    server: Assets

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()

    def do_GET(self) -> None:
        self.server.requests += 1
        self.do_HEAD()
        self.wfile.write(self.server.content[: self.server.sent])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def assets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Assets]:
    with Assets(("127.0.0.1", 0), Handler) as server:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(weights, "ASSETS_URL", f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_model_is_fetched_once(
    assets: Assets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    paths = {fetched(NAME, tmp_path / "weights") for _ in range(2)}

    assert paths == {tmp_path / "weights" / NAME}
    assert (tmp_path / "weights" / NAME).read_bytes() == MODEL
    assert assets.requests == 1
    assert list(here.iterdir()) == []
    assert list((tmp_path / "weights").iterdir()) == [tmp_path / "weights" / NAME]


def test_those_who_race_all_get_a_whole_file(assets: Assets, tmp_path: Path) -> None:
    with ThreadPoolExecutor(max_workers=4) as threads:
        paths = set(threads.map(lambda _: fetched(NAME, tmp_path), range(4)))

    assert paths == {tmp_path / NAME}
    assert list(tmp_path.iterdir()) == [tmp_path / NAME]
    assert (tmp_path / NAME).read_bytes() == MODEL


@pytest.mark.parametrize(
    "answer",
    [{"sent": len(MODEL) // 2}, {"content": b"<html>" * 50_000}, {"content": b"<html>"}, None],
)
def test_what_cannot_be_fetched_leaves_nothing_behind(
    answer: dict[str, Any] | None, assets: Assets, tmp_path: Path
) -> None:
    """None: nobody listens."""
    if answer is None:
        assets.socket.close()
    else:
        vars(assets).update(answer)

    with pytest.raises(MissingWeights, match=r"Put yolo26n\.pt into pipeline/weights") as caught:
        fetched(NAME, tmp_path)

    assert str(tmp_path) not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_first_job_of_coco_ocr_fetches_its_model(
    assets: Assets, config: PipelineConfig, tiny_mp4: Path, tmp_path: Path
) -> None:
    """The text detector stands in for the model of the hub."""
    own = dataclasses.replace(config, cache_dir=tmp_path)

    (item,) = VideoFilePipelineService(own).run_on_file(tiny_mp4, "coco_ocr", max_frames=1)

    assert item["result"]["text"] == "FORGE 42"
    assert [found["class"] for found in item["result"]["detections"]] == ["text"]
    assert (tmp_path / "weights" / NAME).is_file()


def test_file_that_the_operator_put_there_comes_first(
    assets: Assets, config: PipelineConfig, tmp_path: Path
) -> None:
    given = tmp_path / "given" / NAME
    given.parent.mkdir()
    given.write_bytes(MODEL)
    own = dataclasses.replace(config, cache_dir=tmp_path, weights_dir=given.parent)

    assert found_weights(NAME, own) == given
    assert assets.requests == 0


def test_names_and_address_are_those_of_ultralytics(service: VideoFilePipelineService) -> None:
    from ultralytics.utils import downloads

    published = {name for name in downloads.GITHUB_ASSETS_NAMES if DETECTION_MODELS.fullmatch(name)}
    release = inspect.signature(downloads.attempt_download_asset).parameters["release"].default

    assert len(published) == 41
    assert {"yolo26n.pt", "yolo11x.pt", "yolov8s.pt", "yolov5n6u.pt"} <= published
    assert ASSETS_URL.endswith(f"/{downloads.GITHUB_ASSETS_REPO}/releases/download/{release}")
