"""Every doubt the reader can have about a table is explained in docs/reading-codes.md, and no other."""

import re
from pathlib import Path

from workflows.breakdown.left_out import _LEFT_OUT

ROOT = Path(__file__).parents[2]


def test_docs_explain_every_code_of_the_reader() -> None:
    documented = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", (ROOT / "docs/reading-codes.md").read_text(encoding="utf-8"), re.MULTILINE))))
    written = {
        code
        for path in (ROOT / "workflows/breakdown").rglob("*.py")
        for code in re.findall(r'(?:(?:ReadWarning|Skipped)\(\s*|_CODE = )"(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert documented == written | set(_LEFT_OUT)
