"""Who does a task and by when, where no table says it: （责任单位：…；完成时限：…）, 【责任单位】…, a line 牵头部门：….

The words before the colon mean what they mean as column heads (`header.py`). People to call (联系人) are no tail.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workflows.breakdown.deadlines import is_deadline
from workflows.breakdown.header import DEPARTMENT_COLUMNS, Column, column_of, squeeze

TAIL_COLUMNS = (*DEPARTMENT_COLUMNS, Column.DEADLINE, Column.ADVICE, Column.PERSON, Column.POINTS)

_STOPS = " \t\n　。；;，,."
_OPENING, _CLOSING = "（(【[〔", "）)】]〕"
_BRACKET = re.compile(rf"[{re.escape(_OPENING + _CLOSING)}]")
_WORD = r"[一-鿿](?:[一-鿿、（）()]| (?=[一-鿿])){0,13}[一-鿿）)]"
_LABEL = re.compile(
    rf"【\s*(?P<boxed>{_WORD})\s*】\s*[:：]?|(?<![^；;，,。、\s{re.escape(_OPENING)}])(?P<word>{_WORD})\s*[:：]"
)
_OPENED_LABEL = re.compile(rf"[{re.escape(_OPENING)}](?=\s*(?:{_WORD}\s*[:：]))")
_BARE_ROLES = {
    **dict.fromkeys(("牵头", "主办", "主责"), Column.LEAD),
    **dict.fromkeys(("责任", "承办", "落实", "负责"), Column.DEPARTMENT),
    **dict.fromkeys(("配合", "协办", "协助", "参与", "参加单位", "成员单位"), Column.ASSIST),
}
#: Words within a longer label: 责任单位及责任人, 市级牵头单位.
_WITHIN = (
    (re.compile(r"(?:牵头|主办|主责)(?:责任)?(?:单位|部门|科室|处室|股室)"), Column.LEAD),
    (re.compile(r"(?:配合|协办|协助|参与)(?:责任)?(?:单位|部门|科室|处室|股室)"), Column.ASSIST),
    (re.compile(r"(?:责任|承办|落实|实施|负责)(?:单位|部门|科室|处室|股室|主体)"), Column.DEPARTMENT),
    (re.compile(r"(?:时限|期限|完成时间|时间节点|时间要求)$"), Column.DEADLINE),
)
_NO_TAIL = re.compile(r"联系|电话|抄送|抄报|主送|附件|来源|日期|地址|邮箱")
_ROLE_WORD = r"(?:牵头(?:负责)?|负责|主办|主抓|承办|落实|配合|协办|协助|参与|实施)"
_ENDS_WITH_ROLE = re.compile(
    rf"^(?P<names>.+?)(?:等(?:部门|单位)?)?(?:按照?各?自?职责(?:分工)?)?(?:分别|共同|具体)?{_ROLE_WORD}$"
)
_BY_DUTY = re.compile(r"(?P<rest>等)?按照?(?:各自)?职责(?:分工)?(?:分别)?(?=负责|落实|配合)")
_ALL_ABOVE = re.compile(
    r"^以上(?:各项|所有|全部)?(?:重点)?(?:任务|工作|内容|事项|项目)?(?:均|都|统一)?由(?P<who>.{2,200})$"
)
_UNIT = re.compile(
    r"(?:[科室处股部办局委组会站所队院校馆园社司厅庭团段厂店镇乡村县区市联行网户]|街道|中心|支部|单位|公司|窗口|机构|企业|政府|科协|基地"
    r"|机关|专班|学校|大队|支队|部门|成员)(?:[（(][^（）()]{1,20}[)）])?$"
)
_GROUP = re.compile(r"^(?:各|全体|所有|局属|下属|市直|相关|有关)")
_NAMES = re.compile(r"[、，,；;/／\s]+|(?<=[局委办部])(?:和|及|与)")
_LONGEST_NAME = 24
_LONGEST_JOIN = 8


@dataclass(frozen=True)
class Field:
    """One thing a tail says: what it is, and its words."""

    column: Column
    text: str


def names_units(text: str) -> bool:
    """Say whether a text only lists departments, by the ends of their names."""
    names = [name for name in _NAMES.split(text.strip(" \t\n。；;，,、")) if name]
    return bool(names) and all(
        len(name) <= _LONGEST_NAME and (_UNIT.search(name) or _GROUP.match(name)) and "。" not in name for name in names
    )


def without_tails(text: str) -> tuple[str, tuple[Field, ...]]:
    """Take the tails off a paragraph: what is left of it, and what they say.

    A bracket counts anywhere when it begins with a label, at the end also when it only names departments; labels
    without a bracket count from the start of a sentence on.
    """
    found: list[Field] = []
    kept: list[str] = []
    done = 0
    for start, stop, fields in _brackets(text):
        found.extend(fields)
        kept.append(text[done:start])
        done = stop + 1
    rest = text[done:]
    left = "".join([*kept, "" if done and not rest.strip(_STOPS) else rest])
    left, last = _unlabelled(left)
    found.extend(last)
    left, open_fields = _without_brackets(left)
    return left.strip(), (*found, *open_fields)


def fields_of(content: str) -> tuple[Field, ...]:
    """Read the inside of a tail; empty when it does not begin with a label."""
    labels = [(match, column) for match in _LABEL.finditer(content) if (column := _meaning(match)) is not None]
    if not labels or content[: labels[0][0].start()].strip(" \t\n　【"):
        return ()
    stops = [match.start() for match, _ in labels[1:]] + [len(content)]
    fields: list[Field] = []
    for (match, column), stop in zip(labels, stops, strict=True):
        value = content[match.end() : stop].strip(" \t\n　；;，,。、")
        fields.extend(_with_deadline(column, value))
    return tuple(fields)


def all_above(text: str) -> tuple[Field, ...]:
    """Read 以上任务由…负责, which holds for all tasks of a group; empty for anything else."""
    match = _ALL_ABOVE.match(text.strip().strip("（）()。；;"))
    return (Field(Column.DEPARTMENT, _by_duty(match["who"])),) if match else ()


def is_open(text: str) -> bool:
    """Say whether a bracket with a label begins in a text and does not end in it."""
    closed = _closings(text)
    return any(match.start() not in closed for match in _OPENED_LABEL.finditer(text))


def joined(lines: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Join lines over which a bracket with a label goes on; one that never ends joins nothing."""
    result: list[tuple[str, int]] = []
    at = 0
    while at < len(lines):
        text, place = lines[at]
        taken = 1
        if is_open(text):
            for more in range(2, min(_LONGEST_JOIN, len(lines) - at) + 1):
                whole = _glued([line for line, _ in lines[at : at + more]])
                if not is_open(whole):
                    text, taken = whole, more
                    break
        result.append((text, place))
        at += taken
    return result


