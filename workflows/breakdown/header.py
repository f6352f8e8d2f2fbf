"""What the columns of a task table mean, by the words in their heads; and what a table title looks like."""

import re
from collections.abc import Sequence
from enum import StrEnum

MAX_HEAD = 24
#: Between the parts of a head in several rows.
PART = "·"
_LEAST_KNOWN = 2


class Column(StrEnum):
    """The meaning of a column. UNKNOWN columns are named in a warning, never used."""

    NUMBER = "number"
    INDICATOR = "indicator"
    RULE = "rule"
    POINTS = "points"
    DEPARTMENT = "responsible"
    LEAD = "lead"
    ASSIST = "assist"
    PERSON = "person"
    ADVICE = "advice"
    DEADLINE = "deadline"
    UNKNOWN = "unknown"


DEPARTMENT_COLUMNS = (Column.LEAD, Column.DEPARTMENT, Column.ASSIST)
_UNIT = r"(?:科室|科（室）|单位|部门|处室|股室|机构|站所|科|处)"
_HEADS: tuple[tuple[Column, re.Pattern[str]], ...] = tuple(
    (column, re.compile(pattern))
    for column, pattern in (
        (Column.NUMBER, r"(?:任务|指标|项目)?(?:序号|编号|代码)|序|项次|№"),
        (Column.POINTS, r"(?:标准|考核|测评|评分)?(?:分值|分数|得分|计分)(?:（分）)?|权重"),
        (
            Column.DEADLINE,
            r"(?:完成|报送|提交|上报|办结|整改)?(?:时限|时间|期限)(?:要求)?|截止(?:时间|日期)|完成日期",
        ),
        (
            Column.PERSON,
            r"(?:责任|联系|负责|具体责任)人(?:及电话)?|(?:分管|责任|包抓|牵头)领导|联系(?:方式|电话)",
        ),
        (Column.LEAD, rf"(?:牵头|主办|主责)(?:责任)?{_UNIT}"),
        (Column.ASSIST, rf"(?:配合|协办|协助|参与)(?:责任)?{_UNIT}"),
        (
            Column.DEPARTMENT,
            rf"(?:责任|承办|落实|负责|实施|完成|申报|报送)(?:责任)?{_UNIT}|责任主体|(?:责任|任务|职责)分工|部门|科室|单位",
        ),
        (
            Column.ADVICE,
            (
                r"工作(?:建议|要求|措施)|(?:具体|材料|资料|报送|提交|整改)要求|.{0,14}(?:资料|材料|佐证|台账)(?:名称|清单|目录|要求)?"
                r"|落实措施|完成标准"
            ),
        ),
        (
            Column.RULE,
            (
                r"(?:考核|测评|评分|评估|工作)?(?:实施)?细则|(?:主要|工作|具体|目标|重点|创建)?任务(?:内容|要求)?"
                r"|(?:测评|考核|评分|检查)?(?:标准|内容)|(?:工作|创建|具体)内容|(?:重点|主要|年度)工作|工作重点|考核(?:场地)?范围|(?:场地|检查|测评)范围|具体标准"
            ),
        ),
        (
            Column.INDICATOR,
            r"(?:一级|二级|三级|测评|考核|评价)?指标(?:名称)?|(?:考核|测评|工作|检查)?(?:项目|类别)(?:名称)?|项目指标|(?:测评|考察)?点位(?:名称|类型|类别)?",
        ),
    )
)
_LONGEST_LOOSE = 12
#: Heads nobody listed, by a word in them, the surest first.
_LOOSE: tuple[tuple[Column, re.Pattern[str]], ...] = tuple(
    (column, re.compile(pattern))
    for column, pattern in (
        (Column.RULE, r"(?:内容|标准|任务|细则|要求)(?:及|和|与|、)(?:考核|测评)?(?:分值|分数|赋分)"),
        (Column.PERSON, r"领导$|责任人|联系人|负责人|电话|包保人|联络员"),
        (Column.LEAD, r"牵头|主办|主责"),
        (Column.ASSIST, r"配合|协办|协助|参与"),
        (Column.POINTS, r"分值|分数|标准分|^满分$|^赋分$|权重"),
        (Column.DEADLINE, r"时限|期限|时间|进度|节点"),
        (Column.ADVICE, r"资料|材料|佐证|印证|台账|支撑|档案"),
        (Column.RULE, r"(?:内容|标准|任务|细则|要点|举措|措施|事项|要求|做法|目标)$|内容及|任务及"),
        (Column.DEPARTMENT, r"(?:责任|承办|成员|落实|实施|涉及|相关|主管)?(?:单位|部门|科室|主体|处室)$|^责任(?:镇街|街道|乡镇|县区|区县|社区|股室)"),
        (Column.INDICATOR, r"指标|项目|类别|版块|板块|领域|方面|分类"),
    )
)
#: How points are given, which is no task where another column says what is to be done.
_HOW_SCORED = re.compile(r"(?:评分|计分|扣分|赋分|评定|评价|考评|考核评分)(?:标准|办法|细则|方法|说明|规则)(?:[及和与（(].*)?")
_SCORE_GIVEN = re.compile(r"得分|自评|扣分|实得")
_GOAL = re.compile(r"(?:工作|主要|年度|预期|总体|阶段性?|整改)?目标")
_FAULT = re.compile(r"(?:存在的?|突出|发现的?)?(?:主要|具体)?问题(?:清单|描述|表现|内容)?")
_MATERIAL = re.compile(r"资料|材料|佐证|印证|台账|报送|提交|档案")
_MEASURED_IN = re.compile(r"(?:计量|计算|度量|指标)单位")
#: What a head says that is filled in later: nothing of it is asked for.
_NOT_USED = re.compile(r"备注|自评|扣分|得分|完成情况|进展|落实情况|签字|签名|审核|存在问题|整改情况|原因")
_TITLE = re.compile(
    r"^(?:[（(]?[一二三四五六七八九十]+[）)、.．])?[^。；！？]{2,50}(?:表|清单|分工|台账)(?:[（(][^）)]{1,12}[)）])?$"
)


