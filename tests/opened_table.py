"""A small task table that is looked over, and what tests ask it: its rows by a part of their text, their words typed over."""

from workflows.breakdown import corrections
from workflows.breakdown.corrections import RowWords
from workflows.breakdown.document import read_bytes
from workflows.breakdown.grid import Grid
from workflows.breakdown.open_document import OpenDocument, OpenRow, grids_of, opened, row_of

TABLE = """共性任务分解表（10分）
\t测评内容
\t考核细则
\t分值
\t责任科室
\t佐证材料

\t市容
\t街面整洁。无乱贴乱画。
\t4
\t牵头：甲科；配合：乙科
\t至少5张照片，注明时间、地点。

\t市容
\t河道整洁。
\t3
\t丙科
\t提供工作总结。

\t风尚
\t组织讲堂。
\t3
\t
\t
"""


def document(table: str = TABLE) -> OpenDocument:
    """Give the table, opened."""
    return opened(read_bytes("表.txt", table.encode()))


def grids(table: str = TABLE) -> tuple[Grid | None, ...]:
    return grids_of(read_bytes("表.txt", table.encode()))


def key(found: OpenDocument, part: str) -> int:
    """Give the key of the one row in whose text `part` stands."""
    (row,) = [row for table in found.tables for row in table.rows if part in row.row.text]
    return row.key


def row(found: OpenDocument, part: str) -> OpenRow:
    table, place = row_of(found, key(found, part))
    return table.rows[place]


def texts(found: OpenDocument) -> list[str]:
    return [row.row.text for table in found.tables for row in table.rows]


def typed(found: OpenDocument, part: str, **changes: str) -> RowWords:
    """Give the words of a row as the form shows them, some of them typed over."""
    now = row(found, part).row
    words = {
        "indicator": now.indicator,
        "item_no": now.item_no,
        "text": now.text,
        "points": "" if now.points is None else str(now.points),
        "advice": now.advice,
        "deadline": now.deadline or "",
    }
    return RowWords(**{**words, **changes})


def corrected(found: OpenDocument, part: str, **changes: str) -> OpenDocument:
    return corrections.set_words(found, key(found, part), typed(found, part, **changes))
