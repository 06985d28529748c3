"""What a platform offers a driver, told by the signatures of its functions alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cecheck.record import record
from cecheck.repair.tree import below, words
from cecheck.syntax import ast


@record
class Mapping:
    """A function that makes one address from another: *takes* has a word for each parameter."""

    name: str
    takes: tuple[str, ...]  # "address", "number" or "process"

    def place(self, what: str) -> int | None:
        """Return which argument is the first of its kind, if there is one."""
        return self.takes.index(what) if what in self.takes else None


@record
class Pairing:
    """Functions that open and close one resource, and the constants that the opener looks at."""

    opener: str
    closer: str
    flags: tuple[str, ...]
    opener_takes: tuple[str, ...]
    closer_takes: tuple[str, ...]


@record
class Tools:
    """The functions of a platform that repairs are made from.

    *swaps* take a set of processes and return the one before; *saves* return the one that holds;
    *parties* return a process.
    """

    mappings: tuple[Mapping, ...] = ()
    parties: tuple[str, ...] = ()
    swaps: tuple[str, ...] = ()
    saves: tuple[str, ...] = ()
    pairings: tuple[Pairing, ...] = ()

    def mapping(self, name: str) -> Mapping | None:
        """Return the mapping function of that name."""
        return next((one for one in self.mappings if one.name == name), None)


def tools(platform: Iterable[ast.PlatformItem]) -> Tools:
    """Return what the functions among the items of a platform are good for."""
    items = list(platform)
    offered = [f for f in items if isinstance(f, ast.Function) and f.is_api]
    signed = [(f, _kind(f.result), tuple(_kind(p.type) for p in f.parameters)) for f in offered]
    return Tools(
        mappings=tuple(
            Mapping(f.name.text, takes) for f, result, takes in signed if _maps(result, takes)
        ),
        parties=_different(f for f, result, takes in signed if (result, takes) == _PARTY),
        swaps=tuple(f.name.text for f, result, takes in signed if (result, takes) == _SWAP),
        saves=tuple(f.name.text for f, result, takes in signed if (result, takes) == _SAVE),
        pairings=tuple(_pairings(items, offered)),
    )


_PARTY = ("process", ())
_SWAP = ("rights", ("rights",))
_SAVE = ("rights", ())


def _different(functions: Iterable[ast.Function]) -> tuple[str, ...]:
    """Return the names of *functions*, of those with one body the first: the others do the same."""
    found: dict[str, str] = {}
    for function in functions:
        found.setdefault(words(function.body), function.name.text)
    return tuple(found.values())


def _maps(result: str, takes: tuple[str, ...]) -> bool:
    """Something besides the address must tell whose it is, or how much is meant."""
    return (
        result == "address"
        and takes.count("address") == 1
        and len(takes) > 1
        and set(takes) <= {"address", "number", "process"}
    )


def _kind(type_: ast.TypeExpr | None) -> str:
    """Return the word for a type in a signature: "" where it plays no part."""
    match type_:
        case ast.NamedType("address" | "process" as name):
            return name
        case ast.NamedType("u32"):
            return "number"
        case ast.SetType(ast.NamedType("process")):
            return "rights"
        case _:
            return ""


def _pairings(
    items: Iterable[ast.PlatformItem], offered: Iterable[ast.Function]
) -> Iterator[Pairing]:
    constants = {
        binding.name.text
        for item in items
        if isinstance(item, ast.Const)
        for binding in item.bindings
    }
    for resource in (item.name.text for item in items if isinstance(item, ast.Resource)):
        opens = [f for f in offered if _does(f, resource, "open")]
        closes = [f for f in offered if _does(f, resource, "close")]
        for opener in opens:
            tests = (node for node in below(opener.body) if isinstance(node, ast.Binary))
            used = [n.right.text for n in tests if n.op == "&" and isinstance(n.right, ast.Name)]
            flags = tuple(dict.fromkeys(name for name in used if name in constants))
            for closer in closes:
                names = [tuple(p.name.text for p in f.parameters) for f in (opener, closer)]
                yield Pairing(opener.name.text, closer.name.text, flags, names[0], names[1])


def _does(function: ast.Function, resource: str, action: str) -> bool:
    return any(
        isinstance(node, ast.Member)
        and node.name.text == action
        and isinstance(node.base, ast.Name)
        and node.base.text == resource
        for node in below(function.body)
    )
