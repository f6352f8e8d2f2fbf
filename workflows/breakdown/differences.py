"""What a correction changed, in few words for the log: which rows, which fields, from what to what."""

from typing import Any

from workflows.breakdown.open_document import OpenDocument, OpenRow

_FIELDS = ("indicator", "item_no", "text", "points", "departments", "advice", "deadline", "requirements")
_MOST_ROWS, _EXCERPT = 20, 160


def difference(before: OpenDocument, after: OpenDocument) -> dict[str, Any]:
    """Say what became of the rows; empty for a correction that touched none of them.

    Keys: `changed` [{table, row, fields {name: [before, after]}}], `added` and `removed` [{table, row, text}], `tables`
    [{table, title, kind, total}]; tables and rows counted from 1. Of long lists the first twenty, of long texts the start.
    """
    old, new = _rows(before), _rows(after)
    changed = [
        {"table": new[key][0], "row": new[key][1], "fields": fields}
        for key in new
        if key in old and (fields := _fields(old[key][2], new[key][2]))
    ]
    found = {
        "changed": changed[:_MOST_ROWS],
        "added": [_named(new[key]) for key in new if key not in old][:_MOST_ROWS],
        "removed": [_named(old[key]) for key in old if key not in new][:_MOST_ROWS],
        "tables": _tables(before, after),
    }
    return {name: rows for name, rows in found.items() if rows}


def _rows(document: OpenDocument) -> dict[int, tuple[int, int, OpenRow]]:
    return {
        row.key: (number, place, row)
        for number, table in enumerate(document.tables, start=1)
        for place, row in enumerate(table.rows, start=1)
    }


def _fields(before: OpenRow, after: OpenRow) -> dict[str, list[str]]:
    pairs = ((name, _text(getattr(before.row, name)), _text(getattr(after.row, name))) for name in _FIELDS)
    return {name: [old, new] for name, old, new in pairs if old != new}


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "；".join(_one(item) for item in value)[:_EXCERPT]
    return "" if value is None else str(value)[:_EXCERPT]


def _one(item: Any) -> str:  # noqa: ANN401 - a department or a requirement
    if hasattr(item, "role"):
        return f"{item.name}({item.role})"
    return " ".join(str(part) for part in (item.kind, item.bound, item.value, item.unit, item.per, "、".join(item.fields)) if part)


def _named(found: tuple[int, int, OpenRow]) -> dict[str, Any]:
    return {"table": found[0], "row": found[1], "text": found[2].row.text[:_EXCERPT]}


def _tables(before: OpenDocument, after: OpenDocument) -> list[dict[str, Any]]:
    old = {table.key: table.table for table in before.tables}
    return [
        {"table": number, "title": one.table.title[:_EXCERPT], "kind": one.table.kind, "total": _text(one.table.points_total)}
        for number, one in enumerate(after.tables, start=1)
        if one.key not in old or _head(old[one.key]) != _head(one.table)
    ]


def _head(table: Any) -> tuple[object, ...]:  # noqa: ANN401 - a table that was read
    return table.title, table.kind, table.points_total
