"""Rows with one text over the whole table: titles, groups of rules, totals, notes."""

import re
from decimal import Decimal
from enum import StrEnum

from workflows.breakdown.header import is_title, squeeze
from workflows.breakdown.raw_tables import RawRow

_NOTE = re.compile(
    r"^(?:填报|填表|制表|报送|上报|报表)?(?:单位|部门|科室|时间|日期|人)(?:（盖章）|\(盖章\))?[:：]|^(?:单位|计量单位)[:：]"
    r"|^(?:审核|审批|联系|负责|填表|填报|制表|经办)(?:人|电话)[:：]|^\d{4}年\d{1,2}月(?:\d{1,2}日)?$|^（?\d{4}年\d{1,2}月.{0,6}）?$"
)
_REMARK = re.compile(r"^(?:备\s*注|注|说\s*明|填表说明|填报说明|注意事项)\s*[:：]|^注\d?[:：.]")
_GROUP = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十]{1,3}[)）]|第[一二三四五六七八九十]{1,3}(?:部分|类|项|章)"
    r"|[A-Z][、.．]|[Ⅰ-Ⅻ][、.．\s-]|\d{1,2}[、.．])"
)
_GROUP_POINTS = re.compile(r"\s*[（(【\[]\s*(?:共|满分|计)?\s*(\d{1,4}(?:\.\d{1,2})?)\s*分\s*[)）】\]]\s*$")
_TOTAL = re.compile(r"^(?:小计|合计|总计|共计|总分|累计|本页小计|本页合计|总分值|分值合计|合计分值)(?:[（(].{0,10}[)）])?[:：]?(?P<n>\d{1,4}(?:\.\d{1,2})?)?分?$")
_SUM = re.compile(r"^(?P<n>\d{1,4}(?:\.\d{1,2})?)分?$")
_PLAN = re.compile(r".*(?:任务|创建|分解|考核|测评|责任|整改|工作).*(?:方案|任务书|责任书|指标体系|任务分解|实施细则|一览)(?:[（(].{1,12}[)）])?$")
_NOTICE = re.compile(r"关于.{4,60}(?:通知|意见|方案|通报|函|公告|决定)(?:[（(].{1,12}[)）])?")
_PAGE_MARK = re.compile(r"(?:[—–-]{1,2}\s?\d{1,3}\s?[—–-]{1,2}|第?\d{1,3}页[/，,、]?(?:共|\\)?(?:\d{1,3}页)?|第\d{1,3}页共\d{1,3}页|\d{1,3}/\d{1,3})")
_GROUP_NUMBER = re.compile(r"[（(]?[一二三四五六七八九十]{1,3}[)）]?[、.．]?|[Ⅰ-Ⅻ]|[A-Z]")
_LONGEST_GROUP = 60
_LEAST_PLAN = 8


class Kind(StrEnum):
    """What a single line is."""

    TITLE = "title"
    GROUP = "group"
    NOTE = "note"
    REMARK = "remark"
    OTHER = "other"


def single_text(row: RawRow) -> str:
    """Give the one text of a row that has only one; merged copies of it count once."""
    texts = list(dict.fromkeys(cell.text.strip() for cell in row.cells if cell.text.strip()))
    return texts[0] if len(texts) == 1 else ""


def kind_of(text: str) -> Kind:
    """Say what a line outside of the rows is."""
    line = text.strip()
    flat = squeeze(line)
    if _REMARK.match(line):
        return Kind.REMARK
    if _NOTE.match(flat) or _PAGE_MARK.fullmatch(flat):
        return Kind.NOTE
    bare = _GROUP_POINTS.sub("", line)
    if is_title(squeeze(bare)) or is_plan(flat):
        return Kind.TITLE
    if len(flat) <= _LONGEST_GROUP and flat[-1:] not in "。；;，" and (_GROUP.match(flat) or _GROUP_POINTS.search(line)):
        return Kind.GROUP
    if len(flat) <= _LONGEST_GROUP // 2 and flat[-1:] not in "。；;，：:":
        return Kind.GROUP
    return Kind.OTHER


def is_plan(flat: str) -> bool:
    """Say whether a line names a plan as titles of documents do: 某区创建文明城市任务分解方案."""
    return _LEAST_PLAN <= len(flat) <= _LONGEST_GROUP and not re.search("[。；;]", flat) and _PLAN.match(flat) is not None


def is_notice(flat: str) -> bool:
    """Say whether a line names an official paper: 关于落实政府工作报告任务分工的通知."""
    return _NOTICE.fullmatch(flat) is not None


def is_group_number(text: str) -> bool:
    """Say whether a number is one that groups bear where their tasks bear 1, 2, 3."""
    return _GROUP_NUMBER.fullmatch(squeeze(text)) is not None


def is_group_line(text: str) -> bool:
    """Say whether a line begins with a mark groups bear where their tasks bear 1, 2, 3: 一、, （二）, A."""
    return _GROUP.match(squeeze(text)) is not None and not squeeze(text)[:1].isdecimal()


def group_name_of(text: str) -> str:
    """Give the name of a group without its points: 一、组织领导（20分）."""
    return _GROUP_POINTS.sub("", " ".join(text.split()))


def group_points(text: str) -> Decimal | None:
    """Give the points a group declares."""
    found = _GROUP_POINTS.search(text.strip())
    return Decimal(found.group(1)) if found else None


def total_of(row: RawRow) -> Decimal | None:
    """Give the declared sum of a row of totals; None for any other row. A total without a figure counts as 0."""
    texts = [squeeze(cell.text) for cell in row.cells if cell.text.strip()]
    marks = [match for text in texts[:2] if (match := _TOTAL.match(text))]
    if not marks:
        return None
    figures = [match["n"] for match in marks if match["n"]] + [match["n"] for text in texts if (match := _SUM.match(text))]
    return Decimal(figures[-1]) if figures else Decimal(0)
