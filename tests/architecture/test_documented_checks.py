"""Every check of evidence is documented, as strict as it is."""

import re
from pathlib import Path

from workflows.evidence.policy import CHECKS

DOCUMENT = Path(__file__).parents[2] / "docs" / "checks.md"


def test_docs_list_every_check_as_it_is() -> None:
    listed = re.findall(r"^\| `(\w+)` \| .* \| (\w+) \| (\w+) \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [(one.code, one.severity.value, "office" if one.office_only else "department") for one in CHECKS]
