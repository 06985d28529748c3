"""What can be wrong between a specification and its platform (CE5xx), one function per mistake."""

from __future__ import annotations

from cecheck.diagnostics import Code, Diagnostic, Note
from cecheck.sema import typed
from cecheck.sema.errors import did_you_mean
from cecheck.sema.scope import Parameter, Signature
from cecheck.sema.types import Type
from cecheck.source import Span
from cecheck.syntax import ast

# ---- CE501, CE502: the platform and its variants -------------------------------------------------


def unknown_platform(name: ast.Identifier, known: tuple[str, ...]) -> Diagnostic:
    """A platform that nobody described."""
    words = f"there is no platform `{name.text}`"
    tip = did_you_mean(name.text, known)
    return Diagnostic(Code.UNKNOWN_PLATFORM, words, name.span, help=tip)


def no_platform(span: Span) -> Diagnostic:
    """A file that names no platform."""
    words = "the specification names no platform"
    return Diagnostic(Code.UNKNOWN_PLATFORM, words, span, help="write `use ce5`")


def second_platform(span: Span, first: Span) -> Diagnostic:
    """A file that names two platforms."""
    notes = (Note("the first platform is named here", first),)
    words = "a specification uses one platform"
    return Diagnostic(Code.UNKNOWN_PLATFORM, words, span, notes)


def changed_elsewhere(span: Span) -> Diagnostic:
    """A file that is used and changes the platform behind the back of its user."""
    return Diagnostic(
        Code.BAD_VARIANT,
        "only the file that is verified changes its platform",
        span,
        help="write the change in the `use` clause there",
    )


def hides_platform(name: ast.Identifier) -> Diagnostic:
    """A file that is used and calls its platform like one that everybody knows."""
    words = f"`{name.text}` is a platform that comes with cecheck, another one needs another name"
    return Diagnostic(Code.DUPLICATE_NAME, words, name.span)


def too_many_changes(span: Span, limit: int) -> Diagnostic:
    """A variant that is another platform by now."""
    words = f"these are more than {limit} changes of one platform"
    return Diagnostic(Code.TOO_LARGE, words, span, help="declare a platform of your own")


def unknown_step(span: Span, number: int, known: list[int]) -> Diagnostic:
    """A change to a step that no call has."""
    every = ", ".join(str(n) for n in known)
    words = f"no call of the platform has a step {number}"
    tip = f"the steps are {every}" if known else None
    return Diagnostic(Code.BAD_VARIANT, words, span, help=tip)


def lost_name(change: Span, name: str, use: Span) -> Diagnostic:
    """A change that takes away the only declaration of a name."""
    notes = (Note(f"`{name}` is used here", use),)
    words = f"this change takes away the declaration of `{name}`"
    return Diagnostic(Code.BAD_VARIANT, words, change, notes)


def repeated_names(span: Span, number: int, name: str) -> Diagnostic:
    """A repeated step that declares something."""
    words = f"step {number} declares `{name}`, so it cannot be repeated"
    return Diagnostic(Code.BAD_VARIANT, words, span)


def unknown_replaced(span: Span, name: str, known: tuple[str, ...]) -> Diagnostic:
    """A replacement for something that the platform does not have."""
    words = f"the platform has no `{name}` to replace"
    return Diagnostic(Code.BAD_VARIANT, words, span, help=did_you_mean(name, known))


def replaced_differently(name: ast.Identifier, old: ast.Function) -> Diagnostic:
    """A replacement that cannot be called like the original."""
    count = len(old.parameters)
    words = f"`{name.text}` must keep its {count} parameters"
    notes = (Note(f"`{name.text}` is declared here", old.name.span),)
    return Diagnostic(Code.BAD_VARIANT, words, name.span, notes)


def constant_of_another_kind(span: Span, old: ast.Binding) -> Diagnostic:
    """A truth value for a number, or the other way round."""
    words = f"`{old.name.text}` must stay what it is: a number or a truth value"
    notes = (Note(f"`{old.name.text}` is declared here", old.name.span),)
    return Diagnostic(Code.BAD_VARIANT, words, span, notes)


# ---- CE503: entries ------------------------------------------------------------------------------


def unknown_kind(kind: ast.Identifier, known: tuple[str, ...]) -> Diagnostic:
    """An entry that no call enters."""
    words = f"no call of the platform enters `{kind.text}`"
    every = "the kinds are " + ", ".join(f"`{k}`" for k in known) if known else None
    tip = did_you_mean(kind.text, known) or every
    return Diagnostic(Code.BAD_ENTRY, words, kind.span, help=tip)


