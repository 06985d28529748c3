"""Write `grammar/table.json` from `grammar/cecheck.lark`: ``python grammar/make.py``."""

from __future__ import annotations

from cecheck import paths
from cecheck.syntax.parse import make_table
from cecheck.syntax.table import dump

if __name__ == "__main__":
    grammar = paths.GRAMMAR.read_text(encoding="utf-8")
    paths.TABLE.write_text(dump(make_table(grammar)), encoding="utf-8")
