"""Whom a platform trusts among the processes that it names: for good, as they never exit."""

from __future__ import annotations

from collections.abc import Mapping

from cecheck.ir.build import truth
from cecheck.ir.expr import Expr
from cecheck.sema import typed


def is_trusted(spec: typed.Spec, name: str) -> bool:
    """Tell whether the process that the platform calls *name* is trusted."""
    trusted = spec.platform.trusted
    for process in spec.platform.processes:
        for variable, value in process.fields:
            if process.name == name and trusted and variable.number == trusted.number:
                return isinstance(value, typed.Literal) and value.value == 1
    return False


def trusts(spec: typed.Spec, named: Mapping[str, Expr], place: Expr) -> Expr:
    """Return whether the platform trusts the process at *place*, one of the *named* ones."""
    (name,) = (name for name, one in named.items() if one is place)
    return truth(is_trusted(spec, name))
