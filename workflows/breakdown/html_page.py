"""The tables and paragraphs of a web page: the work of a confined child.

`python -m workflows.breakdown.html_page LIMITS PATH`: the page as UTF-8; the answer is JSON.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.catalogue import N_
from lxml import html
from workflows.breakdown.html_grid import CellRow, Element, Plane, TooManyCells
from workflows.breakdown.html_text import Flow, is_unseen
from workflows.breakdown.plain_tables import Line, is_head_row
from workflows.breakdown.raw_json import values_of
from workflows.breakdown.raw_tables import LeftOut, RawDocument, RawTable
from workflows.evidence import confined

_TOO_MANY = N_("{name} has more than 200,000 cells or lines. Save the task table alone.")
TOO_DEMANDING = N_(
    "{name} takes too much time or memory to read. Save the task table alone in a new file and try again."
)
_GROUPS = ("thead", "tbody", "tfoot")


class TooDeep(Exception):  # noqa: N818 - named after the finding
    """The page nests deeper, or holds longer pieces, than the parser takes."""


def read_page(page: str) -> RawDocument:
    """Read a page. Raises TooManyCells and TooDeep."""
    parser = html.HTMLParser(encoding="utf-8", huge_tree=False, remove_comments=True, remove_pis=True)
    root = html.document_fromstring(page.encode(), parser=parser)
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        raise TooDeep  # the parser dropped what came after
    reading = _Page()
    reading.flow.walk(root)
    reading.flow.end()
    hidden = reading.flow.hidden
    left_out = (LeftOut("hidden_text", hidden),) if hidden else ()
    return RawDocument(tuple(reading.tables), tuple(reading.flow.lines), merging_known=True, left_out=left_out)


def main(arguments: Sequence[str]) -> bytes:
    """Give the answer for the parent: the document, or `{"refused": msgid}`."""
    (path,) = arguments
    try:
        return json.dumps(values_of(read_page(Path(path).read_text(encoding="utf-8")))).encode()
    except TooManyCells:
        return json.dumps({"refused": _TOO_MANY}).encode()
    except TooDeep:
        return json.dumps({"refused": TOO_DEMANDING}).encode()


class _Page:
    """The page being read; `flow` holds the paragraphs since the last table."""

    def __init__(self) -> None:
        self.tables: list[RawTable] = []
        self.flow = Flow(self._table)

    def _table(self, flow: Flow, table: Element) -> None:
        if _is_frame(table):
            for row, _ in _all_rows(table):
                for cell in row:
                    flow.walk(cell)
                    flow.end()
            return
        plane = Plane(self._cell)
        for group in _groups(flow, table):
            plane.add_group(group)
        rows = plane.rows()
        if any(cell.text for row in rows for cell in row.cells):
            before: tuple[Line, ...] = tuple(flow.lines)
            flow.lines.clear()
            self.tables.append(RawTable(rows, before))

    def _cell(self, cell: Element) -> str:
        inner = Flow(_nested)
        inner.walk(cell)
        inner.end()
        self.flow.hidden += inner.hidden
        return "\n".join(line for line, _ in inner.lines)


def _nested(flow: Flow, table: Element) -> None:
    """Make text of a table inside a cell: a line for each row."""
    for row, place in _all_rows(table):
        texts = []
        for cell in row:
            inner = Flow(_nested)
            inner.walk(cell)
            inner.end()
            texts.append(" ".join(line for line, _ in inner.lines))
        flow.add(" ".join(text for text in texts if text), place)
        flow.end()


def _is_frame(table: Element) -> bool:
    """Say whether a table only arranges others: it holds some, and heads no columns itself."""
    if table.find(".//table") is None:
        return False
    return not any(is_head_row([_own_text(cell) for cell in row]) for row, _ in _all_rows(table))


def _own_text(cell: Element) -> str:
    return "" if cell.find(".//table") is not None else "".join(cell.itertext())


def _all_rows(table: Element) -> Iterator[CellRow]:
    for group in _groups(None, table):
        yield from group


def _groups(flow: Flow | None, table: Element) -> list[list[CellRow]]:
    """Give the rows of a table by group, those of a tfoot last. What stands between rows goes to `flow`."""
    groups: list[list[CellRow]] = []
    foot: list[list[CellRow]] = []
    loose: list[Element] = []  # rows without a group, which make one together
    for child in table:
        if child.tag in {"tr", "td", "th"}:
            loose.append(child)
            continue
        groups.extend([_rows(loose)] if loose else [])
        loose = []
        if child.tag in _GROUPS and not is_unseen(child):
            (foot if child.tag == "tfoot" else groups).append(_rows(child))
        elif flow is not None and isinstance(child.tag, str) and not is_unseen(child):
            flow.walk(child)
            flow.end()
    groups.extend([_rows(loose)] if loose else [])
    return [*groups, *foot]


def _rows(elements: Sequence[Element] | Element) -> list[CellRow]:
    rows: list[CellRow] = []
    stray: list[Element] = []  # cells outside of any row
    for element in elements:
        if element.tag in {"td", "th"}:
            stray.append(element)
        elif element.tag == "tr" and not is_unseen(element):
            cells = [cell for cell in element if cell.tag in {"td", "th"} and not is_unseen(cell)]
            rows.append((cells, element.sourceline or 1))
    if stray:
        rows.append((stray, stray[0].sourceline or 1))
    return rows


if __name__ == "__main__":
    confined.child(main)
