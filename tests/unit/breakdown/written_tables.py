"""Task tables of invented cities in plain files (`tables/*.txt`), each with the rows a person reads in it.

A file holds what to save as, the table, and what is to be read, parted by lines of ====. For Word and Excel the table is
drawn with bars: `^` goes on from above, `<` from before, `\\n` begins a paragraph, a line without bars is a paragraph,
`[sheet NAME]` begins a sheet. A row reads `indicator ¦ number ¦ text ¦ points ¦ departments ¦ deadline ¦ advice`
(advice may be left out): L leads, R is responsible, A assists, `*` marks a group, `+` points on top of the total.
"""

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from docx import Document
from openpyxl import Workbook

from workflows.breakdown.document import BreakdownDocument, BreakdownRow

FOLDER = Path(__file__).parent / "tables"
_PARTING = "====\n"
_FIELDS = 7
_ROLES = {"L": "lead", "R": "responsible", "A": "assist"}


@dataclass(frozen=True)
class Written:
    """One file: what to save it as, its content, and what is to be read, by word: row, kept, note, other, …"""

    name: str
    encoding: str
    refused: bool
    content: str
    expected: dict[str, list[str]] = field(default_factory=dict)

    def data(self) -> bytes:
        """Give the bytes of the file."""
        if self.name.endswith(".docx"):
            return _word(self.content)
        return _workbook(self.content) if self.name.endswith(".xlsx") else self.content.encode(self.encoding)


def written(path: Path) -> Written:
    """Read a file of the folder."""
    head, content, expected = path.read_text(encoding="utf-8").split(_PARTING)
    settings = dict(line.split(": ", 1) for line in head.splitlines())
    found: dict[str, list[str]] = {}
    for line in expected.splitlines():
        word, _, value = line.partition(":")
        found.setdefault(word, []).append(value.strip())
    return Written(settings["file"], settings.get("encoding", "utf-8"), "refused" in settings, content, found)


def row_line(row: BreakdownRow) -> str:
    """Write a row as the files do."""
    letters = {role: letter for letter, role in _ROLES.items()}
    units = " ".join(f"{letters[one.role]}={one.name}{'*' if one.group else ''}" for one in row.departments)
    points = "" if row.points is None else f"{'+' if row.bonus else ''}{row.points.normalize():f}"
    parts = [row.indicator, row.item_no, row.text, points, units, row.deadline or "", row.advice]
    return " ¦ ".join(part.replace("\n", "\\n") for part in parts).strip()


def same_row(expected: str, row: BreakdownRow) -> bool:
    """Say whether a row is the one a file expects."""
    wanted = [part.strip() for part in expected.split("¦")]
    found = [part.strip() for part in row_line(row).split("¦")]
    wanted += [""] * (_FIELDS - 1 - len(wanted))
    return wanted == found[: len(wanted)]


def kept(document: BreakdownDocument) -> list[str]:
    """Give every text no row took."""
    return [one.text for one in document.strays] + [one.text for table in document.tables for one in table.strays]


def _grid(lines: list[str]) -> list[list[str]]:
    return [[cell.strip().replace("\\n", "\n") for cell in line.strip()[1:-1].split("|")] for line in lines]


def _merges(grid: list[list[str]]) -> list[tuple[int, int, int, int]]:
    """Give the merged places: first row and column, last row and column."""
    found = []
    for at, row in enumerate(grid):
        for place, text in enumerate(row):
            if text in {"^", "<"}:
                continue
            right, down = place, at
            while right + 1 < len(row) and row[right + 1] == "<":
                right += 1
            while down + 1 < len(grid) and place < len(grid[down + 1]) and grid[down + 1][place] == "^":
                down += 1
            if (right, down) != (place, at):
                found.append((at, place, down, right))
    return found


def _word(content: str) -> bytes:
    document = Document()
    waiting: list[str] = []
    for line in [*content.splitlines(), ""]:
        if line.startswith("|"):
            waiting.append(line)
            continue
        if waiting:
            _word_table(document, _grid(waiting))
            waiting = []
        if line:
            document.add_paragraph(line)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _word_table(document: "Document", grid: list[list[str]]) -> None:  # type: ignore[valid-type]
    table = document.add_table(rows=len(grid), cols=max(map(len, grid)))  # type: ignore[attr-defined]
    merges = _merges(grid)
    for top, left, bottom, right in merges:
        table.cell(top, left).merge(table.cell(bottom, right))
    for at, row in enumerate(grid):
        for place, text in enumerate(row):
            if text not in {"^", "<", ""}:
                table.cell(at, place).text = text


def _workbook(content: str) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for part in content.split("[sheet ")[1:]:
        name, _, lines = part.partition("]\n")
        sheet = book.create_sheet(name)
        grid = _grid(lines.splitlines())
        for at, row in enumerate(grid, start=1):
            for place, text in enumerate(row, start=1):
                if text not in {"^", "<", ""}:
                    sheet.cell(at, place).value = float(text) if text.replace(".", "", 1).isdigit() else text
        for top, left, bottom, right in _merges(grid):
            sheet.merge_cells(start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()
