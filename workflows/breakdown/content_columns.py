"""What a column means by what stands in it, where its head says nothing or something nobody knows."""

import re
from collections.abc import Callable, Sequence

from workflows.breakdown.grid import GridRow
from workflows.breakdown.header import DEPARTMENT_COLUMNS, Column, is_filled_in_later, squeeze
from workflows.breakdown.rules import points_in
from workflows.breakdown.unit_names import is_person, is_unit

_MOST = 0.6
_ENOUGH = 2
_LONG = 18
_LONGEST_MEASURE = 6
_UNIT = "单位"
_FIGURE = re.compile(r"\d{1,3}(?:\.\d{1,2})?分?")
_WHEN = re.compile(r"\d{1,2}月|\d{4}[-./年]\d|每(?:月|季|年|周)|长期|全年|年底|季度末|\d+(?:个)?(?:工作)?日内")
_MATERIAL = re.compile(r"照片|图片|报告|文件|台账|总结|方案|记录|佐证|截图|扫描|说明|资料|名单|清单")
_PARTS = re.compile(r"[、，,；;/\s]+")


def meanings(names: Sequence[str], columns: Sequence[Column], rows: Sequence[GridRow]) -> tuple[Column, ...]:
    """Give the meaning of each column: by its head (`columns`), and where that is unknown or doubtful by its cells."""
    found = list(columns)
    texts = [[row.cells[place].text for row in rows if row.cells[place].text] for place in range(len(found))]
    _scored_in_the_text(names, found, texts)
    for place, column in enumerate(found):
        cells = texts[place]
        if column in DEPARTMENT_COLUMNS and _share(cells, _names_people) > _MOST:
            found[place] = Column.PERSON
        elif column is Column.DEPARTMENT and squeeze(names[place]) == _UNIT and _share(cells, _measures) > _MOST:
            found[place] = Column.UNKNOWN
        elif column is Column.UNKNOWN and len(cells) >= _ENOUGH and not is_filled_in_later(names[place]):
            found[place] = _by_content(names[place], cells, found)
    return tuple(found)


def _scored_in_the_text(names: Sequence[str], found: list[Column], texts: Sequence[Sequence[str]]) -> None:
    """A way of scoring (评分标准) whose cells are rules with their points is the rule, what stands before it its indicator."""
    rule = next((place for place, column in enumerate(found) if column is Column.RULE), None)
    for place, column in enumerate(found):
        later = rule is not None and column is Column.UNKNOWN and place > rule and is_filled_in_later(names[place])
        if (
            later
            and rule is not None
            and _share(texts[place], _has_points) > _MOST
            and not _share(texts[rule], _has_points)
        ):
            found[rule], found[place] = Column.INDICATOR, Column.RULE
            return


def _by_content(name: str, texts: Sequence[str], known: Sequence[Column]) -> Column:
    """Give a meaning nobody else has yet; an unknown column of long texts stays unknown beside a rule."""
    for column, test in _TESTS:
        if column is Column.POINTS and name and "分" not in name:
            continue  # 目标值 6.5: a figure that is worth nothing
        if column not in known and _share(texts, test) > _MOST:
            return column
    return Column.UNKNOWN


def _share(texts: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(test(text.strip()) for text in texts) / len(texts) if texts else 0.0


def _has_points(text: str) -> bool:
    return points_in(text) is not None


def _measures(text: str) -> bool:
    """Say whether a text is a unit of measure, not a department: %, 万元, 个."""
    return not _names_units(text) and len(text) <= _LONGEST_MEASURE


def _names_people(text: str) -> bool:
    parts = [part for part in _PARTS.split(text) if part]
    return bool(parts) and all(is_person(part) for part in parts)


def _names_units(text: str) -> bool:
    parts = [part for part in _PARTS.split(text) if part]
    return bool(parts) and sum(is_unit(part) for part in parts) * 2 > len(parts)


def _is_figure(text: str) -> bool:
    return _FIGURE.fullmatch(text) is not None


def _says_when(text: str) -> bool:
    return len(text) <= _LONG and _WHEN.search(text) is not None


def _asks_for_material(text: str) -> bool:
    return _MATERIAL.search(text) is not None


def _is_long(text: str) -> bool:
    return len(text) > _LONG


_TESTS = (
    (Column.POINTS, _is_figure),
    (Column.DEPARTMENT, _names_units),
    (Column.DEADLINE, _says_when),
    (Column.ADVICE, _asks_for_material),
    (Column.RULE, _is_long),
)