def unknown_parameter(
    parameter: Parameter, call: typed.PlatformCall, known: tuple[str, ...]
) -> Diagnostic:
    """A parameter that the call does not pass."""
    words = f"`{call.name}` has no parameter `{parameter.name}`"
    every = "its parameters are " + ", ".join(f"`{k}`" for k in known) if known else None
    tip = did_you_mean(parameter.name, known) or every
    return Diagnostic(Code.BAD_ENTRY, words, parameter.span, help=tip)


def parameter_type(parameter: Parameter, have: Type, given: typed.Variable) -> Diagnostic:
    """A parameter of another type than the call passes."""
    words = f"`{parameter.name}` is `{have.name}`, the call passes `{given.type.name}`"
    notes = (Note("the call's parameter is declared here", given.span),)
    return Diagnostic(Code.BAD_ENTRY, words, parameter.span, notes)


def entry_by_reference(span: Span) -> Diagnostic:
    """A ``ref`` parameter of an entry."""
    return Diagnostic(Code.BAD_ENTRY, "a client passes values, not `ref`", span)


def second_of_kind(kind: ast.Identifier, first: ast.Identifier) -> Diagnostic:
    """A driver with two `init`."""
    words = f"a driver has one `{kind.text}`"
    notes = (Note("the other one is here", first.span),)
    return Diagnostic(Code.BAD_ENTRY, words, kind.span, notes)


def needs_entry(span: Span, what: str, missing: str) -> Diagnostic:
    """Something that makes no sense without an entry of kind *missing*."""
    words = f"{what} needs an entry `{missing}`"
    return Diagnostic(Code.BAD_ENTRY, words, span, help=f"add `{missing}() {{ return 1 }}`")


def runs_by_itself(entry: ast.Identifier, kind: str) -> Diagnostic:
    """A client that calls `init`."""
    words = f"nobody calls `{entry.text}`: the system runs `{kind}` by itself"
    return Diagnostic(Code.BAD_ENTRY, words, entry.span)


def no_context(span: Span) -> Diagnostic:
    """The name `context` where no handle is worked on."""
    words = "there is no open handle here, hence no `context`"
    tip = "entries other than `init` and `deinit` have one, in a driver with `context { ... }`"
    return Diagnostic(Code.BAD_ENTRY, words, span, help=tip)


# ---- CE504: platforms ----------------------------------------------------------------------------


def bad_word(word: ast.NamedType) -> Diagnostic:
    """A platform whose pointers have no width."""
    words = f"`{word.name}` is not the width of a pointer"
    return Diagnostic(Code.BAD_PLATFORM, words, word.span, help="write `u32` or `u64`")


def needs_unique(span: Span, platform: str) -> Diagnostic:
    """Processes that cannot be found."""
    words = f"platform `{platform}` needs one `unique` integer field of its processes"
    return Diagnostic(Code.BAD_PLATFORM, words, span)


def number_of_nobody(process: typed.NamedProcessDecl) -> Diagnostic:
    """A process that is nobody."""
    words = f"process `{process.name}` has the number 0, which is nobody's"
    return Diagnostic(Code.BAD_PLATFORM, words, process.span, help="give it another one")


def same_number(
    process: typed.NamedProcessDecl, first: typed.NamedProcessDecl
) -> Diagnostic:
    """Two processes that would be one."""
    words = f"process `{process.name}` has the number of `{first.name}`"
    note = Note(f"`{first.name}` is declared here", first.span)
    return Diagnostic(Code.BAD_PLATFORM, words, process.span, (note,), "give it another one")


def no_room(unique: typed.Variable, room: int, needed: int) -> Diagnostic:
    """Fewer numbers than processes: no run would begin."""
    words = f"`{unique.name}` leaves {room} of the {needed} numbers that processes need"
    who = "a process that calls has a number, another one besides, and each that is named"
    return Diagnostic(Code.BAD_PLATFORM, words, unique.span, help=f"give it a larger range: {who}")


def takes_arguments(call: ast.Identifier, kind: str) -> Diagnostic:
    """A call that the system makes by itself, with arguments."""
    words = f"`{call.text}` enters `{kind}`, which is given no arguments"
    return Diagnostic(Code.BAD_PLATFORM, words, call.span, help="leave the parameters out")


def tells_no_success(call: ast.Identifier, kind: str) -> Diagnostic:
    """A call that may fail, but does not say so."""
    words = f"the result of `{call.text}` must tell whether `{kind}` succeeded"
    tip = "give it an integer or a `bool` as its result: zero is failure"
    return Diagnostic(Code.BAD_PLATFORM, words, call.span, help=tip)


def misplaced_mark(name: ast.Identifier, mark: str, where: str) -> Diagnostic:
    """``unique`` of a thread, ``restored`` of a process."""
    words = f"`{mark}` is for fields of `{where}`"
    return Diagnostic(Code.BAD_PLATFORM, words, name.span)


