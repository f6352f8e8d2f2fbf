"""The glossary says what the code says: every identifier it names stands in the code, every page it links exists."""

import re
from pathlib import Path

import pytest

from engine.diagram_check import DiagramFinding, check

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| `([^`]+)` \|", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)\)")
CODE = re.compile(r"^\| `([a-z-]+)` \|", re.MULTILINE)


def terms() -> list[tuple[str, str, str]]:
    """Give the rows of the glossary: Chinese, English, identifier."""
    return ROW.findall((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))


def code() -> str:
    """Give the code of all layers."""
    layers = ("engine", "models", "workflows", "web")
    return "\n".join(path.read_text(encoding="utf-8") for layer in layers for path in sorted((ROOT / layer).rglob("*.py")))


def test_every_term_names_something_in_the_code() -> None:
    text = code()
    assert len(terms()) > 30
    assert [term for _, _, term in terms() if not re.search(rf"\b{re.escape(term)}\b", text)] == []


def test_no_word_is_explained_twice() -> None:
    for column in (0, 2):
        words = [row[column] for row in terms()]
        assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]))
def test_every_link_and_picture_of_the_documents_exists(page: str) -> None:
    file = ROOT / page
    links = LINK.findall(file.read_text(encoding="utf-8"))
    assert [link for link in links if not (file.parent / link).exists()] == []


def test_every_code_of_the_diagram_check_is_documented() -> None:
    text = (ROOT / "docs" / "diagram-codes.md").read_text(encoding="utf-8").partition("## Retired codes")[0]
    documented = set(CODE.findall(text))
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "engine").glob("diagram_*.py")))
    said = r'(?:refuse|rewritten|warn|_unreadable|DiagramFinding)\(\s*"([a-z-]+)"'
    used = set(re.findall(said, source)) | set(re.findall(r'\(\s*"([a-z-]+)",\s*N_\(', source))
    assert len(used) > 60
    assert used == documented
    (finding,) = check(b"").findings
    assert isinstance(finding, DiagramFinding)
    assert finding.code in documented
