"""Corrections that move rows: split, merge, move, lay aside, bring back, and making rows out of text no row took."""

import re
from dataclasses import replace
from decimal import Decimal

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.breakdown.corrections import (
    DepartmentWords,
    checked_text,
    corrected_row,
    demands_of,
    points_of,
    set_departments,
    standing_doubts,
)
from workflows.breakdown.deadlines import due_of
from workflows.breakdown.open_document import (
    Leftover,
    OpenDocument,
    OpenRow,
    OpenTable,
    leftover_of,
    row_of,
    table_of,
    with_row,
    with_rows,
)
from workflows.breakdown.rules import item_number, points_in
from workflows.breakdown.shapes import BreakdownRow, Place

#: What a text no row took may become of a row that is there.
ATTACHED = ("text", "advice", "departments", "deadline", "points", "indicator", "item_no")
_CLAUSE_ENDS = re.compile(r"(?<=[。；;！？!?，,：:、])|\n")
_BY_HAND = Place(N_("corrected by hand"))
_MOST_PIECES = 400


def pieces(text: str) -> tuple[tuple[int, str], ...]:
    """Part a text where a rule may end: after every clause and line. Each piece comes with the place it begins at."""
    found: list[tuple[int, str]] = []
    start = 0
    for match in _CLAUSE_ENDS.finditer(text):
        if text[start : match.start()].strip() and match.end() < len(text):
            found.append((start, text[start : match.start()]))
            start = match.end()
    if text[start:].strip():
        found.append((start, text[start:]))
    return tuple(found[:_MOST_PIECES])


def split(document: OpenDocument, key: int, at: int) -> OpenDocument:
    """Make two rules of one: the second begins at character `at` of the text. Raises Invalid where a half is empty.

    Points in brackets go with their text; the rest of the points stays with the first.
    """
    table, place = row_of(document, key)
    row = table.rows[place].row
    first, second = row.text[:at].strip(), row.text[at:].strip()
    if not (0 < at < len(row.text) and first and second):
        raise Invalid(N_("Choose a place inside the text: both halves need words."))
    return _split_into(document, key, [first, second])


def split_paragraphs(document: OpenDocument, key: int, text: str) -> OpenDocument:
    """Make a rule of every paragraph of `text`; paragraphs are parted by an empty line."""
    parts = [part.strip() for part in re.split(r"\n[^\S\n]*\n", text.replace("\r\n", "\n")) if part.strip()]
    return _split_into(document, key, [checked_text(part) for part in parts])


def merge_with_above(document: OpenDocument, key: int) -> OpenDocument:
    """Make one rule of a rule and the one above it. Raises Invalid for the first of a table."""
    table, place = row_of(document, key)
    if place == 0:
        raise Invalid(N_("There is no row above this one in its table."))
    upper, lower = table.rows[place - 1], table.rows[place]
    departments = {one.canonical: one for one in (*lower.row.departments, *upper.row.departments)}
    ordered = dict.fromkeys(one.canonical for one in (*upper.row.departments, *lower.row.departments))
    scored = [one for one in (upper.row.points, lower.row.points) if one is not None]
    row = replace(
        upper.row,
        text=f"{upper.row.text}\n{lower.row.text}",
        points=sum(scored, Decimal(0)) if scored else None,
        departments=tuple(departments[name] for name in ordered),
        advice="\n".join(dict.fromkeys(one for one in (upper.row.advice, lower.row.advice) if one)),
        deadline="；".join(dict.fromkeys(one for one in (upper.row.deadline, lower.row.deadline) if one)) or None,
        warnings=(*upper.row.warnings, *lower.row.warnings),
        others=(*upper.row.others, *(one for one in lower.row.others if one not in upper.row.others)),
    )
    joined = replace(
        upper,
        sources=tuple(dict.fromkeys((*upper.sources, *lower.sources))),
        settled=(*upper.settled, *lower.settled),
        own=(*upper.own, *lower.own),
        refused=(*upper.refused, *lower.refused),
    )
    merged = corrected_row(table, joined, row)
    return with_rows(document, table, (*table.rows[: place - 1], merged, *table.rows[place + 1 :]))


def move(document: OpenDocument, key: int, steps: int) -> OpenDocument:
    """Move a row up (negative) or down within its table; at its end it stays."""
    table, place = row_of(document, key)
    rows = list(table.rows)
    row = rows.pop(place)
    rows.insert(min(max(place + steps, 0), len(rows)), row)
    return with_rows(document, table, rows)


def move_to_table(document: OpenDocument, key: int, table_key: int) -> OpenDocument:
    """Move a row to the end of another table."""
    table, place = row_of(document, key)
    other = table_of(document, table_key)
    if other.key == table.key:
        return document
    taken = with_rows(document, table, (*table.rows[:place], *table.rows[place + 1 :]))
    return with_rows(taken, other, (*other.rows, replace(table.rows[place], corrected=True)))


def lay_aside(document: OpenDocument, key: int) -> OpenDocument:
    """Take a row out of its table; it is kept and can be brought back."""
    table, place = row_of(document, key)
    row = table.rows[place]
    kept = Leftover(document.next_key, row.row.text, table.key, row=row, place=place)
    left = with_rows(document, table, (*table.rows[:place], *table.rows[place + 1 :]))
    return replace(left, leftovers=(kept, *left.leftovers), next_key=document.next_key + 1)


def bring_back(document: OpenDocument, key: int) -> OpenDocument:
    """Put a row that was laid aside where it stood. Raises Invalid for text that never was a row."""
    kept = leftover_of(document, key)
    if kept.row is None:
        raise Invalid(N_("This text never was a row. Say what it is: a new task, or part of a row."))
    table = next((one for one in document.tables if one.key == kept.table), document.tables[-1])
    back = with_rows(document, table, (*table.rows[: kept.place], kept.row, *table.rows[kept.place :]))
    return _without(back, key)