def trusted_is_no_truth(span: Span, type_: Type) -> Diagnostic:
    """A field ``trusted`` that is no truth value."""
    words = f"the field `trusted` is a `bool`, not `{type_.name}`"
    return Diagnostic(Code.BAD_PLATFORM, words, span)


def no_trusted_field(span: Span) -> Diagnostic:
    """A trusted process where trust is not known."""
    words = "the processes of this platform have no field `trusted`"
    return Diagnostic(Code.BAD_PLATFORM, words, span)


def missing_hook(platform: ast.Identifier, name: str, words: str) -> Diagnostic:
    """A hook that the platform does not define."""
    message = f"platform `{platform.text}` does not define `{name}`"
    return Diagnostic(Code.BAD_PLATFORM, message, platform.span, help=f"add `{words}`")


def wrong_hook(signature: Signature, words: str) -> Diagnostic:
    """A hook that cannot be called as is agreed."""
    message = f"`{signature.ref.name}` must be `{words}`"
    return Diagnostic(Code.BAD_PLATFORM, message, signature.span)


def hook_acts(span: Span, hook: str) -> Diagnostic:
    """A hook that chooses, accesses or changes something."""
    words = f"the hook `{hook}` only computes: `let`, `if`, `return` and `raise`"
    tip = "what is not known is an entry of a `map` that is `any`"
    return Diagnostic(Code.BAD_PLATFORM, words, span, help=tip)


def policy_without_hook(policy: ast.Policy, platform: str) -> Diagnostic:
    """A policy about rights, where the platform does not tell which are too many."""
    words = f"platform `{platform}` does not define `excess`, which this policy asks"
    tip = "add `fn excess(p: process) -> bool` to the platform"
    return Diagnostic(Code.BAD_PLATFORM, words, policy.span, help=tip)


def kind_entered_twice(kind: ast.Identifier, first: ast.Identifier) -> Diagnostic:
    """Two calls that enter the same kind."""
    notes = (Note("the first call that enters it", first.span),)
    words = f"two calls enter `{kind.text}`"
    return Diagnostic(Code.BAD_PLATFORM, words, kind.span, notes)


def no_heap(span: Span) -> Diagnostic:
    """`alloc` where the platform does not say where memory lies."""
    words = "the platform does not define `heap`, which `alloc` asks"
    tip = "add `fn heap(n: u32) -> bool` to the platform"
    return Diagnostic(Code.BAD_PLATFORM, words, span, help=tip)


def no_pinned(span: Span) -> Diagnostic:
    """A transfer where nobody says which memory stays where it is."""
    words = "the platform does not define `pinned`, which `dma` asks"
    tip = "add `fn pinned(a: u32) -> bool` to the platform"
    return Diagnostic(Code.BAD_PLATFORM, words, span, help=tip)


def no_home(driver: ast.Identifier, platform: str) -> Diagnostic:
    """A driver that lives nowhere."""
    words = f"platform `{platform}` does not say where drivers live"
    tip = f"write `driver {driver.text} in PROCESS`"
    return Diagnostic(Code.BAD_PLATFORM, words, driver.span, help=tip)


def no_scale(span: Span, platform: str, name: str) -> Diagnostic:
    """A platform that cannot be scaled."""
    return Diagnostic(Code.BAD_PLATFORM, f"platform `{platform}` has no scale `{name}`", span)


# ---- CE311: parameters ---------------------------------------------------------------------------


def no_values(node: ast.Param) -> Diagnostic:
    """A range without a number in it: nothing would be checked."""
    words = f"`{node.name.text}` has no value"
    tip = "`a .. b` ends before `b`"
    return Diagnostic(Code.BAD_PARAMETER, words, node.low.span.to(node.high.span), help=tip)


def too_many_values(params: tuple[typed.Param, ...], count: int, limit: int) -> Diagnostic:
    """More values than can be checked one by one."""
    words = f"{count:,} choices of values, of which each is checked; {limit} are the limit"
    notes = tuple(Note(f"`{p.name}` has {p.count:,}", p.span) for p in params[1:])
    tip = "take fewer values, or a variable with any value: `any(0 .. n)`"
    return Diagnostic(Code.BAD_PARAMETER, words, params[0].span, notes, tip)


def dependent_range(span: Span, name: str) -> Diagnostic:
    """A range that another parameter moves."""
    words = f"the values of `{name}` depend on another `param`"
    return Diagnostic(Code.BAD_PARAMETER, words, span)


# ---- CE505 ---------------------------------------------------------------------------------------


def not_yet(span: Span, what: str, instead: str | None = None) -> Diagnostic:
    """A construct of the language that this version does not check, and what to write *instead*."""
    said = f"{what} is not checked by this version"
    return Diagnostic(Code.UNSUPPORTED, said, span, help=instead)
