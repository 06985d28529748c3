"""What tests of the elaboration share: read a text or a file against the shipped platforms."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cecheck.diagnostics import Code, Diagnostic
from cecheck.sema import typed
from cecheck.sema.elaborate import elaborate
from cecheck.sema.params import every_value
from cecheck.source import Source
from cecheck.syntax import ast
from cecheck.syntax.parse import parse
from cecheck.syntax.uses import joined

ROOT = Path(__file__).resolve().parent.parent
REQUEST = "struct Request { length : u32  buffer : user ptr u8[length] }"


def tree(text: str, path: str = "test.ce") -> ast.File:
    """Return the tree of *text*, which has one."""
    file, found = parse(Source(path, text))
    assert file is not None, found
    return file


@cache
def platform(name: str) -> ast.File | None:
    """Return the shipped platform *name*."""
    path = ROOT / "models" / f"{name}.ce"
    return tree(path.read_text(encoding="utf-8"), str(path)) if path.exists() else None


def result(text: str, path: str = "test.ce") -> tuple[typed.Spec | None, tuple[Diagnostic, ...]]:
    """Return what *text* means, for the first values of its parameters, and what is wrong."""
    found, wrong = members(text, path)
    return found[0] if found else None, wrong


def members(text: str, path: str = "test.ce") -> tuple[list[typed.Spec], tuple[Diagnostic, ...]]:
    """Return what *text* means for all values of its parameters, and what is wrong with it."""
    file, wrong = joined(tree(text, path))
    if file is None:
        return [], wrong
    found, wrong = every_value(
        lambda given: elaborate(file, platform, known=("ce5",), given=given)
    )
    return [member.spec for member in found], wrong


def spec(text: str) -> typed.Spec:
    """Return what *text* means; nothing is wrong with it, but that nobody calls some entry."""
    found, wrong = result(text)
    assert [one for one in wrong if one.code is not Code.NOBODY_CALLS] == []
    assert found is not None
    return found


def source(body: str, *, state: str = "", top: str = REQUEST, use: str = "ce5") -> str:
    """Return the text of a driver whose entry does *body*."""
    return (
        f"// expect: proved\nuse {use}\n{top}\ndriver D {{ {state}\n"
        "ioctl Write(in: user ptr Request sized in_len, in_len: u32) {\n"
        f"{body}\n}} }}\nclient App[*] : untrusted calls D.Write\n"
    )


def statements(body: str, *, state: str = "", top: str = REQUEST) -> tuple[typed.Stmt, ...]:
    """Return what the statements of *body* become, the final return left out."""
    (driver,) = spec(source(body, state=state, top=top)).drivers
    return driver.entries[0].body.statements[:-1]


def value(text: str, *, state: str = "", top: str = REQUEST) -> typed.Expr:
    """Return what the expression *text* becomes."""
    (declared,) = statements(f"let x = {text}", state=state, top=top)
    assert isinstance(declared, typed.Declare)
    assert declared.value is not None
    return declared.value


def problems(body: str, *, state: str = "", top: str = REQUEST) -> list[tuple[str, str]]:
    """Return code and message of everything that is wrong with *body*."""
    _, found = result(source(body, state=state, top=top))
    return [(d.code.number, d.message) for d in found]


# A thread copies a block that another thread may give back: COUNT bytes; MORE is what else runs.
COPIED = """// expect: proved
    use ce5
    struct Pair {
        first  : u32
        second : u32
    }
    driver Sample {
        var kept : ptr Pair
        var copied : Pair
        init Init() {
            kept = alloc(sizeof(Pair)) as ptr Pair
            return (kept != null) as u32
        }
        ioctl Write(in_len: u32) { return 0 }
        thread Copier { at: copy(&copied, kept, COUNT) }
        MORE
    }
    client App[1] : untrusted calls Sample.Write
"""
