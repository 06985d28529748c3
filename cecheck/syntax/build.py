"""What each rule of the grammar means as a node of the tree: the table `ACTIONS`.

An action is given the children of its rule and the span of the whole.  Symbols and keywords are
left out, optional parts that are absent are None, repeated parts stand in a row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from cecheck.source import Span
from cecheck.syntax import ast
from cecheck.syntax.lalr import Action, Children
from cecheck.syntax.operators import STRENGTH


def _node(make: Callable[..., Any]) -> Action:
    """Return the action of a rule whose children are the fields of *make*, in order."""
    return lambda children, span: make(*children, span)


def _identifier(children: Children, span: Span) -> ast.Identifier:
    """Return a name that may be spelled like a keyword."""
    (word,) = children
    return word if isinstance(word, ast.Identifier) else ast.Identifier(word, span)


def _tuple(children: Children, span: Span) -> tuple[Any, ...]:
    """Return the children that are there."""
    return tuple(child for child in children if child is not None)


def _widened(children: Children, span: Span) -> Any:
    """Return what stands in parentheses, with a span that includes them."""
    (inner,) = children
    return replace(inner, span=span)


# ---- types and expressions ---------------------------------------------------------------------


def _pointer(c: Children, span: Span) -> ast.PointerType:
    user, optional, target, sized = c
    return ast.PointerType(user is not None, optional is not None, target, sized, span)


def _array(extent: Callable[..., ast.Extent]) -> Action:
    return lambda c, span: ast.ArrayType(c[0], extent(*c[1:]), span)


def _binary(c: Children, span: Span) -> ast.Expr:
    """Fold ``a op b op c ...`` by the strength of the operators, left to right, in a loop."""
    operands: list[ast.Expr] = [c[0]]
    waiting: list[str] = []

    def fold() -> None:
        right = operands.pop()
        left = operands.pop()
        operands.append(ast.Binary(waiting.pop(), left, right, left.span.to(right.span)))

    for place in range(1, len(c), 2):
        op = c[place]
        while waiting and STRENGTH[waiting[-1]] >= STRENGTH[op]:
            fold()
        waiting.append(op)
        operands.append(c[place + 1])
    while waiting:
        fold()
    return operands[0]


def _pointer_cast(c: Children, span: Span) -> ast.PointerCast:
    arg, user, target, party = c
    return ast.PointerCast(arg, user is not None, target, party, span)


def _invocation(c: Children, span: Span) -> ast.Invocation:
    return ast.Invocation(c[0], tuple(c[1:]), False, span)


_EXPRESSIONS: Final[dict[str, Action]] = {
    "set_type": _node(ast.SetType),
    "pointer": _pointer,
    "flexible": _array(ast.Flexible),
    "terminated": _array(ast.Terminated),
    "counted": _array(ast.Count),
    "at_least": _array(ast.AtLeast),
    "named_type": lambda c, span: ast.NamedType(c[0].text, span),
    "built_in_type": _node(ast.NamedType),
    "type_in_parentheses": _widened,
    "choose": _node(ast.Choose),
    "binary": _binary,
    "unary": _node(ast.Unary),
    "number_cast": _node(ast.NumberCast),
    "pointer_cast": _pointer_cast,
    "wait": lambda c, span: ast.WaitExpr(c[0], c[1] is not None, span),
    "name": lambda c, span: ast.Name(c[0].text, span),
    "process_table": _node(ast.ProcessTable),
    "context": lambda _, span: ast.Name("context", span),
    "member": _node(ast.Member),
    "index": _node(ast.Index),
    "invocation": _invocation,
    "invocation_with_all": lambda c, span: ast.Invocation(c[0], (), True, span),
    "in_parentheses": _widened,
    "set_literal": lambda c, span: ast.SetLiteral(tuple(c), span),
    "any_": lambda _, span: ast.Any(None, None, span),
    "any_of": _node(ast.Any),
    "any_set": lambda _, span: ast.Any(ast.Name("set", span), None, span),
    "size_of": _node(ast.SizeOf),
    "offset_of": _node(ast.OffsetOf),
    "member_name": _identifier,
    "field_name": _identifier,
    "range": _node(ast.Range),
}

# ---- statements --------------------------------------------------------------------------------


def _if(c: Children, span: Span) -> ast.If:
    condition, then, otherwise = c
    if isinstance(otherwise, ast.If):
        otherwise = ast.Block((otherwise,), otherwise.span)
    return ast.If(condition, then, otherwise, span)


def _while(c: Children, span: Span) -> ast.While:
    condition, *measure, body = c
    return ast.While(condition, tuple(measure), body, span)


def _switch(c: Children, span: Span) -> ast.Switch:
    subject, *cases, default = c
    return ast.Switch(subject, tuple(cases), default, span)


def _case(c: Children, span: Span) -> ast.Case:
    *values, body = c
    return ast.Case(tuple(values), body, span)


def _dma(c: Children, span: Span) -> ast.Dma:
    direction, where, until = c
    return ast.Dma(direction == "into", where, until, span)


_STATEMENTS: Final[dict[str, Action]] = {
    "block": lambda c, span: ast.Block(_tuple(c, span), span),
    "labelled": _node(ast.Labelled),
    "let": lambda c, span: ast.Let(tuple(c), span),
    "binding": _node(ast.Binding),
    "var": _node(ast.Var),
    "assignment": _node(ast.Assign),
    "call_statement": _node(ast.CallStmt),
    "wait_statement": lambda c, span: ast.WaitStmt(c[0], c[1] is not None, span),
    "if_": _if,
    "while_": _while,
    "for_": _node(ast.For),
    "loop": _node(ast.Loop),
    "switch": _switch,
    "case": _case,
    "try_except": _node(ast.Try),
    "try_finally": lambda c, span: ast.Try(c[0], None, None, c[1], span),
    "acquire": _node(ast.Acquire),
    "release": _node(ast.Release),
    "signal": _node(ast.Signal),
    "reset": _node(ast.Reset),
    "atomic": _node(ast.Atomic),
    "assert_": _node(ast.Assert),
    "assume": _node(ast.Assume),
    "cover": _node(ast.Cover),
    "invariant": _node(ast.Invariant),
    "read": lambda c, span: ast.Access(False, c[0], span),
    "write": lambda c, span: ast.Access(True, c[0], span),
    "dma": _dma,
    "step": lambda c, span: ast.StepStmt(c[0].value, c[1].value, c[2], span),
    "return_": _node(ast.Return),
    "raise_": _node(ast.Raise),
    "break_": _node(ast.Break),
    "continue_": _node(ast.Continue),
}

# ---- declarations ------------------------------------------------------------------------------


def _use(c: Children, span: Span) -> ast.Use:
    return ast.Use(c[0], False, tuple(c[1:]), span)


def _use_file(c: Children, span: Span) -> ast.Use:
    (text,) = c
    return ast.Use(ast.Identifier(text.value, text.span), True, (), span)


def _enum(c: Children, span: Span) -> ast.Enum:
    return ast.Enum(c[0], c[1], tuple(c[2:]), span)


def _struct(c: Children, span: Span) -> ast.Struct:
    return ast.Struct(c[0], c[1] is not None, tuple(c[2:]), span)


def _field(c: Children, span: Span) -> ast.Field:
    *names, kind = c
    return ast.Field(tuple(names), kind, span)


def _function(c: Children, span: Span) -> ast.Function:
    word, name, *parameters, result, body = c
    return ast.Function(name, word == "api", tuple(parameters), result, body, span)


def _parameter(c: Children, span: Span) -> ast.Parameter:
    reference, name, kind = c
    return ast.Parameter(name, kind, reference is not None, span)


def _platform(c: Children, span: Span) -> ast.Platform:
    name, word, *items = c
    return ast.Platform(name, ast.NamedType(word.text, word.span), tuple(items), span)


def _state_field(c: Children, span: Span) -> ast.StateField:
    unique, restored, name, kind, value = c
    return ast.StateField(name, kind, value, unique is not None, restored is not None, span)


def _server(c: Children, span: Span) -> ast.Server:
    return ast.Server(c[0], c[1], tuple(c[2:]), span)


def _setting(c: Children, span: Span) -> ast.Assign:
    name, value = c
    return ast.Assign(ast.Name(name.text, name.span), "=", value, span)


def _call(c: Children, span: Span) -> ast.Call:
    critical, name, *parameters, result, kind, body = c
    return ast.Call(name, tuple(parameters), result, kind, critical is not None, body, span)


def _call_with_any(c: Children, span: Span) -> ast.Call:
    critical, name, result, kind, body = c
    return ast.Call(name, None, result, kind, critical is not None, body, span)


def _driver(c: Children, span: Span) -> ast.Driver:
    return ast.Driver(c[0], c[1], tuple(c[2:]), span)


def _entry(c: Children, span: Span) -> ast.Entry:
    kind, name, code, *parameters, body = c
    return ast.Entry(kind, name, code, tuple(parameters), body, span)


def _entry_without_name(c: Children, span: Span) -> ast.Entry:
    """Let ``init() { }`` be called what it is."""
    kind, *parameters, body = c
    return ast.Entry(kind, kind, None, tuple(parameters), body, span)


def _client(c: Children, span: Span) -> ast.Client:
    name, count, traits, what = c
    if isinstance(what, ast.Block):
        return ast.Client(name, count, traits or (), (), what, span)
    return ast.Client(name, count, traits or (), what, None, span)


def _test(c: Children, span: Span) -> ast.Test:
    name, traits, body = c
    return ast.Test(name, traits or (), body, span)


def _rule(c: Children, span: Span) -> ast.Rule:
    variables = tuple(part for part in c[1:] if isinstance(part, ast.Var))
    handlers = tuple(part for part in c[1:] if isinstance(part, ast.On))
    return ast.Rule(c[0], variables, handlers, span)


def _on(c: Children, span: Span) -> ast.On:
    when, target, *names, body = c
    return ast.On(when == "before", target, tuple(names), body, span)


_DECLARATIONS: Final[dict[str, Action]] = {
    "start": _tuple,
    "use": _use,
    "use_file": _use_file,
    "without": lambda c, span: ast.Without(c[0].value, span),
    "swap": lambda c, span: ast.Swap(c[0].value, c[1].value, span),
    "repeat": lambda c, span: ast.Repeat(c[0].value, span),
    "const": lambda c, span: ast.Const(tuple(c), span),
    "param": _node(ast.Param),
    "alias": _node(ast.Alias),
    "enum": _enum,
    "enumerator": _node(ast.Enumerator),
    "struct": _struct,
    "field": _field,
    "policy": _node(ast.Policy),
    "platform": _platform,
    "process_state": lambda c, span: ast.ProcessState(tuple(c), span),
    "thread_state": lambda c, span: ast.ThreadState(tuple(c), span),
    "state_field": _state_field,
    "drivers_in": _node(ast.DriversIn),
    "environment": _node(ast.Environment),
    "server": _server,
    "scale": lambda c, span: ast.Scale(c[0], tuple(c[1:]), span),
    "setting": _setting,
    "map": _node(ast.Map),
    "resource": lambda c, span: ast.Resource(c[0], tuple(c[1:]), span),
    "call": _call,
    "call_with_any": _call_with_any,
    "driver": _driver,
    "locks": lambda c, span: ast.Locks(tuple(c[1:]), c[0] is not None, span),
    "events": lambda c, span: ast.Events(tuple(c[1:]), c[0] is not None, span),
    "context_state": lambda c, span: ast.ContextState(tuple(c), span),
    "driver_thread": _node(ast.DriverThread),
    "entry": _entry,
    "entry_without_name": _entry_without_name,
    "kind": _identifier,
    "function": _function,
    "parameter": _parameter,
    "client": _client,
    "every_number": lambda _, span: ast.EveryNumber(),
    "traits": _tuple,
    "hostile": _identifier,
    "targets": _tuple,
    "target": lambda c, span: tuple(c),
    "rule": _rule,
    "on": _on,
    "test": _test,
}

ACTIONS: Final[dict[str, Action]] = {**_EXPRESSIONS, **_STATEMENTS, **_DECLARATIONS}
