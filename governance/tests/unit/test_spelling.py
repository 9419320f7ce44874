"""No spelling hides a term, and no harmless word is taken for one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.vocabulary import Vocabulary, load

TERMS = load().terms
VOCABULARY = Vocabulary(TERMS)
SPELLINGS = [(spelling, term.name) for term in TERMS for spelling in term.spellings]
SEPARATORS = ["", "_", "-", " ", "__", ".", " - ", "\u2010", "\n", "\n# ", "\n * ", "/"]
CASES: dict[str, Callable[[list[str], str], str]] = {
    "lower": lambda words, between: between.join(words),
    "upper": lambda words, between: between.join(words).upper(),
    "title": lambda words, between: between.join(word.title() for word in words),
    "camel": lambda words, _: "".join(word.title() for word in words),
    "acronym": lambda words, _: words[0].upper() + "".join(word.title() for word in words[1:]),
}
# Each text around the term leaves it a word of its own.
SURROUNDINGS = [
    "{}", "use_{}", "{}_view", "my-{}.js", "x1{}2", "a {} b", "<{}/>", "({})", "x = '{}'",
    "x = 1  # {}", "import a.{}", ".{} {{ top: 0 }}", "mode: {}", 'f"{{x}} {}"',
]  # fmt: skip
HARMLESS = [
    "assert", "asserts", "classes", "session", "sessions", "lossescale", "passes", "addresses",
    "compressed", "assess", "possess", "isSet", "ClassSetup", "CLASSES", "PassSequence", "stream",
    "upstream", "StreamHandler", "streams", "distribution", "distribute", "redistributed",
    "surreal time", "real timeline", "real. Time", "real, time", "unreal_timer", "webpage", "web",
    "socket", "sockets", "gpu", "worker", "workers", "schedule", "scheduler", "gpus work", "event",
    "events", "source_events", "runtime", "timer", "really", "cross section", "lesser", "less else",
]  # fmt: skip


def found(text: str) -> set[str]:
    return {term.name for _, term in VOCABULARY.find(text)}


@st.composite
def spelled(draw: st.DrawFn) -> tuple[str, str]:
    """A term in some spelling, and its name."""
    spelling, name = draw(st.sampled_from(SPELLINGS))
    write = CASES[draw(st.sampled_from(sorted(CASES)))]
    text = write(spelling.split(), draw(st.sampled_from(SEPARATORS)))
    return text + draw(st.sampled_from(["", "s"])), name


@given(spelled(), st.sampled_from(SURROUNDINGS))
def test_every_spelling_is_found(case: tuple[str, str], surrounding: str) -> None:
    spelling, name = case
    assert name in found(surrounding.format(spelling))


@given(st.sampled_from(SPELLINGS), st.data())
def test_any_mixture_of_cases_is_found(case: tuple[str, str], data: st.DataObject) -> None:
    letters = case[0].replace(" ", "_")
    upper = data.draw(st.lists(st.booleans(), min_size=len(letters), max_size=len(letters)))
    text = "".join(a.upper() if b else a for a, b in zip(letters, upper, strict=True))
    assert case[1] in found(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("class WebSocketView:", "websocket"),
        ("useSSEClient", "sse"),
        ("real-time", "real_time"),
        ("StreamingHttpResponse", "streaming"),
        ("gpu.worker", "gpu_worker"),
        ("gpuScheduleDay", "gpu_schedule"),
        ("# real\n# time", "real_time"),
        ("DistributedDataParallel", "distributed"),
        ("text/event-stream", "sse"),
    ],
)
def test_terms_inside_identifiers(text: str, name: str) -> None:
    assert found(text) == {name}


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_words_are_no_terms(text: str) -> None:
    assert found(text) == set()


@given(st.lists(st.sampled_from([w for w in HARMLESS if w.isalpha()]), min_size=1, max_size=3))
def test_harmless_words_make_no_term_together(words: list[str]) -> None:
    words = [word for word in words if word not in ("web", "socket", "gpu", "event")]
    for separator in ("_", " ", ", "):
        assert found(separator.join(words)) == set()
