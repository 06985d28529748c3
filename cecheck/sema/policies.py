"""Policies: what a specification has asked on top of safety."""

from __future__ import annotations

from cecheck.sema import errors, link_errors
from cecheck.sema.context import Env
from cecheck.sema.declarations import only
from cecheck.sema.platform import PlatformResult
from cecheck.syntax import ast

_LEAST_PRIVILEGE = "least_privilege"


def least_privilege_is_asked(env: Env, file: ast.File, platform: PlatformResult) -> bool:
    """Tell whether *file* has ``policy least_privilege``; report policies that cannot be asked."""
    asked = only(file.items, ast.Policy)
    for node in asked:
        if node.name.text != _LEAST_PRIVILEGE:
            env.report(errors.unknown_policy(node.name, (_LEAST_PRIVILEGE,)))
        elif platform.platform is not None and "excess" not in platform.platform.hooks:
            env.report(link_errors.policy_without_hook(node, platform.platform.name))
    return any(node.name.text == _LEAST_PRIVILEGE for node in asked)
