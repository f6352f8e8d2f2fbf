"""Deadlines as a task table writes them (完成时限): the words themselves, and what they mean where that is sure.

A table seldom names the year: month and day stay what they are, and the campaign they belong to gives the year.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from workflows.breakdown.numerals import plain_number

_MONTHS, _LAST_DAY = 12, 31
_END = r"(?:之?前|以前|完成|前完成|报送|截止|为止|止|内)?"
_RELATIVE = re.compile(
    r"(?:(?:收到|接到|自)?(?P<after>[一-鿿]{1,8}?)(?:之日起|之后|以后|后|起))?(?P<n>\d{1,3})个?(?P<unit>工作日|日|天|周|小时|月)之?内"
)
_EVERY = re.compile(
    r"(?:每|按|逐)(?P<n>\d|半)?个?(?P<unit>周|星期|旬|月份?|季度?|年度?|学期)(?P<day>\d{1,2}(?=[日号])|底|末)?|(?<!\d)(?P<bare>季度?|月)(?:底|末)"
)
_HALF = re.compile(r"(?:(?P<year>\d{4})年)?(?P<half>[上下])半年")
_QUARTER = re.compile(r"(?:(?P<year>\d{4})年)?第?(?P<quarter>[1-4])季度")
_YEAR_END = re.compile(r"(?:(?P<year>\d{4})年?|年|本年度?)(?:底|末|内|终)")
_MONTH_NAMED = re.compile(
    r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月份?(?:(?P<day>\d{1,2})[日号]?(?!\d)|(?P<part>上旬|中旬|下旬|初|中|底|末))?"
)
_FIGURES = re.compile(r"(?P<year>\d{4})[./年-](?P<month>\d{1,2})(?:[./月-](?P<day>\d{1,2})日?)?(?!\d)")
_SHORT_FIGURES = re.compile(r"(?P<month>\d{1,2})\.(?P<day>\d{1,2})")
_RANGE = re.compile(r"至|到|—+|–|~|－|(?<=[日月号])-")
_STANDING = re.compile(r"长期|常年|持续|常态|经常|日常|随时|始终|贯穿|不间断")
_WHOLE_YEAR = re.compile(r"全年|全年度|年度")
_WHOLE = r"(?:每年|\d{4}年)?"
_FIGURE = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
#: In running text only words that set an end count: a bare date may be that of an event.
_IN_TEXT = re.compile(
    rf"{_WHOLE}{_FIGURE}月(?:份)?(?:{_FIGURE}[日号]|底|上旬|中旬|下旬|末|初)?(?:之前|以前|前)"
    r"|\d{4}[./-]\d{1,2}[./-]\d{1,2}(?:之前|以前|前)"
    r"|每(?:个?月|季度?|半年|周|年)(?:\d{1,2}[日号]|底|末)(?:之前|以前|前)?"
    rf"|{_WHOLE}第?[一二三四1-4]季度(?:底|末)?(?:之前|以前|前)"
    r"|(?:\d{4}年|今年|本年|年|(?<![\d一二三四五六七八九十])月|季度?)(?:底|末)(?:之前|以前|前)"
    r"|(?:收到|接到)?[一-鿿]{0,4}通知(?:之日起|后)\d{1,3}个?(?:工作日|日|天)之?内"
    r"|长期坚持"
)
_PARTS = {"上旬": 10, "初": 10, "中旬": 20, "中": 20}


@dataclass(frozen=True)
class Due:
    """What a deadline means. `kind` says which of the others hold.

    "date": `month`, `day`, and `year` where the text names it; `every` year where it says so. "month_end": the last day of `month`. "period": again
    and again, `every` week, month, quarter, half_year, year, term or "<n> months", by its `day` (0 for its last).
    "standing": always. "relative": `days` (of work where `working`) from `after`, such as 通知. `starts`: month and
    day a span begins on, the day 1 where only the month is named.
    """

    kind: str
    year: int | None = None
    month: int | None = None
    day: int | None = None
    every: str | None = None
    days: int | None = None
    working: bool = False
    after: str | None = None
    starts: tuple[int, int] | None = None

    def as_json(self) -> dict[str, str | int | bool | list[int]]:
        """Give the fields that hold, by name."""
        fields = asdict(self)
        if self.starts is not None:
            fields["starts"] = list(self.starts)
        return {name: value for name, value in fields.items() if value is not None and value is not False}


def deadline_in(text: str) -> str | None:
    """Give the words of a running text that set a deadline, exactly as they stand there; None without any."""
    match = _IN_TEXT.search(text)
    return match.group() if match else None


def due_of(text: str) -> Due | None:
    """Give what the words of a deadline mean; None where they are no deadline anybody could compute."""
    plain = _plain(text)
    parts = _RANGE.split(plain, maxsplit=1)
    if len(parts) > 1:
        ends = _single(parts[1]) or _single(_with_month(parts[0], parts[1]))
        starts = _single(parts[0])
        if ends is not None and ends.kind in {"date", "month_end"}:
            begin = (starts.month, starts.day or 1) if starts is not None and starts.month is not None else None
            return replace(ends, starts=begin, year=ends.year or (starts.year if starts else None))
    return _single(plain)


def is_deadline(text: str) -> bool:
    """Say whether a short cell is a deadline and nothing else."""
    return len(text.strip()) <= 40 and due_of(text) is not None  # noqa: PLR2004 - longer is a sentence


def _plain(text: str) -> str:
    """Write digits and Chinese numerals alike, without blanks."""
    squeezed = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"[一二两三四五六七八九十]+(?=个?[月日号季周天]|个?工作日|季度)", _number, squeezed)


def _number(match: re.Match[str]) -> str:
    word = match.group()
    # Digits side by side without 十 (二三月) are no number.
    return str(plain_number(word)) if len(word) == 1 or "十" in word else word


def _with_month(start: str, end: str) -> str:
    """Complete 3月1日至15日 to 3月15日."""
    month = re.search(r"(?:\d{4}年)?\d{1,2}月", start)
    return f"{month.group()}{end}" if month else end


def _single(plain: str) -> Due | None:
    for read in _READERS:
        due = read(plain)
        if due is not None:
            return due
    return None


def _relative(plain: str) -> Due | None:
    match = _RELATIVE.search(plain)
    if match is None or (match["unit"] == "月" and match["after"] is None):
        return None
    days = int(match["n"]) * {"周": 7, "月": 30}.get(match["unit"], 1)
    if match["unit"] == "小时":
        days = -(-days // 24)
    return Due("relative", days=days, working=match["unit"] == "工作日", after=match["after"])


def _every(plain: str) -> Due | None:
    match = _EVERY.search(plain)
    if match is None:
        return None
    rest = plain[match.end() :]
    if match["unit"] == "年" and match["n"] is None and (dated := _by_month(rest)) is not None:
        return replace(dated, every="year")
    unit = (match["unit"] or match["bare"])[0]
    every = {"周": "week", "星": "week", "旬": "10 days", "月": "month", "季": "quarter", "年": "year", "学": "term"}[
        unit
    ]
    if match["n"] == "半":
        every = "half_year" if unit == "年" else every
    elif match["n"] and unit == "月":
        every = f"{match['n']} months" if match["n"] != "1" else every
    day = match["day"]
    ends = match["bare"] is not None or day in {"底", "末"}
    return Due("period", every=every, day=0 if ends else int(day) if day else None)


def _by_name(plain: str) -> Due | None:
    half = _HALF.search(plain)
    if half:
        return Due("month_end", year=_year(half), month=6 if half["half"] == "上" else 12)
    quarter = _QUARTER.search(plain)
    if quarter:
        return Due("month_end", year=_year(quarter), month=int(quarter["quarter"]) * 3)
    end = _YEAR_END.search(plain)
    return Due("month_end", year=_year(end), month=_MONTHS) if end else None


def _by_month(plain: str) -> Due | None:
    match = (
        _FIGURES.search(plain) or _MONTH_NAMED.search(plain) or _SHORT_FIGURES.fullmatch(re.sub(_END + "$", "", plain))
    )
    if match is None:
        return None
    groups = match.groupdict()
    month = int(groups["month"])
    day = int(groups["day"]) if groups["day"] else _PARTS.get(groups.get("part") or "")
    if not 1 <= month <= _MONTHS or (day is not None and not 1 <= day <= _LAST_DAY):
        return None
    return Due("month_end" if day is None else "date", year=_year(match), month=month, day=day)


def _standing(plain: str) -> Due | None:
    if _STANDING.search(plain):
        return Due("standing")
    return Due("period", every="year") if _WHOLE_YEAR.fullmatch(plain) else None


def _year(match: re.Match[str]) -> int | None:
    year = match.groupdict().get("year")
    return int(year) if year else None


_READERS: tuple[Callable[[str], Due | None], ...] = (_relative, _every, _by_month, _by_name, _standing)
