"""What a specification uses, found by one walk before lowering."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields

from cecheck.lower.arrays import is_small
from cecheck.lower.purity import root
from cecheck.record import record
from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.sema.walk import called, nodes
from cecheck.source import Span


@record
class Survey:
    """*addressed*: variables whose address is taken, and in whose process they are.
    *lasting*: pointers may outlive a call; *granted*: some may be used then.
    *elements*: structures of which elements are read through pointers ("": of other types).
    *writes*: something is written through a pointer.  *exposed*: what a structure of a caller
    holds may be written by another thread, to which a pointer into it was handed.
    *by_hand*: locks that a statement gives back.  *written*: maps of the platform that the code
    which can run changes, and reads.  *transfers*: a device reaches memory; *filled*: it writes
    there.
    *allocated*: where memory is allocated, and in whose process; *once*: where that happens once
    at most, in a call or, if blocks are outliving, at all; *followed*: how many elements of each
    block are.
    *outliving*: blocks may outlive the call they are allocated in, or others than its thread reach
    them.
    *arrays*: those variables that are arrays of which each element is followed.
    *counted*: those of the maps that are counted in, *read*: those that not only hooks look at.
    *opened*: resources of the platform.
    *strings*: lengths of strings are asked for."""

    addressed: tuple[tuple[typed.Variable, str], ...]  # the second is a process
    lasting: bool
    granted: bool
    elements: tuple[str, ...]
    writes: bool
    exposed: bool
    by_hand: frozenset[int]
    written: frozenset[int]
    transfers: bool
    filled: bool
    counted: frozenset[int]
    read: frozenset[int]
    opened: tuple[str, ...]
    allocated: tuple[tuple[typed.Borrowed, str], ...]
    strings: bool
    once: frozenset[Span]
    outliving: bool
    arrays: frozenset[int] = frozenset()
    followed: int = 1


def survey(spec: typed.Spec) -> Survey:
    """Return what *spec* uses."""
    addressed: dict[int, tuple[typed.Variable, str]] = {}
    elements: dict[str, None] = {}
    structures: dict[str, None] = {}
    makes = writes = handed = moves = False
    by_hand: set[int] = set()
    allocated: dict[tuple[type, Span], tuple[typed.Borrowed, str]] = {}
    for process, tree in _owned(spec):
        for node in nodes(tree):
            if isinstance(node, typed.AddressOf) and (variable := root(node.place)) is not None:
                addressed[variable.number] = variable, process
            if isinstance(node, typed.Fetch):
                is_element = isinstance(node.access, typed.ElementTarget)
                (elements if is_element else structures).update(_structure(node.access))
            if isinstance(node, typed.Copy):
                structures |= _copied(node.source)
            moves = moves or _moves(node)
            if isinstance(node, typed.Borrowed):
                allocated[type(node), node.span] = node, process
            handed = handed or _hands_on(node)
            if isinstance(node, typed.Release) and (lock := root(node.lock)) is not None:
                by_hand.add(lock.number)
            writes = writes or isinstance(node, typed.Store) or _is_write(node)
            makes = makes or isinstance(node, typed.MakePointer)
    elements |= _beside(spec, structures if moves else {}, bool(allocated))
    used = list(_running(spec))
    transfers = [node for node in used if isinstance(node, typed.Transfer)]
    written, counted, read = _changed_maps(spec, used, bool(transfers))
    opened = dict.fromkeys(node.resource for node in used if isinstance(node, typed.Pair))
    copies = [node for node in used if isinstance(node, typed.Copy)]
    writes = writes or any(not _is_ours(node.to) for node in copies)
    handed = handed or (bool(copies) and any(_can_keep(spec, v) for v, _ in addressed.values()))
    filled = any(node.into for node in transfers)
    granted = any(isinstance(node, typed.Lasting) for node in used)
    lasting = _keeps_pointers(spec, makes)
    outliving = bool(allocated) and (lasting or not _only_in_calls(spec))
    if outliving:  # blocks are a place to keep pointers in, too
        targets = [_target(node) for node, _ in allocated.values()]
        lasting = lasting or any(spec.holds_pointer(target) for target in targets)
        handed = handed or bool(copies) or any(_stores_structure(node) for node in used)
    return Survey(
        tuple(addressed.values()), lasting, granted, tuple(elements), writes or filled,
        lasting and (filled or (writes and handed)), frozenset(by_hand), written,
        bool(transfers), filled, counted, read, tuple(opened),
        tuple(allocated.values()), any(isinstance(node, typed.StringLength) for node in used),
        _once(spec, outliving), outliving, _arrays(tree for _, tree in _owned(spec)),
    )  # fmt: skip


def _arrays(trees: Iterable[object]) -> frozenset[int]:
    """Return the small arrays in *trees* that occur in nothing but ``array[index]``, by number.

    Of numbers they are read as well: those that are only written nobody misses.  A pointer that is
    written over may have been the last one to a block.
    """
    every, inside, found = Counter[int](), Counter[int](), set[int]()
    for node in (node for tree in trees for node in nodes(tree)):
        match node:
            case typed.AddressOf(place=place) if (variable := root(place)) is not None:
                every[variable.number] += 1  # of whatever part of it
            case typed.VarPlace(variable=variable) if is_small(variable.type):
                every[variable.number] += 1
            case typed.ElementPlace(base=typed.VarPlace(variable=variable), type=element):
                inside[variable.number] += 1
                found |= {variable.number} if isinstance(element, ty.PointerType) else set()
            case typed.Read(place=typed.ElementPlace(base=typed.VarPlace(variable=variable))):
                found.add(variable.number)
    return frozenset(number for number in found if every[number] == inside[number])


def _keeps_pointers(spec: typed.Spec, makes: bool) -> bool:
    """Tell whether a driver keeps pointers, or numbers of which it *makes* some."""
    held = [item.variable.type for driver in spec.drivers for item in driver.globals]
    held += [driver.context.type for driver in spec.drivers if driver.context is not None]
    return any(spec.holds_pointer(type_) for type_ in held) or (makes and bool(held))


def _only_in_calls(spec: typed.Spec) -> bool:
    """Tell whether only the calls of clients allocate memory."""
    lone = (typed.INIT, typed.DEINIT)
    roots: list[object] = [t for driver in spec.drivers for t in driver.threads]
    roots += [e for driver in spec.drivers for e in driver.entries if e.kind in lone]
    roots += [spec.functions[key].body for key in called(spec.functions, roots)]
    return not any(isinstance(n, typed.Borrowed) for root_ in roots for n in nodes(root_))


def _target(node: typed.Borrowed) -> ty.Type:
    assert isinstance(node.type, ty.PointerType)
    assert node.type.target is not None
    return node.type.target


def _stores_structure(node: object) -> bool:
    """Tell whether a pointer to a structure is written through a pointer."""
    return isinstance(node, typed.Store) and _points_to_structure(node.value.type)


def _once(spec: typed.Spec, outliving: bool) -> frozenset[Span]:
    """Return where an entry itself allocates memory, outside loops; where blocks are *outliving*
    that entry must run only once."""
    entries = [entry for driver in spec.drivers for entry in driver.entries]
    if outliving:
        entries = [entry for entry in entries if entry.kind == typed.INIT]
    inside = tuple(_with_made(spec, tuple(entries)))
    loops = tuple(node for node in inside if isinstance(node, typed.While))
    again = {n.span for n in _with_made(spec, loops) if isinstance(n, typed.Borrowed)}
    found = {n.span for n in inside if isinstance(n, typed.Borrowed)}
    return frozenset(found - again)


def _with_made(spec: typed.Spec, tree: object) -> Iterator[object]:
    """Yield the nodes of *tree*, and of the functions that were made for a call in it."""
    for node in nodes(tree):
        yield node
        if isinstance(node, typed.CallExpr) and spec.functions[node.function.key].makes:
            yield from _with_made(spec, spec.functions[node.function.key].body)


def _running(spec: typed.Spec) -> Iterator[object]:
    """Yield all nodes of the code that can run: of drivers, calls, and what they call."""
    roots = [*spec.drivers, *spec.platform.calls]
    for key in called(spec.functions, roots):
        roots.append(spec.functions[key])
    for tree in roots:
        yield from nodes(tree)


def _changed_maps(
    spec: typed.Spec, used: Sequence[object], transfers: bool
) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    """Return the maps that the code which is *used* changes and somebody looks at, those of them
    that are counted in, and those that not only hooks look at."""
    changes = [node for node in used if isinstance(node, typed.TableWrite)]
    written = {node.table.number for node in changes} & _looked_at(spec, used, transfers)
    counted = {n.table.number for n in changes if n.change is not typed.Change.SET} & written
    read = written & _looked_at(spec, used, transfers=False)
    return frozenset(written), frozenset(counted), frozenset(read)


def _looked_at(spec: typed.Spec, used: Iterable[object], transfers: bool) -> set[int]:
    """Return the maps that the code which is *used* reads; of others it does not matter what is
    written there.  Where there are *transfers* it is asked what is pinned."""
    found = [*used]
    if transfers and "pinned" in spec.platform.hooks:
        asked = spec.functions[spec.platform.hooks["pinned"]]
        for function in (asked, *(spec.functions[key] for key in called(spec.functions, [asked]))):
            found += nodes(function)
    return {node.table.number for node in found if isinstance(node, typed.TableEntry)}


def _owned(spec: typed.Spec) -> Iterator[tuple[str, object]]:
    """Yield all code of a specification with the process in which it runs.

    Functions outside drivers take addresses only where all drivers live in one process.
    """
    homes = {driver.name: driver.process for driver in spec.drivers}
    yield from [(driver.process, driver) for driver in spec.drivers]
    for function in spec.functions.values():
        owner, _, name = function.ref.key.rpartition(".")
        yield homes.get(owner if name else "", spec.drivers[0].process), function


def _hands_on(node: object) -> bool:
    """Tell whether a pointer to a structure becomes a global, or something else that may."""
    if isinstance(node, typed.Assign):
        variable = root(node.place)
        is_kept = variable is not None and variable.is_kept
        return is_kept and _points_to_structure(getattr(node.value, "type", None))
    made = getattr(node, "type", None)
    if isinstance(node, typed.Fetch) or not isinstance(made, ty.PointerType):
        return False
    inner = [getattr(part, "type", None) for part in _operands(node)]
    return not _points_to_structure(made) and any(_points_to_structure(type_) for type_ in inner)


def _operands(node: object) -> list[object]:
    """Return the expressions that *node* is made of."""
    found: list[object] = []
    for item in fields(node):  # type: ignore[arg-type]
        value = getattr(node, item.name)
        found += value if isinstance(value, tuple) else [value]
    return found


def _copied(source: typed.Expr | typed.Place) -> dict[str, None]:
    """Return the structure that is copied from, as the types tell."""
    inner = source.value if isinstance(source, typed.Retype) else source
    target = inner.type.target if isinstance(inner.type, ty.PointerType) else None
    return {target.name: None} if isinstance(target, ty.StructType) else {}


def _beside(
    spec: typed.Spec, reached: dict[str, None], captures: bool
) -> dict[str, None]:
    """Return structures of which those beside the first may be read: those *reached*, and where
    memory *captures* arrays those that are copied from, be it by a function that gets a pointer."""
    found = dict(reached)
    if not captures:
        return found
    for node in (node for _, tree in _owned(spec) for node in nodes(tree)):
        if isinstance(node, typed.Copy):
            found |= _copied(node.source)
        for argument in node.args if isinstance(node, typed.CallExpr) else ():
            found |= _copied(argument)
    return found


def _points_to_structure(type_: object) -> bool:
    if isinstance(type_, ty.PointersType):
        type_ = type_.element
    return isinstance(type_, ty.PointerType) and isinstance(type_.target, ty.StructType)


def _is_ours(pointer: typed.Expr) -> bool:
    """Tell whether *pointer* is made from a driver object on the spot."""
    inner = pointer.value if isinstance(pointer, typed.Retype) else pointer
    return isinstance(inner, typed.AddressOf)


def _can_keep(spec: typed.Spec, variable: typed.Variable) -> bool:
    """Tell whether a pointer may be copied into *variable* and stay there."""
    return variable.is_kept and spec.holds_pointer(variable.type)


def _is_write(node: object) -> bool:
    return isinstance(node, typed.Touch) and node.writing


def _moves(node: object) -> bool:
    """Tell whether a pointer to something may be made to point beside it."""
    moved = node.type if isinstance(node, typed.Shift) else None
    return isinstance(moved, ty.PointerType) and moved.target is not None


def _structure(target: typed.ElementTarget | typed.FieldTarget) -> dict[str, None]:
    """Return the structure whose field *target* is, if it is one."""
    pointed = target.pointer.type
    inner = pointed.target if isinstance(pointed, ty.PointerType) else None
    return {inner.name if isinstance(inner, ty.StructType) and target.field else "": None}


def uses_shared_pointers(spec: typed.Spec, tree: object, seen: frozenset[str]) -> bool:
    """Return whether code may use a pointer that another call left behind."""
    for node in nodes(tree):
        match node:
            case typed.MakePointer():
                return True
            case typed.Read():
                variable = root(node.place)
                is_kept = variable is not None and variable.is_kept
                if variable is not None and is_kept and spec.holds_pointer(variable.type):
                    return True
            case typed.AddressOf():
                variable = root(node.place)
                if variable is not None and _can_keep(spec, variable):
                    return True
            case typed.CallExpr(function=ref) if ref.key not in seen:
                body = spec.functions[ref.key].body
                if uses_shared_pointers(spec, body, seen | {ref.key}):
                    return True
            case typed.CrossExpr():
                _, entry = spec.entry(node.driver, node.entry)
                if uses_shared_pointers(spec, entry.body, seen):
                    return True
            case _:
                pass
    return False


def label_of_effects(spec: typed.Spec, block: typed.Block) -> str | None:
    """Return the one label in *block* around calls that change thread fields, if there is one."""
    labels = {
        node.label
        for node in nodes(block)
        if isinstance(node, typed.Labelled) and _changes(spec, node.body)
    }
    return labels.pop() if len(labels) == 1 else None


def _changes(spec: typed.Spec, tree: object) -> bool:
    for node in nodes(tree):
        if isinstance(node, typed.Assign):
            variable = root(node.place)
            if variable is not None and variable.storage is typed.Storage.THREAD_FIELD:
                return True
        if isinstance(node, typed.CallExpr):
            inside = spec.functions[node.function.key].body
            if _changes(spec, inside):
                return True
    return False
