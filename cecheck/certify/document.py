"""Certificates as files: what was proved, of which texts, and the certificate itself.

A file may come from anybody.  Everything in it but the cuts, formulas and measures is worked out
anew from the specification and compared; those are what is asked about.  So a file can be wrong,
it cannot make anything true.  Reading is strict: what `to_text` would not have written is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterable
from typing import Final, NoReturn, TypeVar

from cecheck import __version__
from cecheck.ir.program import Program, View
from cecheck.ir.serial import Data, Malformed
from cecheck.record import record

FORMAT: Final = "cecheck-certificate/1"
MAX_BYTES: Final = 16 << 20  # what a child may say of a proof
_MAX_DEPTH: Final = 12
_MAX_NAME: Final = 4096
_LONGEST_SITE: Final = 200
ENDING: Final = ".cert.json"
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_KEYS: Final = (
    "format", "version", "spec", "texts", "params", "test", "view", "level", "reaching", "proves",
    "certificate",
)  # fmt: skip

T = TypeVar("T")


@record
class Covered:
    """The *check*-th check of the *thread*-th kind of thread, and what these are called."""

    thread: int
    check: int
    name: str
    kind: str
    site: str


def covered(program: Program, thread: int, check: int) -> Covered:
    """Return how a file names a check of *program*."""
    owner = program.threads[thread]
    asked = owner.checks[check]
    site = asked.site.name[:_LONGEST_SITE]
    return Covered(thread, check, owner.name, asked.kind.value, site)


@record
class Document:
    """A certificate (as `ir.certificate.to_json` writes it) and all that it is about.

    *spec* is the path of the specification, *texts* are (path from its folder, SHA-256) of all
    that it consists of.  *given* are the values of its parameters, *test* the test that is its only
    client.  *reaching* are the checks that were asked whether their accesses are ever completed
    (`ir.reaching`), *proves* what was confirmed.
    """

    view: View
    level: int
    reaching: tuple[tuple[int, int], ...]
    proves: tuple[Covered, ...]
    certificate: str
    spec: str = ""
    texts: tuple[tuple[str, str], ...] = ()
    given: tuple[tuple[str, int], ...] = ()
    test: str | None = None
    version: str = __version__


def to_text(document: Document) -> str:
    """Return *document* as the text of a file, in ASCII: one line for each of its parts."""
    proves: list[Data] = [
        [one.thread, one.check, one.name, one.kind, one.site] for one in document.proves
    ]
    values: dict[str, Data] = {
        "format": FORMAT,
        "version": document.version,
        "spec": document.spec,
        "texts": [list(text) for text in document.texts],
        "params": [list(param) for param in document.given],
        "test": document.test,
        "view": document.view.value,
        "level": document.level,
        "reaching": [list(name) for name in document.reaching],
        "proves": proves,
        "certificate": json.loads(document.certificate),
    }
    lines = [f"{json.dumps(key)}: {_compact(values[key])}" for key in _KEYS]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _compact(value: Data) -> str:
    return json.dumps(value, separators=(",", ":"))


def read(path: str) -> Document:
    """Return what the file *path* holds; OSError where there is none, Malformed if it is no
    certificate that cecheck wrote."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
    handle = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Malformed("it is no file")
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = file.read(MAX_BYTES + 1)
    finally:
        os.close(handle)
    if len(data) > MAX_BYTES:
        raise Malformed(f"it is longer than {MAX_BYTES} bytes")
    if not data.isascii():
        raise Malformed("it holds other characters than ASCII")
    return from_text(data.decode())


