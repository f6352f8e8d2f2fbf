"""A workbook as raw tables, one for each visible sheet. Runs in the confined child only."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator

from engine.errors import Invalid
from workflows.breakdown.office.number_formats import BUILT_IN, shown
from workflows.breakdown.office.parts import MAX_CELLS, RELATION, SHEET, TOO_MANY, Element, Package, number_of
from workflows.breakdown.office.worksheet import Area, Worksheet, elements, read_worksheet, rich_text, unescaped
from workflows.breakdown.raw_tables import LeftOut, RawCell, RawDocument, RawRow, RawTable
from workflows.evidence.formats import DAMAGED

#: A sheet with texts far apart becomes mostly empty cells; beyond this it is no table.
_SPREAD = 10


def read_workbook(package: Package) -> RawDocument:
    """Read all visible sheets. Raises Invalid for what is damaged or larger than any table."""
    main = package.main_part()
    root = package.tree(main)
    if root is None:
        raise Invalid(DAMAGED)
    targets = {one.key: one.target for one in package.relations(main) if one.kind == "worksheet"}
    strings = list(_strings(package, main))
    show = _number_styles(package.related(main, "styles"), since_1904=_since_1904(root))
    tables: list[RawTable] = []
    left_out: list[LeftOut] = []
    hidden = 0
    for sheet in root.iterfind(f"{SHEET}sheets/{SHEET}sheet"):
        target = targets.get(sheet.get(RELATION + "id") or "")
        if target is None:
            continue  # a chart, a dialogue
        if sheet.get("state") in {"hidden", "veryHidden"}:
            hidden += 1
            continue
        with package.open(target) as part:
            read = read_worksheet(part, show, strings)
        name = unescaped(sheet.get("name") or "")
        left_out.extend(_left_out(read, name))
        rows = _rows(read)
        if rows:
            tables.append(RawTable(rows, name=name))
    left_out.extend([LeftOut("hidden_sheets", hidden)] if hidden else [])
    return RawDocument(tuple(tables), merging_known=True, left_out=tuple(left_out))


def _strings(package: Package, main: str) -> Iterator[str]:
    target = next((one.target for one in package.relations(main) if one.kind == "sharedStrings"), None)
    if target is not None:
        with package.open(target) as part:
            for element in elements(part, ("si",)):
                yield unescaped(rich_text(element))


def _number_styles(styles: Element | None, *, since_1904: bool) -> Callable[[str, int], str]:
    """Give how a number looks in the style of a cell."""
    codes = dict(BUILT_IN)
    kinds: list[int] = []
    if styles is not None:
        for one in styles.iterfind(f"{SHEET}numFmts/{SHEET}numFmt"):
            codes[number_of(one.get("numFmtId"))] = one.get("formatCode") or "General"
        kinds = [number_of(one.get("numFmtId")) for one in styles.iterfind(f"{SHEET}cellXfs/{SHEET}xf")]

    def show(value: str, style: int) -> str:
        code = codes.get(kinds[style], "General") if 0 <= style < len(kinds) else "General"
        return shown(value, code, since_1904=since_1904)

    return show


def _since_1904(root: Element) -> bool:
    properties = root.find(SHEET + "workbookPr")
    return properties is not None and properties.get("date1904") in {"1", "true"}


def _left_out(sheet: Worksheet, name: str) -> Iterator[LeftOut]:
    columns = {column for texts in sheet.texts.values() for column in texts if _is_hidden(sheet, column)}
    for what, count in (
        ("hidden_rows", len(sheet.hidden_rows)),
        ("hidden_columns", len(columns)),
        ("formulas", sheet.formulas),
    ):
        if count:
            yield LeftOut(what, count, name)


def _is_hidden(sheet: Worksheet, column: int) -> bool:
    return any(first <= column <= last for first, last in sheet.hidden_columns)


def _rows(sheet: Worksheet) -> tuple[RawRow, ...]:
    """Give the visible rows; of empty ones between them one, of empty columns none."""
    rows = [number for number in sorted(sheet.texts) if number not in sheet.hidden_rows]
    used = {column for number in rows for column in sheet.texts[number]}
    # A merged text shows in its column even where the row it is kept in is hidden.
    used.update(
        area.left for area in sheet.merged if area.top in sheet.hidden_rows and area.left in sheet.texts[area.top]
    )
    columns = sorted(column for column in used if not _is_hidden(sheet, column))
    if len(rows) * len(columns) > MAX_CELLS * _SPREAD:
        raise Invalid(TOO_MANY)
    cells = {(row, column): RawCell(text) for row in rows for column, text in sheet.texts[row].items()}
    for area in sheet.merged:
        _merge(area, sheet, rows, columns, cells)
    return tuple(_spaced(sheet, rows, columns, cells))


def _merge(
    area: Area, sheet: Worksheet, rows: list[int], columns: list[int], cells: dict[tuple[int, int], RawCell]
) -> None:
    """Give the text of a merged area to the first of its cells that can be seen."""
    inside = rows[bisect_left(rows, area.top) : bisect_right(rows, area.bottom)]
    across = columns[bisect_left(columns, area.left) : bisect_right(columns, area.right)]
    text = sheet.texts.get(area.top, {}).get(area.left, "")
    for row in inside:
        for column in across:
            if column != across[0]:
                cells[row, column] = RawCell("", left=True)
            elif row != inside[0]:
                cells[row, column] = RawCell("", above=True)
            else:
                cells[row, column] = RawCell(text)


def _spaced(
    sheet: Worksheet, rows: list[int], columns: list[int], cells: dict[tuple[int, int], RawCell]
) -> Iterator[RawRow]:
    """Lay the rows out, with one empty row where visible empty ones part them and no merged cell goes on."""
    empty = RawCell("")
    before = 0
    for number in rows:
        row = tuple(cells.get((number, column), empty) for column in columns)
        gap = range(before + 1, number)
        if before and not any(cell.above for cell in row) and any(one not in sheet.hidden_rows for one in gap):
            yield RawRow((empty,) * len(columns), before + 1)
        if any(cell.text.strip() for cell in row):
            yield RawRow(row, number)
        before = number
