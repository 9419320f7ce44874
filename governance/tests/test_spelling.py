"""No spelling hides a term, and no harmless word is taken for one."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance import python_words
from governance.config import load
from governance.source import SourceFile
from governance.words import Vocabulary

RULES = load()
VOCABULARY = Vocabulary(RULES.terms)
SPELLINGS = [(spelling, term.name) for term in RULES.terms for spelling in term.spellings]
SEPARATORS = [
    "",
    "_",
    "-",
    " ",
    "__",
    ".",
    " - ",
    "\u2010",
    "\n",
    "\n# ",
    "\n * ",
    "/",
    "{x}",
    "%s",
]
CASES: dict[str, Callable[[list[str], str], str]] = {
    "lower": lambda words, between: between.join(words),
    "upper": lambda words, between: between.join(words).upper(),
    "title": lambda words, between: between.join(word.title() for word in words),
    "camel": lambda words, _: "".join(word.title() for word in words),
    "acronym": lambda words, _: words[0].upper() + "".join(word.title() for word in words[1:]),
}
# Each text around the term leaves it a word of its own.
SURROUNDINGS = ["{}", "use_{}", "{}_view", "my-{}.js", "x1{}2", "a {} b", "<{}/>", "({})"]
HARMLESS = [
    "assert", "asserts", "classes", "session", "sessions", "lossescale", "passes", "addresses",
    "compressed", "assess", "possess", "isSet", "ClassSetup", "CLASSES", "PassSequence", "stream",
    "upstream", "StreamHandler", "streams", "distribution", "distribute", "redistributed",
    "surreal time", "real timeline", "real. Time", "real, time", "unreal_timer", "webpage", "web",
    "socket", "sockets", "gpu", "worker", "workers", "schedule", "scheduler", "gpus work", "event",
    "events", "source_events", "runtime", "timer", "really", "cross section", "lesser", "less else",
]  # fmt: skip


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
    found = VOCABULARY.find(surrounding.format(spelling))
    assert name in {term.name for _, term in found}


@given(st.sampled_from(SPELLINGS), st.data())
def test_any_mixture_of_cases_is_found(case: tuple[str, str], data: st.DataObject) -> None:
    letters = case[0].replace(" ", "_")
    upper = data.draw(st.lists(st.booleans(), min_size=len(letters), max_size=len(letters)))
    text = "".join(a.upper() if b else a for a, b in zip(letters, upper, strict=True))
    assert case[1] in {term.name for _, term in VOCABULARY.find(text)}


@given(st.sampled_from(SPELLINGS), st.data())
def test_a_disguised_letter_is_found(case: tuple[str, str], data: st.DataObject) -> None:
    text = case[0].replace(" ", "_")
    index = data.draw(st.integers(0, len(text) - 1))
    code = ord(text[index])
    wide = chr(code + 0xFEE0)
    disguises = [wide, f"\\x{code:02x}", f"\\u{code:04x}", f"%{code:02X}", f"&#{code};"]
    disguise = data.draw(st.sampled_from([*disguises, text[index] + "\u200b"]))
    text = text[:index] + disguise + text[index + 1 :]
    assert case[1] in {term.name for _, term in VOCABULARY.find(text)}


@st.composite
def python_source(draw: st.DrawFn) -> tuple[str, str]:
    """A line of Python with a term in it, and the term's name."""
    spelling, name = draw(st.sampled_from(SPELLINGS))
    word = draw(st.sampled_from(["", "_"])).join(spelling.split())
    cut = draw(st.integers(1, len(word) - 1))
    left, right = word[:cut], word[cut:]
    template = draw(st.sampled_from(SOURCES))
    return template.format(word=word, left=left, right=right, camel=word.title()), name


SOURCES = [
    "{word} = 1",
    "import a.{word}",
    "def f(use_{word}): pass",
    "class My{camel}: pass",
    "x = '{word}'",
    "x = rb'a {word} b'",
    "x = 1  # {word}",
    "# say {word}, twice",
    "x = f'{{1}} {word}'",
    "x = f'{left}{{chr(1)}}{word}'",
    "x = f\"{left}{{'{right}'}}\"",
    "x = '{left}' '{right}'",
    "x = ('{left}'\n     '{right}')",
    "x = '{left}' + '{right}'",
    "x = '{left}' + ('{right}')",
    "x = f'{left}' f'{right}'",
    "x = '{left}\\\n{right}'",
    "x = ''.join(['{left}', '{right}'])",
    "x = '%s%s' % ('{left}', '{right}')",
    "x = '{{}}{{}}'.format('{left}', '{right}')",
    '"""Text.\n\n{word} here\n"""',
    "x = {{'{word}': 1}}",
    "f({word}=1)",
    "@{word}\ndef f(): pass",
]


@given(python_source())
def test_python_does_not_hide_a_term(case: tuple[str, str]) -> None:
    text, name = case
    source = SourceFile("x.py", "x.py", text, ast.parse(text))
    assert name in {problem.term for problem in python_words.problems(source, VOCABULARY)}


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_words_are_no_terms(text: str) -> None:
    assert VOCABULARY.find(text) == ()


@given(st.lists(st.sampled_from([w for w in HARMLESS if w.isalpha()]), min_size=1, max_size=3))
def test_harmless_words_make_no_term_together(words: list[str]) -> None:
    words = [word for word in words if word not in ("web", "socket", "gpu", "event")]
    for separator in ("_", " ", ", "):
        assert VOCABULARY.find(separator.join(words)) == ()


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    for offset, _ in VOCABULARY.find(text):
        assert 0 <= offset < len(text)