def squeeze(text: str) -> str:
    """Drop all white space: heads are often spaced out (考  核  细  则)."""
    return re.sub(r"\s+", "", text)


def column_of(head: str) -> Column:
    """Give the meaning of a column head; UNKNOWN when no word fits."""
    word = squeeze(head).strip("：:")
    if PART in word:
        upper, _, lower = word.rpartition(PART)
        found = [column_of(lower + _tail(upper)), column_of(lower), column_of(upper + lower), column_of(upper)]
        return next((one for one in found if one is not Column.UNKNOWN), Column.UNKNOWN)
    if word and len(word) <= MAX_HEAD:
        for column, pattern in _HEADS:
            if pattern.fullmatch(word):
                return column
    return Column.UNKNOWN


def loosely(head: str) -> Column:
    """Give the meaning of a head nobody listed by a word in it. Only for what stands in a row of heads."""
    word = squeeze(head).strip("：:")
    if not word or len(word) > _LONGEST_LOOSE or _NOT_USED.search(word) or _MEASURED_IN.fullmatch(word):
        return Column.UNKNOWN
    return next((column for column, pattern in _LOOSE if pattern.search(word)), Column.UNKNOWN)


def _tail(upper: str) -> str:
    """Give what a head over several columns lends to them: 牵头 under 责任单位 is 牵头单位."""
    match = re.search(rf"{_UNIT}$", upper)
    return match.group() if match else ""


def columns_of(header: tuple[str, ...]) -> tuple[Column, ...]:
    """Give the meaning of every column, settled among each other."""
    return settled([column_of(head) for head in header], header)


