"""Tables as a file holds them, before anybody asks what they mean: the common ground of all input forms.

A reader of a form (`docx_form.py`, `xlsx_form.py`, `html_form.py` …) gives a `RawDocument`; `layout.py` finds the heads
in it, `rows.py` the rules below them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class RawCell:
    """One cell, its paragraphs parted by line breaks.

    A cell merged over several places has its text in the first of them; the others have "" and say with `above` or
    `left` that they belong to the cell over or before them. Of a block of rows and columns, the first column says
    `above`, the others `left`.
    """

    text: str
    above: bool = False
    left: bool = False


@dataclass(frozen=True)
class RawRow:
    """One row, as wide as its table. `place`: the line, row or paragraph where it begins in the file, from 1.

    `short`: the form gave it fewer cells than its head; the missing ones at its end were filled up empty.
    """

    cells: tuple[RawCell, ...]
    place: int
    short: bool = False


@dataclass(frozen=True)
class RawTable:
    """One table. `before`: the paragraphs since the table before it, in order, with their places.

    `lost`: text inside the table whose cells cannot be told, with its places: kept for a person, never a row.
    """

    rows: tuple[RawRow, ...]
    before: tuple[tuple[str, int], ...] = ()
    name: str = ""  # of a worksheet
    lost: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """What a person who looks at the file does not see either, or what no reader can take.

    `what`: hidden_sheets, hidden_rows, hidden_columns, hidden_text, deleted_text, formulas (saved without their
    results) or embedded (a document inside the document); `count` of them; `where`: the sheet, "" for the whole file.
    """

    what: str
    count: int
    where: str = ""


@dataclass(frozen=True)
class RawDocument:
    """All tables of a file, the paragraphs `after` the last one, and what was left out.

    `merging_known`: the form says which cells are merged, so an empty cell is empty. False for forms that lose it
    (plain text, CSV, Markdown): there an empty cell may belong to the one above.
    """

    tables: tuple[RawTable, ...]
    after: tuple[tuple[str, int], ...] = ()
    merging_known: bool = False
    left_out: tuple[LeftOut, ...] = ()