def _glued(lines: Sequence[str]) -> str:
    """Join the lines of a bracket: a name cut in the middle is one again, names under each other stay parted."""
    text = lines[0]
    for line in lines[1:]:
        whole_name = _UNIT.search(text) is not None and line[:1] not in "、，,；;和及与）)】"
        text += f"\n{line}" if whole_name else line
    return text


def _meaning(match: re.Match[str]) -> Column | None:
    label = squeeze(match["boxed"] or match["word"] or "")
    if _NO_TAIL.search(label):
        return None
    column = _BARE_ROLES.get(label) or column_of(label)
    if column in TAIL_COLUMNS:
        return column
    return next((meaning for words, meaning in _WITHIN if words.search(label)), None)


def _closings(text: str) -> dict[int, int]:
    """Give the place where each bracket is closed, by the place where it opens."""
    opened: list[int] = []
    closed: dict[int, int] = {}
    for match in _BRACKET.finditer(text):
        if match.group() in _OPENING:
            opened.append(match.start())
        elif opened:
            closed[opened.pop()] = match.start()
    return closed


def _brackets(text: str) -> Iterator[tuple[int, int, tuple[Field, ...]]]:
    """Give the brackets that hold a tail: where they open and close, and what they say; none inside another."""
    closed = _closings(text)
    done = -1
    for match in _OPENED_LABEL.finditer(text):
        stop = closed.get(match.start())
        if match.start() <= done or stop is None:
            continue
        fields = fields_of(text[match.end() : stop])
        if fields:
            done = stop
            yield match.start(), stop, fields


def _unlabelled(text: str) -> tuple[str, tuple[Field, ...]]:
    """Take a last bracket that only names departments, with or without 负责, 牵头, 配合."""
    bare = text.rstrip(_STOPS)
    if not bare or bare[-1] not in _CLOSING:
        return text, ()
    depth = 0
    for place in range(len(bare) - 1, max(-1, len(bare) - 300), -1):
        depth += (bare[place] in _CLOSING) - (bare[place] in _OPENING)
        if depth == 0:
            content = bare[place + 1 : -1]
            fields = _duties(content) if place > 0 else ()
            return (bare[:place], fields) if fields else (text, ())
    return text, ()


def _duties(content: str) -> tuple[Field, ...]:
    """Read 市教育局牵头，各学校配合，9月底前完成; empty unless every part is a duty or the last one a deadline."""
    parts = [part for part in re.split(r"[，,；;]", content.strip()) if part.strip()]
    deadline = parts.pop() if len(parts) > 1 and is_deadline(parts[-1]) else ""
    roles = [_ENDS_WITH_ROLE.match(part.strip()) for part in parts]
    with_role = any(roles) and all(
        names_units(role["names"] if role else part) for role, part in zip(roles, parts, strict=True)
    )
    if not with_role:
        return ()
    who = Field(Column.DEPARTMENT, _by_duty("，".join(parts)))
    return (who, Field(Column.DEADLINE, deadline.strip())) if deadline else (who,)


def _by_duty(text: str) -> str:
    return _BY_DUTY.sub(lambda match: "等部门" if match["rest"] else "", text)


def _without_brackets(text: str) -> tuple[str, tuple[Field, ...]]:
    """Take labels that stand in the paragraph without a bracket, at its start or after the end of a sentence."""
    for match in _LABEL.finditer(text):
        column = _meaning(match)
        before = text[: match.start()].rstrip()
        if column is None or (before and (before[-1] not in "。；;！" or column not in DEPARTMENT_COLUMNS)):
            continue
        fields = fields_of(text[match.start() :])
        if fields:
            return before, fields
    return text, ()


def _with_deadline(column: Column, value: str) -> list[Field]:
    """Part a deadline from the departments it stands behind: 市教育局，9月底前."""
    if column not in DEPARTMENT_COLUMNS:
        return [Field(column, value)]
    cut = max(value.rfind(sign) for sign in "；;，,")
    last = value[cut + 1 :].strip()
    if cut > 0 and is_deadline(last) and not names_units(last):
        return [Field(column, value[:cut].strip()), Field(Column.DEADLINE, last)]
    return [Field(column, value)]


def after_tails(text: str) -> list[int]:
    """Give the places behind each tail in brackets inside a text, and behind the stop that follows it."""
    return [len(text) - len(text[stop + 1 :].lstrip(_STOPS)) for _, stop, _ in _brackets(text)]
