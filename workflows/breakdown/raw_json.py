"""Raw tables as plain values, for the way from a confined child process to its parent."""

from typing import Any

from workflows.breakdown.raw_tables import LeftOut, RawCell, RawDocument, RawRow, RawTable


def values_of(document: RawDocument) -> dict[str, Any]:
    """Give a document as values JSON can hold."""
    return {
        "tables": [
            {
                "name": table.name,
                "before": table.before,
                "lost": table.lost,
                "rows": [
                    [row.place, row.short, [[cell.text, cell.above, cell.left] for cell in row.cells]]
                    for row in table.rows
                ],
            }
            for table in document.tables
        ],
        "after": document.after,
        "merging_known": document.merging_known,
        "left_out": [[one.what, one.count, one.where] for one in document.left_out],
    }


def document_from(values: dict[str, Any]) -> RawDocument:
    """Give the document that `values_of` wrote."""
    return RawDocument(
        tables=tuple(
            RawTable(
                rows=tuple(
                    RawRow(tuple(RawCell(text, above, left) for text, above, left in cells), place, short)
                    for place, short, cells in table["rows"]
                ),
                before=tuple((text, place) for text, place in table["before"]),
                name=table["name"],
                lost=tuple((text, place) for text, place in table["lost"]),
            )
            for table in values["tables"]
        ),
        after=tuple((text, place) for text, place in values["after"]),
        merging_known=values["merging_known"],
        left_out=tuple(LeftOut(what, count, where) for what, count, where in values["left_out"]),
    )
