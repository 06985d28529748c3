"""`record`: a frozen dataclass whose methods are shared instead of compiled for each class.

`dataclass(frozen=True)` writes and compiles six methods for each class, about 0.5 ms; the trees
have so many classes that this was half of the start-up.  All records share the six functions
below, which go over the names of the fields: about as fast for an instance, free for a class.

Fields may have defaults, but no `field(...)`, and records do not inherit from each other.
`fields`, `replace` and `is_dataclass` of the standard library work on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass
from typing import Any, NoReturn, TypeVar, dataclass_transform

_Class = TypeVar("_Class", bound=type[Any])


@dataclass_transform(frozen_default=True)
def record(cls: _Class) -> _Class:
    """Make *cls*, whose annotations are its fields, a frozen dataclass."""
    for name, value in {"__match_args__": tuple(cls.__annotations__), **_SHARED}.items():
        setattr(cls, name, value)
    return cls


def _init(self: Any, /, *args: Any, **given: Any) -> None:
    names = self.__match_args__
    if given or len(args) != len(names):
        args = _completed(type(self), args, given)
    # Not through `__dict__`: attributes of an object whose dictionary was asked for are slower.
    for name, value in zip(names, args, strict=False):
        _put(self, name, value)


_put = object.__setattr__


def _completed(cls: type[Any], args: tuple[Any, ...], given: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the value of each field, from *args*, *given* and the defaults of *cls*."""
    names = cls.__match_args__
    if len(args) > len(names):
        raise TypeError(f"{cls.__name__}() takes {len(names)} values, not {len(args)}")
    for name in given:
        if name not in names[len(args) :]:
            wrong = "is given twice" if name in names else "is no field"
            raise TypeError(f"{cls.__name__}(): {name!r} {wrong}")
    values = list(args)
    for name in names[len(args) :]:
        if name in given:
            values.append(given[name])
        elif name in vars(cls):  # a default is an attribute of the class
            values.append(vars(cls)[name])
        else:
            raise TypeError(f"{cls.__name__}(): {name!r} is missing")
    return tuple(values)


def _values(value: Any) -> tuple[Any, ...]:
    return tuple([getattr(value, name) for name in value.__match_args__])


def _eq(self: Any, other: object) -> bool:
    if type(other) is not type(self):
        return NotImplemented
    return self is other or _values(self) == _values(other)


def _hash(self: Any) -> int:
    return hash(_values(self))


def _repr(self: Any) -> str:
    shown = zip(self.__match_args__, _values(self), strict=True)
    return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for name, value in shown)})"


def _frozen(self: Any, name: str, _value: object = None) -> NoReturn:
    raise FrozenInstanceError(f"{type(self).__qualname__}.{name} cannot change")


class _Description:
    """What the standard library reads of a dataclass, worked out when it is first asked for."""

    def __get__(self, _: object, cls: type[Any]) -> Mapping[str, Any]:
        # Without methods to make, `dataclass` compiles nothing; it replaces this attribute.
        dataclass(init=False, repr=False, eq=False, match_args=False)(cls)
        found: Mapping[str, Any] = cls.__dataclass_fields__
        return found


_SHARED: Mapping[str, Any] = {
    "__init__": _init,
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _frozen,
    "__delattr__": _frozen,
    "__dataclass_fields__": _Description(),
}