def from_text(text: str) -> Document:
    """Return the document that *text* is.  Its formulas are not looked at yet."""
    _bound_depth(text)
    data = _loaded(text)
    if not isinstance(data, dict) or "format" not in data:
        raise Malformed("it is no certificate")
    if data["format"] != FORMAT:
        raise Malformed(f"its format is not {FORMAT}, the only one that this version knows")
    if tuple(data) != _KEYS:
        raise Malformed(f"it must hold {', '.join(_KEYS)}, in this order")
    document = Document(
        _view(data["view"]),
        _number(data["level"]),
        tuple(_each(data["reaching"], _name)),
        tuple(_each(data["proves"], _covered)),
        _compact(data["certificate"]),
        _word(data["spec"]),
        tuple(_each(data["texts"], _text)),
        tuple(_each(data["params"], _param)),
        None if data["test"] is None else _word(data["test"]),
        _word(data["version"]),
    )
    if to_text(document) != text:
        raise Malformed("it is not in the form that cecheck writes")
    for names in ([(one.thread, one.check) for one in document.proves], document.reaching):
        if list(names) != sorted(set(names)):
            raise Malformed("its checks are not in order, or one is named twice")
    return document


def _bound_depth(text: str) -> None:
    """Refuse what nests deeper than any certificate does, before anything is built of it."""
    depth = 0
    # A text without an end is one match, or each quote in it would look for one.
    for match in re.finditer(r'(?s)"(?:[^"\\]|\\.)*+(?:"|\Z)|[][{}]', text):
        if (symbol := match[0]) in ("[", "{"):
            depth += 1
            if depth > _MAX_DEPTH:
                raise Malformed("it nests deeper than any certificate")
        elif symbol in ("]", "}"):
            depth -= 1


def _loaded(text: str) -> object:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Malformed("a key occurs twice")
        return found

    def refused(_: str) -> NoReturn:
        raise Malformed("it holds a number that is none of a certificate")

    try:
        return json.loads(
            text, object_pairs_hook=once, parse_float=refused, parse_constant=refused
        )
    except (ValueError, RecursionError) as problem:
        # Not what the parser says of it: that may quote the file.
        raise Malformed("it is not JSON, or was cut short") from problem


def _each(value: object, read: Callable[[object], T]) -> Iterable[T]:
    if not isinstance(value, list):
        raise Malformed("a list is missing")
    return [read(one) for one in value]


def _word(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MAX_NAME:
        raise Malformed("a text is missing or too long")
    return value


def _number(value: object) -> int:
    if type(value) is not int:
        raise Malformed("a number is missing")
    return value


def _view(value: object) -> View:
    try:
        return View(value)
    except ValueError:
        raise Malformed("it names no view") from None


def _name(value: object) -> tuple[int, int]:
    match value:
        case [thread, check]:
            return _number(thread), _number(check)
        case _:
            raise Malformed("it names no check")


def _covered(value: object) -> Covered:
    match value:
        case [thread, check, name, kind, site]:
            return Covered(
                _number(thread), _number(check), _word(name), _word(kind), _word(site)
            )
        case _:
            raise Malformed("it names no check")


def _text(value: object) -> tuple[str, str]:
    match value:
        case [path, str(digest)] if _HASH.fullmatch(digest):
            return _word(path), digest
        case _:
            raise Malformed("it names no text")


def _param(value: object) -> tuple[str, int]:
    match value:
        case [name, number]:
            return _word(name), _number(number)
        case _:
            raise Malformed("it names no parameter")


_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_STEM: Final = 80


def stem(path: str) -> str:
    """Return what the names of all files about the specification *path* begin with."""
    readable = _UNSAFE.sub("_", path.removesuffix(".ce"))[-_LONGEST_STEM:].strip("_-")
    digest = hashlib.sha256(path.encode(errors="surrogateescape")).hexdigest()
    return f"{readable or 'spec'}.{digest[:12]}"


def file_names(path: str, views: Iterable[View]) -> list[str]:
    """Return the name of a file for each certificate of the specification *path*, in order.

    The same in every run; of two paths never the same.
    """
    names: list[str] = []
    counts: dict[View, int] = {}
    for view in views:
        counts[view] = counts.get(view, 0) + 1
        names.append(f"{stem(path)}.{view.value}.{counts[view]}{ENDING}")
    return names
