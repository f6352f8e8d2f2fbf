"""Tables drawn in plain text with lines between rows, where a cell may take several lines.

A drawn line (┌──┬──┐, +---+---+) parts rows. Where it stops short (│  ├──┼──┤) the cell beside it goes on over both
rows; where a border is missing, the cell goes on over both columns.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from workflows.breakdown.plain_tables import MAX_COLUMNS, Line, continues_word, is_head_row, shown_places, shown_width
from workflows.breakdown.raw_tables import RawCell, RawRow, RawTable

BARS = "|｜│┃║┆┇┊┋╎╏"
_CROSSINGS = "┌┍┎┏┐┑┒┓└┕┖┗┘┙┚┛├┝┞┟┠┡┢┣┤┥┦┧┨┩┪┫┬┭┮┯┰┱┲┳┴┵┶┷┸┹┺┻┼┽┾┿╀╁╂╃╄╅╆╇╈╉╊╋╔╗╚╝╠╣╦╩╬╒╓╕╖╘╙╛╜╞╟╡╢╤╥╧╨╪╫"
_DASHES = "─━═┄┅┈┉╌╍=—－-"
_CROSSING = re.compile(rf"[{_CROSSINGS}]|\+(?=[-=])|(?<=[-=])\+")
_BORDER = re.compile(rf"[{BARS}]|{_CROSSING.pattern}")
_BORDER_DRAWN = re.compile(rf"[{BARS}{_CROSSINGS}]")
_DASHED = re.compile(rf"\s*:?[{_DASHES}]+:?\s*")
_LONG_DASHED = re.compile(rf"\s*:?[{_DASHES}]{{2,}}:?\s*")
#: Places a wrapped line may leave free at the end of its cell: two blanks and half of a Chinese sign.
_FREE = 3


@dataclass(frozen=True)
class _Strip:
    """One line cut at its borders. `edges`: places of the borders, one more than pieces. `rule`: it parts rows."""

    pieces: tuple[str, ...]
    edges: tuple[int, ...]
    rule: bool
    line: Line


@dataclass
class _Cell:
    """The lines of a cell, each with whether it fills the cell's width."""

    lines: list[tuple[str, bool]] = field(default_factory=list)
    above: bool = False
    spans: int = 1

    def text(self) -> str:
        """Join the lines: a line that fills the cell was wrapped, after any other the writer broke off."""
        joined = ""
        full = False
        for line, fills in self.lines:
            joined += line if not joined or (full and continues_word(joined, line)) else f"\n{line}"
            full = fills
        return joined


@dataclass
class _Row:
    """A row being read; a cell that goes on from above is the cell of the row above itself."""

    cells: list[_Cell]
    own: list[bool]
    place: int


@dataclass
class _Drawing:
    """The table being read."""

    edges: tuple[int, ...]
    ruled: bool
    rows: list[_Row] = field(default_factory=list)
    lost: list[Line] = field(default_factory=list)
    merges: bool = False

    @property
    def width(self) -> int:
        return len(self.edges) - 1


def holds_borders(line: str) -> bool:
    """Say whether a line holds borders of a table: bars, crossings, or nothing but dashes."""
    return _BORDER_DRAWN.search(line) is not None or is_drawn(line)


def is_drawn(line: str) -> bool:
    """Say whether a line only draws: dashes between borders, or dashes alone."""
    if not line.strip():
        return False
    pieces = [piece for piece in _BORDER.split(line) if piece.strip()]
    return bool(pieces) and all(_LONG_DASHED.fullmatch(piece) for piece in pieces)


def read_drawing(lines: Sequence[Line], before: tuple[Line, ...]) -> tuple[RawTable, bool] | None:
    """Read lines that all hold bars or drawn lines; None when no row of them heads a table.

    Gives the table, and whether its lines say which cells are merged.
    """
    strips = [_strip(line) for line in lines]
    widest = max((strip for strip in strips if not strip.rule), key=lambda strip: len(strip.pieces), default=None)
    if widest is None or not 0 < len(widest.pieces) <= MAX_COLUMNS:
        return None
    drawing = _Drawing(widest.edges, ruled=_parts_rows(strips))
    for number, strip in enumerate(strips):
        if strip.rule:
            _part(drawing, strip, last=number == len(strips) - 1)
        else:
            _fill(drawing, strip, new=number == 0)
    rows = [_raw(row) for row in drawing.rows if any(cell.lines for cell in row.cells)]
    if not any(is_head_row([cell.text for cell in row.cells]) for row in rows):
        return None
    return RawTable(tuple(rows), before, lost=tuple(drawing.lost)), drawing.merges


