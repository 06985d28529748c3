"""A specification on its way to another machine: texts and options as one message of JSON.

The machine need not share any file with this one.  What the specification uses was found and
confined here, so nothing there opens a file by a name that a specification gives.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from enum import Enum
from typing import Any, TypeAlias

from cecheck.farm.identity import Identity
from cecheck.options import Options
from cecheck.record import record
from cecheck.source import Source

Json: TypeAlias = Any


@record
class Parcel:
    """What is verified: the specification, then all that it uses, in the order of `gathered`.

    *identity* is what cecheck was where it was packed.
    """

    identity: Identity
    sources: tuple[Source, ...]
    options: Options


def packed(identity: Identity, sources: Sequence[Source], options: Options) -> str:
    """Return the message; what only matters on this machine is left out.

    Of the folder for certificates it is told that there is one, so that there are any.
    """
    asked = replace(
        options, paths=(), out=(), baseline=None, shard=None, changed_since=None, jobs=1,
        executor=Options.executor, deadline=None, certificates=options.certificates and ".",
        cache=None,
    )  # fmt: skip
    data = {
        "identity": dict(identity),
        "sources": [[source.path, source.text] for source in sources],
        "options": {item.name: _out(getattr(asked, item.name)) for item in fields(Options)},
    }
    return json.dumps(data)


def unpacked(message: str) -> Parcel:
    """Return the parcel that *message* is; ValueError, KeyError or TypeError where it is none."""
    data = json.loads(message)
    given = {item.name: _in(item.default, data["options"][item.name]) for item in fields(Options)}
    sources = tuple(Source(path, text) for path, text in data["sources"])
    return Parcel(data["identity"], sources, Options(**given))


def _out(value: object) -> Json:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Enum():
            return value.value
        case tuple():
            return [_out(item) for item in value]
        case _:
            raise TypeError(f"{type(value).__name__} is no part of an option")


def _in(default: object, value: Json) -> Any:
    """Return an option from its data; what it is without being given tells its type."""
    if isinstance(default, Enum):
        return type(default)(value)
    return tuple(value) if isinstance(value, list) else value
