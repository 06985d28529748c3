"""Memory that a driver takes and gives back: ``alloc(bytes) as ptr T``, ``free(p)``.

And memory of others that a platform shows to it for a while: ``show(p, bytes)``, ``hide(p)``.
"""

from __future__ import annotations

from cecheck.sema import heap_errors, link_errors, typed
from cecheck.sema.context import Code, Env
from cecheck.sema.conversions import value_at
from cecheck.sema.layout import size_of
from cecheck.sema.numbers import check_numbers
from cecheck.sema.scope import MemoryName
from cecheck.sema.types import ADDRESS, PointerType
from cecheck.sema.values import POISON, Constant, Poison, Value, type_words
from cecheck.sema.walk import called, nodes
from cecheck.syntax import ast

ALLOC, FREE = "alloc", "free"
SHOW, HIDE = "show", "hide"  # in functions of a platform alone


def is_call_of(env: Env, expr: ast.Expr, name: str) -> bool:
    """Return whether *expr* calls the function of the heap that is called *name*."""
    if not isinstance(expr, ast.Invocation) or not isinstance(expr.callee, ast.Name):
        return False
    entity = env.scope.find(expr.callee.text)
    return isinstance(entity, MemoryName) and entity.name == name


def allocation(env: Env, node: ast.Invocation, whole: ast.Expr, want: PointerType) -> Value:
    """Return ``alloc(bytes) as ptr T``, the text of which is *whole*."""
    if env.code is Code.PLATFORM:
        env.context.asking.add(env.owner)  # whoever calls the function has to give it back
        if env.frame is not None:
            return env.report(link_errors.not_yet(node.span, "`alloc` in a call"))
    if node.passes_all or len(node.args) != 1:
        return env.report(heap_errors.one_argument(node))
    size = value_at(env, node.args[0], env.context.word)
    if isinstance(size, Poison):
        return POISON
    if want == ADDRESS:
        if env.code is Code.SPECIFICATION:
            return env.report(heap_errors.untyped_memory(node))
        if env.result != ADDRESS:
            return env.report(heap_errors.kept_memory(whole.span))
        return typed.Allocate(size, env.site(whole.span), want, whole.span)
    if env.code is Code.PLATFORM:
        return env.report(heap_errors.platform_memory(whole.span))
    if want.target is None:
        return POISON
    if want.user:
        return env.report(heap_errors.allocated_is_ours(whole.span, want))
    if isinstance(size_of(env, want.target, whole.span), Poison):
        return POISON
    return typed.Allocate(size, env.site(whole.span), want, whole.span)


def release(env: Env, node: ast.Invocation) -> typed.Free | None:
    """Return the statement ``free(p)``."""
    if env.code is Code.PLATFORM:
        env.context.asking.add(env.owner)
    value = one_pointer(env, node)
    if isinstance(value, Poison):
        return None
    return typed.Free(value, env.site(node.span), node.span)


def shown(env: Env, node: ast.Invocation) -> Value:
    """Return ``show(p, bytes)``: the pointer, which may be used until that is hidden."""
    env.context.asking.add(env.owner)
    if env.frame is not None:
        return env.report(link_errors.not_yet(node.span, "`show` in a call"))
    if node.passes_all or len(node.args) != len(("p", "bytes")):
        return env.report(heap_errors.pointer_and_size(node))
    pointer = value_at(env, node.args[0], ADDRESS)
    size = value_at(env, node.args[1], env.context.word)
    if isinstance(pointer, Poison) or isinstance(size, Poison):
        return POISON
    if env.result != ADDRESS:
        return env.report(heap_errors.shown_to_nobody(node.span))
    return typed.Show(pointer, size, env.site(node.span), ADDRESS, node.span)


def hidden(env: Env, node: ast.Invocation) -> typed.Hide | None:
    """Return the statement ``hide(p)``."""
    value = one_pointer(env, node)
    return None if isinstance(value, Poison) else typed.Hide(value, node.span)


def one_pointer(env: Env, node: ast.Invocation) -> typed.Expr | Poison:
    """Return the only argument of *node*, a pointer."""
    if node.passes_all or len(node.args) != 1:
        return env.report(heap_errors.one_argument(node))
    value = env.evaluate(node.args[0])
    if isinstance(value, Poison):
        return POISON
    if isinstance(value, Constant) or not isinstance(value.type, PointerType):
        return env.report(heap_errors.not_a_pointer(node.args[0].span, type_words(value)))
    return value


# ---- what is not followed yet --------------------------------------------------------------------


def check_heap(env: Env, spec: typed.Spec) -> None:
    """Report what may reach allocated memory without anybody telling that it does: numbers that
    are made into pointers, and devices; and several drivers, as a function outside them does not
    tell in whose process it allocates."""
    trees: list[object] = [*spec.drivers, *spec.monitors]
    trees += [spec.functions[key].body for key in called(spec.functions, trees)]
    places = [n for tree in trees for n in nodes(tree) if isinstance(n, typed.Borrowed)]
    found = [place for place in places if isinstance(place, typed.Allocate)]
    check_numbers(env, spec)
    if not found:
        return
    if "heap" not in spec.platform.hooks:
        env.report(link_errors.no_heap(found[0].span))
    if len({driver.process for driver in spec.drivers}) > 1:
        what = "`alloc` where drivers live in several processes"
        env.report(link_errors.not_yet(found[0].span, what))
    for tree in trees:
        for node in nodes(tree):
            if isinstance(node, typed.MakePointer | typed.Transfer):
                name = "`dma`" if isinstance(node, typed.Transfer) else "a pointer from a number"
                what = f"{name} in a driver that calls `alloc`"
                env.report(link_errors.not_yet(node.span, what))
