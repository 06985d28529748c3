"""Options that a project can set in a file: checked against the options of the commands."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar

import click

from cecheck.config import Settings, nearest
from cecheck.options import UsageError

T = TypeVar("T", bound=Callable[..., Any])
_SET_BY_FILES = "config"  # the name of the option below
# Who may be sent the specifications, and can run code here, is not for a checked tree to say.
_BY_HAND = frozenset({_SET_BY_FILES, "executor", "help"})
_META = "cecheck.settings"


def configured(*names: str) -> Callable[[T], T]:
    """Return the decorator that has a command take its options from the project's settings.

    Only those *names* (none: all); what is given on the command line wins.  A setting that no
    command knows, or that has a wrong value, is a usage error whatever the command.
    """

    def read(context: click.Context, _: click.Parameter, wanted: bool) -> None:
        settings = nearest(Path.cwd()) if wanted else None
        if settings is not None:
            context.meta[_META] = settings
            values = _checked(context, settings)
            own = _keys(context.command)
            context.default_map = {
                own[key].name or "": value
                for key, value in values.items()
                if key in own and (not names or key in names)
            }

    return click.option(
        f"--{_SET_BY_FILES}/--no-{_SET_BY_FILES}", default=True, is_eager=True,
        expose_value=False, callback=read,
        help="Take options from cecheck.toml or pyproject.toml.", show_default=True,
    )  # fmt: skip


def settings_of(context: click.Context) -> Settings | None:
    """Return the settings that the command of *context* took options from."""
    found = context.meta.get(_META)
    return found if isinstance(found, Settings) else None


def _keys(command: click.Command) -> dict[str, click.Parameter]:
    """Return the options of *command* by the names that they have in files."""
    found: dict[str, click.Parameter] = {}
    for parameter in command.params:
        longest = max(parameter.opts, key=len)
        if parameter.name not in _BY_HAND:
            found[longest.removeprefix("--")] = parameter
    return found


def _known(context: click.Context) -> dict[str, click.Parameter]:
    """Return every setting: the options of the command that runs, then those of the others."""
    root = context.find_root().command
    names = root.list_commands(context) if isinstance(root, click.Group) else []
    known: dict[str, click.Parameter] = {}
    for name in names:
        assert isinstance(root, click.Group)
        command = root.get_command(context, name)
        parameters = command.params if command is not None else []
        if command is not None and any(one.name == _SET_BY_FILES for one in parameters):
            known = {**_keys(command), **known}
    return known or _keys(context.command)


def _checked(context: click.Context, settings: Settings) -> dict[str, Any]:
    """Return the values of all settings as the command line would take them."""
    from difflib import get_close_matches  # noqa: PLC0415  (where there is a file)

    known = _known(context)
    found: dict[str, Any] = {}
    for key, value in settings.values.items():
        if key not in known:
            close = get_close_matches(key, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"there are {_listed(known)}"
            raise UsageError(f"{settings.place(key)}: `{key}` is no setting: {hint}")
        parameter = known[key]
        wanted = _wanted(parameter)
        if not _fits(value, wanted):
            example = _EXAMPLES[wanted].format(key)
            raise UsageError(f"{settings.place(key)}: `{key}` must be {wanted}: {example}")
        given = _value(parameter, key, value, settings)
        try:
            if given is not None:
                parameter.process_value(context, given)
                found[key] = given
        except click.BadParameter as error:
            raise UsageError(f"{settings.place(key)}: `{key}`: {error.message}") from error
    return found


_EXAMPLES = {
    "true or false": "{} = true",
    "a list of texts": '{} = ["..."]',
    "a whole number": "{} = 1",
    "a number": "{} = 1.5",
    "a text": '{} = "..."',
}


def _wanted(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return "true or false"
    if parameter.multiple or parameter.nargs != 1:
        return "a list of texts"
    if isinstance(parameter.type, click.types.IntParamType):
        return "a whole number"
    return "a number" if isinstance(parameter.type, click.types.FloatParamType) else "a text"


def _fits(value: object, wanted: str) -> bool:
    match wanted:
        case "true or false":
            return isinstance(value, bool)
        case "a list of texts":
            return isinstance(value, list) and all(isinstance(one, str) for one in value)
        case "a whole number":
            return isinstance(value, int) and not isinstance(value, bool)
        case "a number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return isinstance(value, str)


def _value(parameter: click.Parameter, key: str, value: Any, settings: Settings) -> Any:
    """Return *value* as the command line would give it; None: the same as without."""
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return parameter.flag_value is not False if value else None
    if key == "paths":
        return tuple(settings.beside(path) for path in value)
    is_path = isinstance(parameter.type, click.Path)
    if isinstance(value, list):
        return tuple(settings.beside(one) if is_path else one for one in value)
    return settings.beside(value) if is_path else value


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