def settled(columns: Sequence[Column], names: Sequence[str]) -> tuple[Column, ...]:
    """Settle the meanings of the columns of one table among each other; `names` are their heads.

    Where there is 测评内容 beside 测评标准, the content is the indicator and the standard the rule; goals (工作目标) and
    ways of scoring (评分标准) are no rule beside one. Where no column is a rule, what is to be done (工作要求) is, else
    the last indicator.
    """
    found = list(columns)
    _settle_points(found, names)
    rules = _places(found, Column.RULE)
    rule = _rule_among(rules, names) if rules else _rule_without_head(found, names)
    for place in rules:
        if place != rule:
            before = place < rule and not _is_way_of_scoring(names[place])
            found[place] = Column.INDICATOR if before else Column.UNKNOWN
    if rule >= 0:
        found[rule] = Column.RULE
        for place in range(rule):
            if found[place] is Column.UNKNOWN and _FAULT.fullmatch(squeeze(names[place])):
                found[place] = Column.INDICATOR
    return tuple(found)


def _places(columns: Sequence[Column], wanted: Column) -> list[int]:
    return [place for place, column in enumerate(columns) if column is wanted]


def _settle_points(columns: list[Column], names: Sequence[str]) -> None:
    """Beside the points a rule is worth (分值), those it was given (得分) are filled in later."""
    points = _places(columns, Column.POINTS)
    worth = [place for place in points if not _SCORE_GIVEN.search(names[place])]
    for place in points if worth else ():
        if place not in worth:
            columns[place] = Column.UNKNOWN


def _rule_among(rules: Sequence[int], names: Sequence[str]) -> int:
    """Give the column that says what is to be done, of several that may."""
    tasks = [place for place in rules if not _is_way_of_scoring(names[place])]
    plain = [place for place in tasks if not _GOAL.fullmatch(squeeze(names[place]))]
    return (plain or tasks or rules)[-1]


def _rule_without_head(columns: Sequence[Column], names: Sequence[str]) -> int:
    """Give the column that is the rule where no head says so; -1 for none."""
    asked = [place for place in _places(columns, Column.ADVICE) if not _MATERIAL.search(names[place])]
    faults = [place for place, name in enumerate(names) if _FAULT.fullmatch(squeeze(name))]
    return next((places[-1] for places in (asked, _places(columns, Column.INDICATOR), faults) if places), -1)


def _is_way_of_scoring(head: str) -> bool:
    return _HOW_SCORED.fullmatch(squeeze(head)) is not None


def understood(names: Sequence[str]) -> tuple[Column, ...]:
    """Give the meanings of a row of heads; those nobody listed by a word in them, beside at least two that are known."""
    strict = [column_of(name) for name in names]
    if sum(column is not Column.UNKNOWN for column in strict) < _LEAST_KNOWN:
        return ()
    found = [_by_its_parts(name) if one is Column.UNKNOWN else one for name, one in zip(names, strict, strict=True)]
    return settled(found, names)


def _by_its_parts(name: str) -> Column:
    parts = [*reversed(name.split(PART)), name.replace(PART, "")]
    return next((column for part in parts if (column := loosely(part)) is not Column.UNKNOWN), Column.UNKNOWN)


def is_header(heads: tuple[str, ...]) -> bool:
    """Say whether these cells head a task table: a rule, and who does it or what is asked for."""
    return heads_tasks(understood(heads))


def heads_tasks(columns: Sequence[Column]) -> bool:
    """Say whether columns of these meanings make a task table."""
    owners = {*DEPARTMENT_COLUMNS, Column.ADVICE, Column.POINTS}
    return Column.RULE in columns and bool(owners & set(columns))


def is_filled_in_later(head: str) -> bool:
    """Say whether a column is for what comes after: remarks, scores given, progress, ways of scoring."""
    return _NOT_USED.search(squeeze(head)) is not None or _is_way_of_scoring(head)


def is_title(line: str) -> bool:
    """Say whether a line may be the title of a table."""
    return _TITLE.match(line.strip()) is not None
