"""``// expect:`` lines: they must speak of checks and sites that exist."""

from __future__ import annotations

from cecheck.ir.program import CheckKind
from cecheck.sema import errors
from cecheck.sema.context import Env
from cecheck.source import Span
from cecheck.syntax import ast
from cecheck.syntax.uses import is_library

_CHECKS = tuple(k.value for k in CheckKind)


def check_expectations(env: Env, file: ast.File) -> None:
    """Report expectations that nothing can ever meet, or that there are none."""
    if not file.expectations and not is_library(file):
        env.report(errors.no_expectation(Span(file.source, 0, 0)))
    for line in file.expectations:
        if line.check is not None and line.check not in _CHECKS:
            env.report(errors.unknown_check(line.span, line.check, _CHECKS))
        if line.site is not None and line.site not in env.context.site_names:
            known = tuple(sorted(env.context.site_names))
            env.report(errors.unknown_site(line.span, line.site, known))
