"""How many bytes values take."""

from __future__ import annotations

from cecheck.sema.typed import Spec
from cecheck.sema.types import ArrayType, PointerType, StructType, Type


def size_of(spec: Spec, type_: Type) -> int:
    """Return how many bytes a value of *type_* takes in memory."""
    match type_:
        case StructType(name):
            return spec.layouts[name].size
        case ArrayType(element, count):
            return size_of(spec, element) * count
        case PointerType():
            return spec.widths.pointer_size
        case _:
            return type_.size