def _strip(line: Line) -> _Strip:
    text, _ = line
    places = [match.start() for match in _BORDER.finditer(text)]
    outer_left = not places or text[: places[0]].strip()
    outer_right = not places or text[places[-1] + 1 :].strip()
    cuts = [*([-1] if outer_left else []), *places, *([len(text)] if outer_right else [])]
    pieces = tuple(text[start + 1 : stop] for start, stop in itertools.pairwise(cuts))
    edges = tuple(shown_places(text, [max(cut, 0) for cut in cuts]))
    crossed = _CROSSING.search(text) is not None and any(_DASHED.fullmatch(piece) for piece in pieces)
    return _Strip(pieces, edges, crossed or is_drawn(text), line)


def _parts_rows(strips: Sequence[_Strip]) -> bool:
    """Say whether drawn lines part all rows: at least two stand between content below the head."""
    changes = 0
    for above, below in itertools.pairwise(strips):
        changes += above.rule and not below.rule
    inner = changes - (1 if strips and strips[0].rule else 0)
    return inner > 1


def _columns(drawing: _Drawing, strip: _Strip) -> list[tuple[int, int]] | None:
    """Give for each piece the columns it takes, first and behind the last; None where its borders fit nowhere."""
    if len(strip.pieces) == drawing.width:
        return [(place, place + 1) for place in range(drawing.width)]
    index = {edge: place for place, edge in enumerate(drawing.edges)}
    if len(strip.pieces) > drawing.width or any(edge not in index for edge in strip.edges):
        return None
    found = [index[edge] for edge in strip.edges]
    whole = found[0] == 0 and found[-1] == drawing.width
    return list(itertools.pairwise(found)) if whole else None


def _part(drawing: _Drawing, strip: _Strip, *, last: bool) -> None:
    """Begin a row below a drawn line; columns the line leaves out go on."""
    columns = _columns(drawing, strip) or [(0, drawing.width)] * len(strip.pieces)
    parted = [False] * drawing.width
    for piece, (start, stop) in zip(strip.pieces, columns, strict=True):
        if _DASHED.fullmatch(piece):
            parted[start:stop] = [True] * (stop - start)
        elif piece.strip() and drawing.rows:
            _add(drawing.rows[-1].cells[start], piece)
    if last or not any(parted):
        return
    above = drawing.rows[-1] if drawing.rows else None
    drawing.merges = drawing.merges or (above is not None and not all(parted))
    own = [cut or above is None for cut in parted]
    cells = [_Cell() if mine or above is None else above.cells[at] for at, mine in enumerate(own)]
    drawing.rows.append(_Row(cells, own, strip.line[1] + 1))


def _fill(drawing: _Drawing, strip: _Strip, *, new: bool) -> None:
    columns = _columns(drawing, strip)
    if columns is None:
        drawing.lost.append((" ".join(piece.strip() for piece in strip.pieces if piece.strip()), strip.line[1]))
        return
    if new or not drawing.rows or (not drawing.ruled and _begins_row(drawing.rows[-1], strip, columns)):
        drawing.rows.append(_Row([_Cell() for _ in range(drawing.width)], [True] * drawing.width, strip.line[1]))
    row = drawing.rows[-1]
    for piece, (start, stop) in zip(strip.pieces, columns, strict=True):
        row.cells[start].spans = max(row.cells[start].spans, stop - start)
        if piece.strip():
            _add(row.cells[start], piece)


def _begins_row(above: _Row, strip: _Strip, columns: Sequence[tuple[int, int]]) -> bool:
    """Say whether a line begins a row where no drawn line says so: its first cell has text, or nothing was wrapped."""
    if not any(cell.lines for cell in above.cells):
        return False
    if strip.pieces[0].strip():
        return True
    texts = [(start, piece) for piece, (start, _) in zip(strip.pieces, columns, strict=True) if piece.strip()]
    return not any(above.cells[start].lines and above.cells[start].lines[-1][1] for start, _ in texts)


def _add(cell: _Cell, piece: str) -> None:
    text = piece.strip()
    cell.lines.append((text, shown_width(text) + _FREE >= shown_width(piece)))


def _raw(row: _Row) -> RawRow:
    cells: list[RawCell] = []
    covered = 0
    for cell, own in zip(row.cells, row.own, strict=True):
        text = cell.text() if own else ""
        left = covered > 0 and own and not text
        covered = covered - 1 if left else cell.spans - 1
        cells.append(RawCell(text, above=not own, left=left))
    return RawRow(tuple(cells), row.place)
