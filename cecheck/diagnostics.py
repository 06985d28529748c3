"""Diagnostics as data: codes, messages, places.  Nothing here prints."""

from __future__ import annotations

from enum import Enum

from cecheck.record import record
from cecheck.source import Span


class Severity(Enum):
    """How bad a diagnostic is."""

    ERROR = "error"
    WARNING = "warning"


class Code(Enum):
    """Every diagnostic the tool can give.  A number, once released, is never reused."""

    UNEXPECTED_TOKEN = ("CE101", Severity.ERROR, "the text does not follow the grammar")
    BAD_CHARACTER = ("CE102", Severity.ERROR, "a character that no specification may contain")
    TOO_LARGE = ("CE103", Severity.ERROR, "a file, number, name, depth or expansion over the limit")
    NOT_TEXT = ("CE104", Severity.ERROR, "the file is not UTF-8 text")
    BAD_EXPECTATION = ("CE105", Severity.ERROR, "an `// expect:` line that cannot be read")
    UNKNOWN_NAME = ("CE201", Severity.ERROR, "a name that is not declared")
    DUPLICATE_NAME = ("CE202", Severity.ERROR, "a name that is declared twice")
    WRONG_KIND = ("CE203", Severity.ERROR, "a name of another kind than is needed here")
    UNKNOWN_FIELD = ("CE204", Severity.ERROR, "a field that the structure does not have")
    UNKNOWN_SITE = ("CE205", Severity.ERROR, "an expectation about a site that does not exist")
    TYPE_MISMATCH = ("CE301", Severity.ERROR, "a value of another type than is needed")
    NO_FIT = ("CE302", Severity.ERROR, "a number that does not fit its type")
    BAD_OPERAND = ("CE303", Severity.ERROR, "an operator that its operands do not have")
    BAD_CALL = ("CE304", Severity.ERROR, "a call with the wrong arguments")
    BAD_LAYOUT = ("CE305", Severity.ERROR, "a structure that has no layout")
    NOT_CONSTANT = ("CE306", Severity.ERROR, "a constant was needed")
    BAD_JUMP = ("CE307", Severity.ERROR, "a jump where it has no meaning")
    NOT_ASSIGNABLE = ("CE308", Severity.ERROR, "something that cannot be assigned to")
    BAD_ARITHMETIC = ("CE309", Severity.ERROR, "constant division by zero or over-long shift")
    RECURSION = ("CE310", Severity.ERROR, "a function that calls itself")
    BAD_PARAMETER = ("CE311", Severity.ERROR, "a `param` with no value, or with too many")
    BAD_MEASURE = ("CE312", Severity.ERROR, "a measure that is not the loop's own")
    BAD_ATOMIC = ("CE313", Severity.ERROR, "an `atomic` block that is not one action")
    BAD_RULE = ("CE314", Severity.ERROR, "a rule about what it cannot watch")
    BAD_SCRIPT = ("CE315", Severity.ERROR, "a script that does what only drivers do")
    FALSE_INVARIANT = ("CE316", Severity.ERROR, "an `invariant` about constants that is false")
    SPEC_WITHOUT_EXPECTATION = ("CE401", Severity.WARNING, "a specification that expects nothing")
    UNREACHABLE_CODE = ("CE402", Severity.WARNING, "a statement that can never run")
    NOBODY_CALLS = ("CE403", Severity.WARNING, "an entry point that nobody calls")
    UNKNOWN_PLATFORM = ("CE501", Severity.ERROR, "a platform that is not there")
    BAD_VARIANT = ("CE502", Severity.ERROR, "a variant that does not fit its platform")
    BAD_ENTRY = ("CE503", Severity.ERROR, "an entry point that the platform cannot call")
    BAD_PLATFORM = ("CE504", Severity.ERROR, "a platform that misses something it must define")
    UNSUPPORTED = ("CE505", Severity.ERROR, "a construct that this version does not check")
    UNUSABLE_FILE = ("CE506", Severity.ERROR, "another file that cannot be used")

    def __init__(self, number: str, severity: Severity, summary: str) -> None:
        self.number = number
        self.severity = severity
        self.summary = summary


@record
class Note:
    """A second place that explains the first."""

    message: str
    span: Span


@record
class Diagnostic:
    """One thing that is wrong with a text, where, and what to do."""

    code: Code
    message: str
    span: Span
    notes: tuple[Note, ...] = ()
    help: str | None = None
