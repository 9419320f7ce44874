"""The examples of the documents: a `curl` command, and the answer that the next block shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from forgesyte.tests.documents import ENDPOINTS, ROOT, blocks

UUID = re.compile(r"\b(?!0{8})[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ADDRESS = "localhost:8000"
DEFAULT_LIMIT = "2147483648"
# What the `detail` of a 404 says about the job.
REASONS = {
    "is pending": "pending",
    "is running": "running",
    "job failed": "failed",
    "has been removed": "removed",
}


@dataclass(frozen=True)
class Answer:
    """A status of 0 and no headers where a document shows the body alone."""

    status: int
    headers: dict[str, str]
    body: str

    @classmethod
    def parse(cls, text: str) -> Answer:
        """From what `curl -i` prints, and an `http` block holds."""
        text = text.replace("\r\n", "\n")
        head, _, body = text.partition("\n\n")
        if head.startswith("HTTP/1.1 100"):
            return cls.parse(body)
        first, *lines = head.splitlines()
        headers = dict(line.split(": ", 1) for line in lines)
        return cls(int(first.split()[1]), headers, body.strip())


@dataclass(frozen=True)
class Example:
    where: str
    command: str
    answer: Answer

    @property
    def state(self) -> str:
        """What has to be true of the job that the command names."""
        if self.answer.status >= 500:
            return "completed"
        for text, state in REASONS.items():
            if text in self.answer.body:
                return state
        shown = json.loads(self.answer.body) if self.answer.body else {}
        return str(shown.get("status", "completed"))

    def check(self, output: str, port: int, limit: str) -> None:
        """Assert that a real API on `port`, with an upload limit of its own, answers as shown."""
        shown = self.answer
        sent = Answer.parse(output) if shown.status else Answer(0, {}, output)
        address = f"localhost:{port}"
        assert sent.status == shown.status
        for name, value in shown.headers.items():
            assert normal(sent.headers[name], address) == normal(value), name
        if not shown.body:
            return
        documented, real = json.loads(shown.body), json.loads(sent.body)
        assert same_form(documented, real), f"{documented} is not the form of {real}"
        if "results" not in documented:
            expected = normal(shown.body).replace(DEFAULT_LIMIT, limit)
            assert json.loads(normal(sent.body)) == json.loads(expected)


def examples(path: Path) -> list[Example]:
    found = []
    for block, following in pairwise(blocks(path)):
        if block.language != "sh" or not block.text.startswith("curl "):
            continue
        body_alone = Answer(0, {}, following.text.strip())
        answer = Answer.parse(following.text) if following.language == "http" else body_alone
        found.append(Example(str(block), block.text.strip(), answer))
    return found


EXAMPLES = [*examples(ROOT / "README.md"), *examples(ENDPOINTS)]


def normal(text: str, address: str = ADDRESS) -> str:
    """Without what differs from one installation to the next."""
    return TIMESTAMP.sub("TIME", UUID.sub("ID", text)).replace(address, ADDRESS)


def same_form(documented: Any, real: Any) -> bool:
    """The same keys and types all the way down; of arrays only what their items are."""
    if type(documented) is not type(real):
        return False
    if isinstance(documented, dict):
        return list(documented) == list(real) and all(
            same_form(value, real[key]) for key, value in documented.items()
        )
    if isinstance(documented, list):
        return all(real and same_form(item, real[0]) for item in documented)
    return True


def run(command: str, folder: Path, port: int) -> str:
    """What a command of a document prints; raises CalledProcessError if it fails."""
    return subprocess.run(
        ["sh", "-euc", command.replace(ADDRESS, f"localhost:{port}")],
        cwd=folder,
        env={**os.environ, "FORGESYTE_DATA_DIR": str(folder / "data")},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
