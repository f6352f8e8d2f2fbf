"""Tasks in numbered paragraphs, without any table: （责任单位：…） behind the text, or lines 牵头单位：… below it.

The paragraphs become a table of their own with the heads their tails name, so that all later steps are the same. The
headings above a task are its indicator; prose before, between and after is no task.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from workflows.breakdown.header import DEPARTMENT_COLUMNS, Column
from workflows.breakdown.numbered_text import PART_MARKS, Node, outline
from workflows.breakdown.plain_tables import Line, filled, has_head, numbered_lines
from workflows.breakdown.raw_tables import RawCell, RawDocument, RawRow, RawTable
from workflows.breakdown.single_lines import Kind, kind_of
from workflows.breakdown.task_tails import TAIL_COLUMNS, Field

_HEADS = {
    Column.LEAD: "牵头单位",
    Column.DEPARTMENT: "责任单位",
    Column.ASSIST: "配合单位",
    Column.DEADLINE: "完成时限",
    Column.ADVICE: "工作要求",
    Column.PERSON: "责任人",
    Column.POINTS: "分值",
}
#: A heading over all tasks of a paper: no indicator.
_SAYS_ONLY_TASKS = re.compile(
    r"^(?:[^一-鿿]*|第?[一二三四五六七八九十]{1,3}(?:[、.．]|[章部][分]?)\s*)[（(]?[一二三四五六七八九十]?[)）]?"
    r"(?:主要|重点|工作|具体|创建|目标)*(?:任务|工作|内容|措施)(?:及|与|和)?(?:责任)?(?:分工|分解|清单|安排|要求)?[：:]?$"
)
_BETWEEN_HEADINGS = " / "
_HALF = 2


@dataclass(frozen=True)
class _Task:
    """One task found: the headings above it, its number, its lines, and what its tails say."""

    headings: tuple[str, ...]
    number: str
    lines: tuple[Line, ...]
    fields: tuple[Field, ...]


@dataclass
class _Found:
    """The tasks of a text and the lines that belong to none."""

    tasks: list[_Task] = field(default_factory=list)
    loose: list[Line] = field(default_factory=list)


def looks_like_paragraphs(text: str) -> bool:
    """Say whether a text names departments behind or below paragraphs."""
    return bool(read_paragraphs(text).tables)


def read_paragraphs(text: str) -> RawDocument:
    """Give the tasks of a text as one table; no table when no paragraph names who does it."""
    return _document(numbered_lines(text))


def with_paragraph_tasks(document: RawDocument) -> RawDocument:
    """Read the paragraphs of a document of another form (Word, a web page) that holds no task table.

    Gives the document as it is when it has a table with heads, or no paragraph names who does it.
    """
    if any(has_head(table) for table in document.tables):
        return document
    lines = [line for table in document.tables for line in table.before]
    found = _document([*lines, *document.after])
    if not found.tables:
        return document
    others = tuple(RawTable(table.rows, name=table.name) for table in document.tables)
    return RawDocument((*found.tables, *others), found.after, merging_known=True, left_out=document.left_out)


def _document(lines: Sequence[Line]) -> RawDocument:
    read = outline(lines)
    found = _Found(loose=list(read.loose))
    _collect_all(read.root.children, (), (), found)
    if not any(one.column in DEPARTMENT_COLUMNS for task in found.tasks for one in task.fields):
        return RawDocument((), filled(lines), merging_known=True)
    first = min(task.lines[0][1] for task in found.tasks)
    last = max(task.lines[-1][1] for task in found.tasks)
    loose = sorted(found.loose, key=lambda line: line[1])
    table = RawTable(
        rows=_rows(found.tasks),
        before=tuple(line for line in loose if line[1] < first),
        lost=tuple(line for line in loose if first <= line[1] <= last),
    )
    return RawDocument((table,), tuple(line for line in loose if line[1] > last), merging_known=True)


def _collect_all(nodes: Sequence[Node], headings: tuple[str, ...], inherited: tuple[Field, ...], found: _Found) -> None:
    """Find the tasks of a group. One without a tail is a task when at least half of its like have one."""
    alike = Counter(node.kind for node in nodes)
    named = Counter(node.kind for node in nodes if node.fields)
    for node in nodes:
        fields = _merged(node.fields, inherited)
        among_tasks = named[node.kind] * _HALF >= alike[node.kind]
        _collect(node, headings, fields, found, among_tasks=among_tasks)


def _collect(
    node: Node, headings: tuple[str, ...], fields: tuple[Field, ...], found: _Found, *, among_tasks: bool
) -> None:
    """Find the tasks at and below a node; `fields`: what its own tails and those of its groups say."""
    if node.has_fields_below() or (node.fields and _shares_its_tail(node)):
        heading, rest = _heading(node)
        found.loose.extend(rest)
        if not found.tasks and _SAYS_ONLY_TASKS.search(heading):
            found.loose.append((heading, node.lines[0][1]))
        else:
            headings = (*headings, heading)
        _collect_all(node.children, headings, fields, found)
    elif fields or among_tasks:
        found.tasks.append(_Task(headings, node.number, tuple(node.all_lines()), fields))
    else:
        found.loose.extend(node.all_lines())


def _shares_its_tail(node: Node) -> bool:
    """Say whether a tail holds for the paragraphs below a heading, each a task; parts of one task are not."""
    tasks = len(node.children) > 1 and not any(child.kind in PART_MARKS for child in node.children)
    return tasks and node.is_heading()


def _merged(own: Sequence[Field], inherited: Sequence[Field]) -> tuple[Field, ...]:
    """Add what the group says: all of it where the task names nobody, else only the lead it does not name itself."""
    columns = {one.column for one in own}
    names_somebody = bool(columns & set(DEPARTMENT_COLUMNS))
    taken = [
        one
        for one in inherited
        if one.column not in columns
        and (one.column is Column.LEAD or not names_somebody or one.column not in DEPARTMENT_COLUMNS)
    ]
    return (*own, *taken)


def _heading(node: Node) -> tuple[str, list[Line]]:
    """Give the heading of a group, and the lines below it that are prose."""
    (text, place), *rest = node.lines
    if node.is_heading() or "。" not in text:
        return text, rest
    heading, _, prose = text.partition("。")
    return f"{heading}。", [*([(prose.strip(), place)] if prose.strip() else []), *rest]


def _rows(tasks: Sequence[_Task]) -> tuple[RawRow, ...]:
    """Lay the tasks out: their headings as rows over the whole table where they may be, else in a column."""
    present = {one.column for task in tasks for one in task.fields}
    columns = [column for column in TAIL_COLUMNS if column in present]
    grouped = _may_group(tasks)
    headed = not grouped and any(task.headings for task in tasks)
    numbered = any(task.number for task in tasks)
    heads = [*(["项目"] if headed else []), *(["序号"] if numbered else []), "任务"]
    heads.extend(_HEADS[column] for column in columns)
    rows = [RawRow(tuple(map(RawCell, heads)), tasks[0].lines[0][1])]
    above: tuple[str, ...] = ()
    for task in tasks:
        place = task.lines[0][1]
        if grouped and task.headings != above:
            rows.append(_spanning(_BETWEEN_HEADINGS.join(task.headings), len(heads), place))
        cells: list[RawCell] = []
        if headed:
            same = task.headings == above and bool(task.headings)
            cells.append(RawCell("" if same else _BETWEEN_HEADINGS.join(task.headings), above=same))
        if numbered:
            cells.append(RawCell(task.number))
        cells.append(RawCell("\n".join(line for line, _ in task.lines)))
        cells.extend(RawCell(_value(task.fields, column)) for column in columns)
        rows.append(RawRow(tuple(cells), place))
        above = task.headings
    return tuple(rows)


def _may_group(tasks: Sequence[_Task]) -> bool:
    """Say whether the headings can stand as group rows: each looks like one, and no task is left without."""
    headings = {_BETWEEN_HEADINGS.join(task.headings) for task in tasks}
    return all(heading and kind_of(heading) is Kind.GROUP for heading in headings)


def _spanning(text: str, width: int, place: int) -> RawRow:
    return RawRow((RawCell(text), *[RawCell("", left=True)] * (width - 1)), place)


def _value(fields: Sequence[Field], column: Column) -> str:
    return "\n".join(one.text for one in fields if one.column is column and one.text)