def look_away(document: OpenDocument, key: int, *, settled: bool) -> OpenDocument:
    """Note that a text no row took is no task (or take that back); it stays in the list."""
    kept = replace(leftover_of(document, key), settled=settled)
    return replace(document, leftovers=tuple(kept if one.key == key else one for one in document.leftovers))


def new_row(document: OpenDocument, table_key: int, after: int | None, text: str) -> OpenDocument:
    """Add a row by hand after the row `after`, or first (None). It takes over indicator and number of its neighbour."""
    table = table_of(document, table_key)
    place = next((at + 1 for at, one in enumerate(table.rows) if one.key == after), 0 if after is None else len(table.rows))
    return _insert(document, table, place, OpenRow(document.next_key, _bare_row(table, place, checked_text(text))))


def row_of_text(document: OpenDocument, key: int, part: str, target: tuple[int, int | None]) -> OpenDocument:
    """Make a task of a text no row took, or of a part of it. `target`: a table and the row it follows (None: the last).

    What is left of the text stays in the list.
    """
    kept = leftover_of(document, key)
    table = table_of(document, target[0])
    last = table.rows[-1].key if table.rows else None
    added = new_row(document, table.key, target[1] or last, part)
    return _take(added, kept, part)


def attach_text(document: OpenDocument, key: int, part: str, target: tuple[int, str]) -> OpenDocument:
    """Give a text no row took, or a part of it, to a row. `target`: the row and what the text is (`ATTACHED`).

    Raises Invalid for a text that cannot be that.
    """
    kept = leftover_of(document, key)
    row_key, what = target
    if what not in ATTACHED:
        raise Invalid(N_("Say what the text is: part of the task, advice, departments or a deadline."))
    table, place = row_of(document, row_key)
    plain = checked_text(part)
    if what == "departments":
        lines = [DepartmentWords(one.name, one.role) for one in table.rows[place].row.departments]
        changed = set_departments(document, row_key, [*lines, DepartmentWords(plain, "responsible")])
    else:
        changed = with_row(document, corrected_row(table, table.rows[place], _with_text(table.rows[place].row, what, plain)))
    return _take(changed, kept, part)


def _with_text(row: BreakdownRow, what: str, plain: str) -> BreakdownRow:
    if what == "points":
        return replace(row, points=points_of(plain))
    if what == "deadline":
        return replace(row, deadline=plain, due=due_of(plain))
    if what == "text":
        return replace(row, text=f"{row.text}\n{plain}")
    if what == "advice":
        return replace(row, advice="\n".join(one for one in (row.advice, plain) if one), advice_inherited=False)
    return replace(row, indicator=plain) if what == "indicator" else replace(row, item_no=plain)


def _split_into(document: OpenDocument, key: int, texts: list[str]) -> OpenDocument:
    table, place = row_of(document, key)
    before = table.rows[place]
    scores = _shared_points(before.row.points, [points_in(text) for text in texts])
    rows = []
    for number, text in enumerate(texts):
        row = replace(before.row, text=text, points=scores[number])
        if number:
            row = replace(row, item_no=item_number(text) or row.item_no, advice_inherited=bool(row.advice))
        part = replace(before, key=before.key if number == 0 else document.next_key + number - 1)
        rows.append(corrected_row(table, replace(part, own=before.own if number == 0 else ()), row))
    parted = with_rows(document, table, (*table.rows[:place], *rows, *table.rows[place + 1 :]))
    return replace(parted, next_key=document.next_key + len(texts) - 1)


def _shared_points(total: Decimal | None, written: list[Decimal | None]) -> list[Decimal | None]:
    """Give each part the points its text names; what is left of the total stays with the first that names none."""
    if total is None:
        return written
    left = total - sum((one for one in written if one is not None), Decimal(0))
    silent = next((number for number, one in enumerate(written) if one is None), None)
    if silent is not None and left > 0:
        written[silent] = left
    return written


def _bare_row(table: OpenTable, place: int, text: str) -> BreakdownRow:
    neighbour = table.rows[place - 1].row if place else None
    row = BreakdownRow(
        indicator=neighbour.indicator if neighbour else "",
        item_no=item_number(text),
        text=text,
        points=points_in(text),
        departments=(),
        advice="",
        advice_inherited=False,
        deadline=None,
        requirements=(),
        warnings=(),
    )
    row = replace(row, requirements=demands_of(row))
    return replace(row, warnings=tuple(standing_doubts(row, _BY_HAND)))


def _insert(document: OpenDocument, table: OpenTable, place: int, row: OpenRow) -> OpenDocument:
    grown = with_rows(document, table, (*table.rows[:place], replace(row, corrected=True), *table.rows[place:]))
    return replace(grown, next_key=document.next_key + 1)


def _take(document: OpenDocument, kept: Leftover, part: str) -> OpenDocument:
    """Leave of a text what stands before and after the part that was taken."""
    before, found, after = kept.text.partition(part.strip())
    if not found:
        return document  # the words were changed on the way: the text stays until somebody says it is no task
    rest = [one.strip() for one in (before, after) if one.strip()]
    left = _without(document, kept.key)
    keys = range(left.next_key, left.next_key + len(rest))
    remains = tuple(replace(kept, key=key, text=text) for key, text in zip(keys, rest, strict=True))
    return replace(left, leftovers=(*remains, *left.leftovers), next_key=left.next_key + len(rest))


def _without(document: OpenDocument, key: int) -> OpenDocument:
    return replace(document, leftovers=tuple(one for one in document.leftovers if one.key != key))
