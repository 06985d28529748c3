"""Variants: the changes of a ``use`` clause, made to the platform's tree before it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import assert_never

from cecheck.diagnostics import Diagnostic
from cecheck.record import record
from cecheck.sema import errors, link_errors
from cecheck.source import Span
from cecheck.syntax import ast

MAX_CHANGES = 100  # of one platform
Steps = list[ast.Stmt]


@dataclass
class _Work:
    """A platform on its way to a variant."""

    items: list[ast.PlatformItem]
    diagnostics: list[Diagnostic] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    lost: dict[str, Span] = field(default_factory=dict)


@record
class Variant:
    """A changed platform, the changes in words, and the names that a change may have lost."""

    platform: ast.Platform
    words: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    lost: dict[str, Span]


def varied(platform: ast.Platform, changes: tuple[ast.Change, ...], scale: str | None) -> Variant:
    """Return *platform* with the constants of *scale* and then with *changes*."""
    work = _Work(list(platform.items))
    _check_scales(work)
    if scale is not None:
        _apply_scale(work, platform, scale)
    for change in changes[:MAX_CHANGES]:
        _apply(work, change)
    for change in changes[MAX_CHANGES : MAX_CHANGES + 1]:
        work.diagnostics.append(link_errors.too_many_changes(change.span, MAX_CHANGES))
    done = replace(platform, items=tuple(work.items))
    return Variant(done, tuple(work.words), tuple(work.diagnostics), work.lost)


def _apply(work: _Work, change: ast.Change) -> None:
    match change:
        case ast.Without(step, span):
            _steps(work, (step,), span, lambda body: _without(work, body, step, span))
            work.words.append(f"without step {step}")
        case ast.Swap(first, second, span):
            _steps(work, (first, second), span, lambda b: _swap(work, b, first, second, span))
            work.words.append(f"swap step {first}, {second}")
        case ast.Repeat(step, span):
            _steps(work, (step,), span, lambda body: _repeat(work, body, step, span))
            work.words.append(f"repeat step {step}")
        case ast.StepStmt(number, _, _, span):
            _steps(work, (number,), span, lambda body: _replace_step(work, body, change))
            work.words.append(f"step {number} replaced")
        case ast.Function():
            _replace_function(work, change)
            work.words.append(f"{change.name.text} replaced")
        case ast.Const(bindings):
            for binding in bindings:
                _replace_constant(work, binding)
                value = " ".join(binding.value.span.text.split())
                work.words.append(f"const {binding.name.text} = {value}")
        case _:
            assert_never(change)


# ---- steps ---------------------------------------------------------------------------------------


def _steps(
    work: _Work, numbers: tuple[int, ...], span: Span, change: Callable[[Steps], None]
) -> None:
    """Make *change* to the body of every call that has steps of all *numbers*."""
    known = [_numbers(item) for item in work.items if isinstance(item, ast.Call)]
    missing = [n for n in numbers if not any(n in steps for steps in known)]
    if missing:
        every = sorted({n for steps in known for n in steps})
        work.diagnostics.append(link_errors.unknown_step(span, missing[0], every))
        return
    for index, item in enumerate(work.items):
        if isinstance(item, ast.Call) and set(numbers) <= _numbers(item):
            body = list(item.body.statements)
            change(body)
            block = replace(item.body, statements=tuple(body))
            work.items[index] = replace(item, body=block)


def _numbers(call: ast.Call) -> set[int]:
    return {s.number for s in call.body.statements if isinstance(s, ast.StepStmt)}


def _position(body: Steps, number: int) -> int:
    found = (i for i, s in enumerate(body) if isinstance(s, ast.StepStmt) and s.number == number)
    return next(found)


def _without(work: _Work, body: Steps, number: int, span: Span) -> None:
    _lose(work, body.pop(_position(body, number)), span)


def _swap(work: _Work, body: Steps, first: int, second: int, span: Span) -> None:
    one, two = _position(body, first), _position(body, second)
    _lose(work, body[one], span)
    _lose(work, body[two], span)
    body[one], body[two] = body[two], body[one]


def _repeat(work: _Work, body: Steps, number: int, span: Span) -> None:
    at = _position(body, number)
    names = _declared(body[at])
    if names:
        work.diagnostics.append(link_errors.repeated_names(span, number, names[0]))
        return
    body.insert(at, body[at])


def _replace_step(work: _Work, body: Steps, step: ast.StepStmt) -> None:
    at = _position(body, step.number)
    _lose(work, body[at], step.span)
    body[at] = step


def _lose(work: _Work, step: ast.Stmt, span: Span) -> None:
    """Remember what *step* declares: where it is needed all the same, the variant is to blame."""
    for name in _declared(step):
        work.lost.setdefault(name, span)


def _declared(step: ast.Stmt) -> tuple[str, ...]:
    names: list[str] = []
    for statement in step.body.statements if isinstance(step, ast.StepStmt) else ():
        if isinstance(statement, ast.Let):
            names += [b.name.text for b in statement.bindings]
        elif isinstance(statement, ast.Var):
            names.append(statement.name.text)
    return tuple(names)


# ---- functions and constants ---------------------------------------------------------------------


def _replace_function(work: _Work, function: ast.Function) -> None:
    name = function.name.text
    known = {f.name.text: i for i, f in enumerate(work.items) if isinstance(f, ast.Function)}
    if name not in known:
        wrong = link_errors.unknown_replaced(function.name.span, name, tuple(known))
        work.diagnostics.append(wrong)
        return
    old = work.items[known[name]]
    assert isinstance(old, ast.Function)
    if len(old.parameters) != len(function.parameters):
        work.diagnostics.append(link_errors.replaced_differently(function.name, old))
        return
    work.items[known[name]] = function


def _replace_constant(work: _Work, new: ast.Binding) -> None:
    known = _constants(work)
    old = known.get(new.name.text)
    if old is None:
        wrong = link_errors.unknown_replaced(new.name.span, new.name.text, tuple(known))
        work.diagnostics.append(wrong)
    elif _is_truth(old.value) != _is_truth(new.value):
        work.diagnostics.append(link_errors.constant_of_another_kind(new.name.span, old))
    else:
        _put_constant(work, replace(old, value=new.value))


def _constants(work: _Work) -> dict[str, ast.Binding]:
    return {
        b.name.text: b for item in work.items if isinstance(item, ast.Const) for b in item.bindings
    }


def _put_constant(work: _Work, new: ast.Binding) -> None:
    name = new.name.text
    for index, item in enumerate(work.items):
        if isinstance(item, ast.Const):
            bindings = tuple(new if b.name.text == name else b for b in item.bindings)
            work.items[index] = replace(item, bindings=bindings)


def _is_truth(value: ast.Expr) -> bool:
    return isinstance(value, ast.Name) and value.text in ("true", "false")


# ---- scales --------------------------------------------------------------------------------------


def _check_scales(work: _Work) -> None:
    known = _constants(work)
    for scale in (item for item in work.items if isinstance(item, ast.Scale)):
        for value in scale.values:
            name = value.target.text if isinstance(value.target, ast.Name) else ""
            if name not in known:
                span = value.target.span
                work.diagnostics.append(errors.unknown_name(span, name, tuple(known)))


def _apply_scale(work: _Work, platform: ast.Platform, name: str) -> None:
    scales = [i for i in work.items if isinstance(i, ast.Scale) and i.name.text == name]
    if not scales:
        work.diagnostics.append(link_errors.no_scale(platform.name.span, platform.name.text, name))
    known = _constants(work)
    for value in (v for scale in scales for v in scale.values):
        if isinstance(value.target, ast.Name) and value.target.text in known:
            _put_constant(work, replace(known[value.target.text], value=value.value))
