"""Each kind of violation, planted in a copy of the tree, is found at its line and column."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from governance.cli import ROOT, scan
from governance.config import load
from governance.exceptions import InvalidPath
from governance.tests.planting import Plant, copy_tree, plant

PLANTS = {
    "identifier": Plant("jobs/a1.py", "class «websocket»WebSocketView:\n    pass\n"),
    "identifier inside": Plant("jobs/a2.py", "use_«sse»sse = None\nx = use«sse»SSE = None\n"),
    "attribute": Plant("jobs/a3.py", "import torch\n\ntorch.«distributed»distributed.run()\n"),
    "parted attribute": Plant("jobs/a4.py", "x = «gpu_worker»gpu.worker\n"),
    "string": Plant("jobs/a5.py", 'x = "a «real_time»real time view"\n'),
    "string after wide characters": Plant("jobs/a6.py", 'x = "äöü 漢字 «sse»sse"\n'),
    "string of many lines": Plant("jobs/a7.py", 'x = """one\n  two «streaming»streaming\n"""\n'),
    "f-string": Plant("jobs/a8.py", 'y = 1\nx = f"{y} «gpu_worker»gpu-workers {y}"\n'),
    "f-string with a part": Plant("jobs/a9.py", "x = f\"«websocket»web{'socket'}\"\n"),
    "neighbouring strings": Plant("jobs/b1.py", 'x = "«websocket»web" "socket"\n'),
    "strings on two lines": Plant(
        "jobs/b2.py", 'x = (\n    "«streaming»strea"  # no\n    "ming"\n)\n'
    ),
    "added strings": Plant("jobs/b3.py", 'x = "«websocket»web" + ("soc" + "ket")\n'),
    "joined strings": Plant("jobs/b4.py", 'x = «websocket»"".join(["web", "socket"])\n'),
    "filled strings": Plant(
        "jobs/b5.py", 'x = «streaming»"%sming" % "strea"\ny = «streaming»"s{}g".format("treamin")\n'
    ),
    "escaped string": Plant("jobs/b6.py", 'x = "«websocket»\\x77ebsocket"\n'),
    "comment": Plant("jobs/b7.py", "x = 1  # no «distributed»distributed work\n"),
    "comment over two lines": Plant("jobs/b8.py", "# it is «real_time»real\n# time\n"),
    "lookalike": Plant("jobs/b9.py", 'x = "«streaming»stre\u0430ming"\n'),
    "bytes": Plant("jobs/c1.py", 'x = b"text/«sse»event-stream"\n'),
    "ignore comment": Plant("jobs/c2.py", "«sse»sse = 1  # noqa  # governance: ignore\n"),
    "no Python": Plant("jobs/c3.py", "«not readable as Python»def (:\n    «sse»sse\n"),
    "foreign encoding": Plant("jobs/c4.py", "«encoding utf-7»# -*- coding: utf-7 -*-\nx = 1\n"),
    "template": Plant("jobs/templates/a.html", "<p>\n<b>«real_time»Real</b> time</p>\n"),
    "script": Plant("forgesyte/static/a.js", 'x = "«websocket»web" + "socket";\n'),
    "script with its own object": Plant("forgesyte/static/b.js", "\n new «sse»EventSource(u)\n"),
    "style sheet": Plant("forgesyte/static/a.css", ".«gpu_schedule»gpuScheduler { top: 0 }\n"),
    "definition": Plant("pipeline/a.yaml", "mode: «streaming»streaming\n"),
    "picture": Plant("forgesyte/static/a.svg", "<svg><text>«sse»SSE</text></svg>\n"),
    "entity": Plant("forgesyte/static/b.svg", "<svg>«sse»&#115;se</svg>\n"),
    "script without an ending": Plant("jobs/tool", "#!/usr/bin/python\nx = '«sse»s' 's' 'e'\n"),
    "file name": Plant("pipeline/websocket_view.py", "«websocket in a file name»"),
    "folder name": Plant("pipeline/sse/empty.txt", "«sse in a file name»"),
    "phase in a file name": Plant("jobs/phase16_worker.py", "«phase in a file name»"),
    "phase in a folder name": Plant("jobs/Phase-16/x.py", "«phase in a file name»"),
    "phase document": Plant("jobs/notes.md", "\n«phase document»# About Phase 16\n"),
    "container file": Plant("jobs/Dockerfile", "«Dockerfile»FROM scratch\n"),
    "container file at the top": Plant("Dockerfile", "«Dockerfile»FROM scratch\n"),
    "other folder": Plant("extra/x.py", "«code outside the folders»"),
    "import": Plant("jobs/d1.py", "«import of celery»import celery\n"),
    "import below": Plant(
        "jobs/d2.py", "def f():\n    «import of django.contrib.auth»import django.contrib.auth\n"
    ),
    "import from": Plant("jobs/d3.py", "«import of redis.client»from redis.client import Redis\n"),
    "import of a member": Plant(
        "jobs/d4.py", "«import of sqlalchemy.ext.asyncio»from sqlalchemy.ext import asyncio\n"
    ),
    "import by a call": Plant(
        "jobs/d5.py",
        "import importlib\n\nx = «import of redis»importlib.import_module('re' + 'dis')\n"
        'y = «import of ray»__import__("ray")\n',
    ),
    "import by settings": Plant(
        "forgesyte/settings.py",
        'INSTALLED_APPS += [\n    "x"\n]\n«import of channels»INSTALLED_APPS += ["channels"]\n'
        'X = «import of django.db.backends.sqlite3»"django.db.backends.sqlite3"\n',
    ),
    "address": Plant("jobs/d6.py", 'x = "«postgresql://»postgresql+psycopg://host/db"\n'),
    "address in a script": Plant("forgesyte/static/c.js", 'open("«wss://»wss://host")\n'),
    "column": Plant(
        "jobs/models.py",
        "    «column progress»progress: Mapped[float] = mapped_column(Float)\n",
        '    __tablename__ = "jobs"\n',
    ),
    "status": Plant(
        "jobs/models.py",
        '    «status cancelled»CANCELLED = "cancelled"\n',
        '    RUNNING = "running"\n',
    ),
    "column from outside": Plant(
        "jobs/e1.py",
        "from jobs.models import Job\n\n«column priority»Job.priority = mapped_column(Integer)\n",
    ),
    "column and table in a revision": Plant(
        "jobs/alembic/versions/0002_more.py",
        'op.add_column("jobs", «column worker_id»sa.Column("worker_id", sa.Text()))\n'
        '«table leases»op.create_table("leases")\n'
        'op.execute(«column eta»"ALTER TABLE jobs ADD COLUMN eta DOUBLE")\n'
        'op.execute(«table other»"CREATE TABLE other (x INTEGER)")\n'
        "sa.CheckConstraint(«status paused»\"status IN ('pending', 'paused')\")\n"
        "«column (unreadable)»sa.Column(name)\n"
        '«column eta»op.alter_column("jobs", "output_path", new_column_name="eta")\n',
    ),
    "second base": Plant(
        "jobs/e2.py",
        "«second declarative base»class Other(DeclarativeBase):\n    pass\n"
        "Base = «second declarative base»declarative_base()\n"
        'class X(Base):\n    «table x»__tablename__ = "x"\n',
    ),
    "second base beside the first": Plant(
        "jobs/database.py", "\n\n«second declarative base»class B(DeclarativeBase):\n    pass\n"
    ),
    "route": Plant(
        "jobs/urls.py",
        "    «route /video/cancel/<str:job_id>»«route /v1/video/cancel/<str:job_id>»"
        'path("cancel/<str:job_id>", StatusView.as_view()),\n',
        "urlpatterns = [\n",
    ),
    "unreadable route": Plant(
        "forgesyte/urls.py",
        '    «unreadable route»re_path("^x", X),\n    «unreadable route»path("y/", include(y)),\n'
        "    «route /(unreadable)»path(z, X),\n"
        '    «route /metrics»path(route="metrics", view=X),\n',
        "urlpatterns = [\n",
    ),
    "added routes": Plant(
        "forgesyte/urls.py",
        "\nurlpatterns += «unreadable route»router.urls\n"
        'urlpatterns.append(«route health»path("health", X))\n',
    ),
    "routes elsewhere": Plant(
        "jobs/e3.py",
        'from django.urls import path as p\n\nx = [«route live»p("live", None)]\n'
        "r = «route (unreadable)»routers.DefaultRouter()\n",
    ),
}


class Scanned(NamedTuple):
    expected: dict[str, set[str]]
    found: list[str]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """A copy with every plant in it: what is in each file, and what the scanner prints."""
    tree = copy_tree(tmp_path_factory.mktemp("planted"))
    expected = plant(tree, list(PLANTS.values()))
    result = subprocess.run(
        [sys.executable, str(ROOT / "governance" / "validate_phase16_path.py"), str(tree)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (result.returncode, result.stderr) == (1, "")
    return Scanned(expected, result.stdout.splitlines())


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_violation_is_found_at_its_place(scanned: Scanned, name: str) -> None:
    expected = scanned.expected[PLANTS[name].file]
    assert expected
    for beginning in expected:
        assert any(line.startswith(f"{beginning} (") for line in scanned.found), beginning


def test_nothing_else_is_found(scanned: Scanned) -> None:
    beginnings = tuple(f"{x} (" for lines in scanned.expected.values() for x in lines)
    assert [line for line in scanned.found if not line.startswith(beginnings)] == []
    assert len(scanned.found) == len(beginnings)


def test_a_copy_without_plants_is_clean(tmp_path: Path) -> None:
    assert list(scan(load(), [copy_tree(tmp_path)])) == []


def test_a_link_out_of_the_tree_is_found(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path / "tree")
    (tmp_path / "other").mkdir()
    (tree / "jobs" / "more").symlink_to(tmp_path / "other")
    (problem,) = scan(load(), [tree / "jobs"])
    assert (problem.path, problem.term) == (str(tree / "jobs" / "more"), "symbolic link")


def test_a_renamed_functional_folder_is_no_way_out(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    (tree / "jobs").rename(tree / "work")
    with pytest.raises(InvalidPath, match="jobs: the functional folder is missing"):
        list(scan(load(), [tree]))
