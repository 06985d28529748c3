"""Where the shipped grammar, models, templates and parts of pages are; the only file that knows."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# In a wheel the data folders lie inside the package, in a checkout beside it.
_ROOT = _PACKAGE / "data" if (_PACKAGE / "data").is_dir() else _PACKAGE.parent

CODE = _PACKAGE
GRAMMAR = _ROOT / "grammar" / "cecheck.lark"
TABLE = _ROOT / "grammar" / "table.json"
MODELS = _ROOT / "models"
TEMPLATES = _ROOT / "templates"  # of what `cecheck init` writes
HTML = _PACKAGE / "report" / "html"
