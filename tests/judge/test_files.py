"""A certificate as a file: what was written is read, and nothing else is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tiny import SPAN, check, edge, program, thread

from cecheck import __version__
from cecheck.certify import document
from cecheck.certify.document import (
    MAX_BYTES,
    Covered,
    Document,
    covered,
    file_names,
    from_text,
    read,
    stem,
    to_text,
)
from cecheck.ir.expr import TRUE
from cecheck.ir.program import CheckKind, Site, View
from cecheck.ir.serial import Malformed

DIGEST = "0123456789abcdef" * 4
ONE = Document(
    view=View.HOSTILE,
    level=1,
    reaching=((0, 1), (1, 0)),
    proves=(Covered(0, 1, "client", "mapped", "use it"), Covered(1, 0, "driver", "live", "p")),
    certificate='{"level":1,"cuts":[[0]]}',
    spec="a/x.ce",
    texts=(("x.ce", DIGEST), ("shipped:models/ce5.ce", "f" * 64)),
    given=(("LEAST", 2), ("MOST", -3)),
    test="Quota",
    version="0.0.9",
)
TEXT = f"""{{
"format": "cecheck-certificate/1",
"version": "0.0.9",
"spec": "a/x.ce",
"texts": [["x.ce","{DIGEST}"],["shipped:models/ce5.ce","{"f" * 64}"]],
"params": [["LEAST",2],["MOST",-3]],
"test": "Quota",
"view": "hostile",
"level": 1,
"reaching": [[0,1],[1,0]],
"proves": [[0,1,"client","mapped","use it"],[1,0,"driver","live","p"]],
"certificate": {{"level":1,"cuts":[[0]]}}
}}
"""


def test_a_document_is_one_line_for_each_of_its_parts() -> None:
    assert to_text(ONE) == TEXT
    assert from_text(TEXT) == ONE


def test_what_is_left_out_is_said_too() -> None:
    small = Document(View.WELL_BEHAVED, 1, (), (), "{}")
    assert (small.spec, small.texts, small.given, small.test) == ("", (), (), None)
    assert small.version == __version__
    assert from_text(to_text(small)) == small


def test_a_document_is_ascii() -> None:
    """Whatever names it holds."""
    strange = replace(ONE, spec="ä\x1b[2J\x7f.ce", test='"\\')
    assert to_text(strange).isascii()
    assert "\x1b" not in to_text(strange)
    assert from_text(to_text(strange)) == strange


def test_a_check_is_called_what_it_is() -> None:
    long = check(0, TRUE, "s" * 300, CheckKind.MAPPED)
    kinds = [
        thread([edge(0, 0)], [check(0, TRUE)]),
        thread([edge(0, 0)], [check(0, TRUE, "a"), long], count=1),
    ]
    model = program(kinds)
    assert covered(model, 0, 0) == Covered(0, 0, "client", "assert", "site")
    assert covered(model, 1, 1) == Covered(1, 1, "driver", "mapped", "s" * 200)
    exact = replace(long, site=Site("t" * 200, SPAN))
    model = replace(model, threads=(replace(kinds[0], checks=(exact,)),))
    assert covered(model, 0, 0).site == "t" * 200


# ---- what is refused ---------------------------------------------------------------------------

NO_TEXT = "it names no text"
NO_CHECK = "it names no check"
NUMBER, WORD, LIST = "a number is missing", "a text is missing or too long", "a list is missing"
FORM = "it is not in the form that cecheck writes"
ORDER = "its checks are not in order, or one is named twice"
NOT_JSON = "it is not JSON, or was cut short"
KEYS = (
    "it must hold format, version, spec, texts, params, test, view, level, reaching, proves, "
    "certificate, in this order"
)
FORMAT = "its format is not cecheck-certificate/1, the only one that this version knows"


def refused(text: str) -> str:
    """Return why *text* is refused."""
    with pytest.raises(Malformed) as problem:
        from_text(text)
    return str(problem.value)


def with_part(key: str, value: object) -> str:
    """Return the text of a document with another *value* for *key*."""
    lines = [
        f'"{key}": {json.dumps(value, separators=(",", ":"))}' + "," * line.endswith(",")
        if line.startswith(f'"{key}"')
        else line
        for line in TEXT.splitlines()
    ]
    return "\n".join(lines) + "\n"


def test_a_text_with_the_same_parts_is_the_same() -> None:
    for key, value in json.loads(TEXT).items():
        assert with_part(key, value) == TEXT


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("format", "cecheck-certificate/2", FORMAT),
        ("format", 1, FORMAT),
        ("version", 1, WORD),
        ("spec", None, WORD),
        ("spec", "x" * 4097, WORD),
        ("texts", {}, LIST),
        ("texts", "", LIST),
        ("texts", [["x.ce"]], NO_TEXT),
        ("texts", ["ab"], NO_TEXT),
        ("texts", [["x.ce", DIGEST, 1]], NO_TEXT),
        ("texts", [["x.ce", DIGEST[1:]]], NO_TEXT),
        ("texts", [["x.ce", DIGEST + "0"]], NO_TEXT),
        ("texts", [["x.ce", DIGEST.upper()]], NO_TEXT),
        ("texts", [["x.ce", 1]], NO_TEXT),
        ("texts", [[1, DIGEST]], WORD),
        ("params", {}, LIST),
        ("params", [["N"]], "it names no parameter"),
        ("params", [["N", 1, 1]], "it names no parameter"),
        ("params", ["N1"], "it names no parameter"),
        ("params", [[1, 1]], WORD),
        ("params", [["N", "1"]], NUMBER),
        ("params", [["N", True]], NUMBER),
        ("test", 1, WORD),
        ("test", [], WORD),
        ("view", "other", "it names no view"),
        ("view", None, "it names no view"),
        ("view", [], "it names no view"),
        ("level", "1", NUMBER),
        ("level", True, NUMBER),
        ("level", None, NUMBER),
        ("reaching", {}, LIST),
        ("reaching", [[0]], NO_CHECK),
        ("reaching", [[0, 1, 2]], NO_CHECK),
        ("reaching", ["01"], NO_CHECK),
        ("reaching", [["0", 1]], NUMBER),
        ("reaching", [[0, "1"]], NUMBER),
        ("reaching", [[1, 0], [0, 1]], ORDER),
        ("reaching", [[0, 1], [0, 1]], ORDER),
        ("proves", {}, LIST),
        ("proves", [[0, 1, "client", "mapped"]], NO_CHECK),
        ("proves", [[0, 1, "client", "mapped", "a", 1]], NO_CHECK),
        ("proves", ["abcde"], NO_CHECK),
        ("proves", [["0", 1, "client", "mapped", "a"]], NUMBER),
        ("proves", [[0, "1", "client", "mapped", "a"]], NUMBER),
        ("proves", [[0, 1, 2, "mapped", "a"]], WORD),
        ("proves", [[0, 1, "client", 2, "a"]], WORD),
        ("proves", [[0, 1, "client", "mapped", 2]], WORD),
        ("proves", [[0, 1, "a", "b", "c"], [0, 0, "a", "b", "c"]], ORDER),
        ("proves", [[0, 1, "a", "b", "c"], [0, 1, "d", "e", "f"]], ORDER),
    ],
)  # fmt: skip
def test_each_part_is_what_it_must_be(key: str, value: object, why: str) -> None:
    assert refused(with_part(key, value)) == why


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("spec", "x" * 4096), ("test", None), ("view", "well-behaved"), ("level", 7),
        ("texts", []), ("params", []), ("reaching", []), ("proves", []),
        ("reaching", [[0, 1], [0, 2], [1, 0]]), ("certificate", [1, "a", None]),
    ],
)  # fmt: skip
def test_what_may_be_said_is_read(key: str, value: object) -> None:
    text = with_part(key, value)
    assert to_text(from_text(text)) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", NOT_JSON),
        (TEXT[:-3], NOT_JSON),
        (TEXT + "x", NOT_JSON),
        ("[1]", "it is no certificate"),
        ('["format"]', "it is no certificate"),
        ("7", "it is no certificate"),
        ("{}", "it is no certificate"),
        ('{"Format": "cecheck-certificate/1"}', "it is no certificate"),
        ('{"format": "cecheck-certificate/1"}', KEYS),
        (TEXT.replace('"test": "Quota",\n', ""), KEYS),
        (TEXT.replace('"level": 1,', '"level": 1,\n"more": 1,'), KEYS),
        (TEXT.replace('"spec": "a/x.ce",\n', "").replace('"version"', '"spec": "",\n"version"'),
         KEYS),
        (TEXT.replace('"level": 1,', '"level": 1,\n"level": 1,'), "a key occurs twice"),
        (TEXT.replace('"level": 1,', '"level": 1.0,'),
         "it holds a number that is none of a certificate"),
        (TEXT.replace('"level": 1,', '"level": NaN,'),
         "it holds a number that is none of a certificate"),
        (TEXT + "\n", FORM),
        (TEXT.replace("[0,1],", "[0, 1],"), FORM),
        (TEXT.replace('"cuts":', '"cuts": '), FORM),
        (TEXT.replace("Quota", "\\u0051uota"), FORM),
        (TEXT.replace("[0,1],", "[-0,1],", 1), FORM),
    ],
)  # fmt: skip
def test_what_was_not_written_so_is_refused(text: str, why: str) -> None:
    assert text != TEXT
    assert refused(text) == why


DEEP = "it nests deeper than any certificate"


def nested(levels: int) -> str:
    """Return a document whose certificate nests so deep, the document included."""
    return with_part("certificate", json.loads("[" * (levels - 1) + "]" * (levels - 1)))


def test_nothing_nests_deeper_than_a_certificate() -> None:
    assert from_text(nested(12)).certificate == "[" * 11 + "]" * 11
    assert refused(nested(13)) == DEEP
    assert refused("[" * 13) == DEEP
    assert refused("{" * 13) == DEEP
    assert refused("[" * 12) == NOT_JSON
    assert refused('{"a":[' * 6 + "{") == DEEP


def test_what_was_closed_does_not_nest() -> None:
    wide = with_part("certificate", [[[]]] * 20)
    assert to_text(from_text(wide)) == wide
    assert refused("[" * 10 + "[]" + "[" * 3) == DEEP
    assert refused("[" * 10 + "{}" + "[" * 2) == NOT_JSON
    many = with_part("certificate", [{"a": {}}] * 20)
    assert to_text(from_text(many)) == many


def test_brackets_in_a_word_do_not_nest() -> None:
    for word in ("[" * 40, "{" * 40, '"' + "[" * 40, "\\" + "[" * 40, "\n" + "[" * 40):
        text = with_part("spec", word)
        assert from_text(text).spec == word
    assert refused('"' + "[" * 40) == NOT_JSON
    assert refused('"\\' + "[" * 40) == NOT_JSON
    assert refused('""' + "[" * 40) == DEEP
    assert refused('"\\\\"' + "[" * 40) == DEEP
    assert refused('"\n"' + "[" * 40) == DEEP


def test_words_without_end_cost_no_more_than_their_length() -> None:
    assert refused('{"format": "' + '\\"' * 500_000) == NOT_JSON


# ---- files -------------------------------------------------------------------------------------


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.cert.json"
    path.write_text(TEXT)
    before = len(os.listdir("/proc/self/fd"))
    assert read(str(path)) == ONE
    assert len(os.listdir("/proc/self/fd")) == before


LIMIT = 1000


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", NOT_JSON),
        (TEXT.replace("Quota", "Qüota").encode(), "it holds other characters than ASCII"),
        (b"\xff\xfe", "it holds other characters than ASCII"),
        (b" " * LIMIT, NOT_JSON),
        (b" " * (LIMIT + 1), f"it is longer than {LIMIT} bytes"),
        (b"\xff" * (LIMIT + 1), f"it is longer than {LIMIT} bytes"),
    ],
    ids=["empty", "not ASCII", "no text", "long", "too long", "too long and no text"],
)
def test_a_file_that_is_no_certificate_is_refused(
    data: bytes, why: str, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(document, "MAX_BYTES", LIMIT)
    path = tmp_path / "x.cert.json"
    path.write_bytes(data)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(Malformed) as problem:
        read(str(path))
    assert str(problem.value) == why
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_file_is_closed_where_others_run(tmp_path: Path, monkeypatch) -> None:
    """No child inherits it, and no more of it is read than is needed."""
    opened: list[int] = []
    wanted: list[int] = []
    open_, fdopen = os.open, os.fdopen

    def noted(path: str, flags: int) -> int:
        opened.append(flags)
        return open_(path, flags)

    def noting(*args: Any, **options: Any) -> Any:
        file = fdopen(*args, **options)
        look: Callable[[int], bytes] = file.read
        monkeypatch.setattr(os, "fdopen", fdopen)

        class Noted:
            def __enter__(self) -> Any:
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            def read(self, count: int) -> bytes:
                wanted.append(count)
                return look(count)

        return Noted()

    monkeypatch.setattr(os, "open", noted)
    monkeypatch.setattr(os, "fdopen", noting)
    (tmp_path / "x.cert.json").write_text(TEXT)
    assert read(str(tmp_path / "x.cert.json")) == ONE
    assert opened == [os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC]
    assert wanted == [MAX_BYTES + 1]


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", tmp_path):
        with pytest.raises(Malformed) as problem:
            read(str(place))
        assert str(problem.value) == "it is no file"
    with pytest.raises(FileNotFoundError):
        read(str(tmp_path / "nothing"))


# ---- names of files ----------------------------------------------------------------------------


def hashed(path: bytes) -> str:
    return sha256(path).hexdigest()[:12]


@pytest.mark.parametrize(
    ("path", "readable"),
    [
        ("x.ce", "x"),
        ("XaX.ce", "XaX"),
        ("a/b.ce", "a_b"),
        ("a/../b c.ce", "a_b_c"),
        ("A-b_9.ce", "A-b_9"),
        ("x.ce.ce", "x_ce"),
        ("x.txt", "x_txt"),
        (".ce", "spec"),
        ("-_-.ce", "spec"),
        ("--rf-_.ce", "rf"),
        ("x" * 100 + "y.ce", "x" * 79 + "y"),
        ("-" + "z" * 79 + ".ce", "z" * 79),
        ("ä/é.ce", "spec"),
        ("\x1b[31m.ce", "31m"),
    ],
)
def test_names_of_files_are_safe_and_readable(path: str, readable: str) -> None:
    assert stem(path) == f"{readable}.{hashed(path.encode())}"


def test_a_path_that_is_no_text_has_a_name_too() -> None:
    assert stem("\udcff.ce") == "spec." + hashed(b"\xff.ce")


def test_certificates_of_one_view_are_numbered() -> None:
    hostile, well = View.HOSTILE, View.WELL_BEHAVED
    base = stem("a/b.ce")
    assert file_names("a/b.ce", [hostile, well, hostile, hostile, well]) == [
        f"{base}.hostile.1.cert.json",
        f"{base}.well-behaved.1.cert.json",
        f"{base}.hostile.2.cert.json",
        f"{base}.hostile.3.cert.json",
        f"{base}.well-behaved.2.cert.json",
    ]
    assert file_names("a/b.ce", []) == []
