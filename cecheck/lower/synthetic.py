"""Local variables that no specification names: the results of parts of expressions."""

from __future__ import annotations

from cecheck.lower.body import Body
from cecheck.lower.values import Value
from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.source import Span


def synthetic(body: Body, name: str, shape: Value, type_: ty.Type, span: Span) -> typed.Read:
    """Return an expression that reads new local variables of the shape of *shape*."""
    body.synthetic -= 1
    variable = typed.Variable(body.synthetic, name, type_, typed.Storage.LOCAL, span)
    body.env[variable.number] = body.graph.storage(name, shape)
    return typed.Read(typed.VarPlace(variable, type_, span), type_, span)


def stored(body: Body, read: typed.Read) -> Value:
    """Return the variables behind an expression made by `synthetic`."""
    assert isinstance(read.place, typed.VarPlace)
    return body.env[read.place.variable.number]
