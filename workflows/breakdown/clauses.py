"""What a clause says of the demands in it: counted by what, how often, by when; and what captions must say."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace

from workflows.breakdown.bounds import CADENCE
from workflows.breakdown.figures import PICTURE
from workflows.breakdown.shapes import NamedRequirement

#: How far a clause reaches, in characters; more is no clause of a table.
REACH = 80
_FAR = 400
#: What a demand is counted by: 每个讲堂, 每类, 每10m; up to the word that begins the demand itself.
_EACH = re.compile(
    r"每(?:一)?(?:(?:个|种|家|所|次|场|项|期|支|处|条|座|栋|块|名|位|幅|篇|类)(?!月|季|年|周|学期|现场|实景|前后|整[改治]|照片|图片|活动照|的)"
    r"[一-鿿]{1,8}?(?=需|每|参加|公益|提供|应|要|至少|不少|不低|不超|[，,、:()]|实景|现场|活动照|活动图|照片|图片|均|都|各|有|全年|每[月季年周]|配|建|设|组织|开展|报送|上报|制作|悬挂|张贴|的|\d|[一二两三])"
    r"|楼栋[一-鿿]{0,4}?(?=要)|类|户|人(?!均)|科室|单位|部门|村|社区|镇|乡|街道|校|班|次|期|场|届|批|处|(?:篇|份|条|幅|家|所|名|支|块|段|部|册|本|岗|站|店|亭|队|车|线|点)(?=\d|[一二两三]|不少|不低|不超|至少|约|应|均|控制)|\s{0,3}\d{1,9}\s{0,3}(?:m|米|公里))"
)
_CADENCE = re.compile(rf"{CADENCE}|全年|年内|年度内|一年内?|上、?和?下半年")
_NUMBERED = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_DATE = rf"(?:(?:19|20)\d{{2}}年)?{_NUMBERED}月(?:份)?(?:{_NUMBERED}[日号]|底|末|初|上旬|中旬|下旬)?"
_BEFORE = r"(?:之前|以前|前)"
_DEADLINE = re.compile(
    rf"(?:每年|(?:{CADENCE})[底末]?)?(?:{_DATE}|\d{{1,2}}[日号]|(?:19|20)\d{{2}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|(?:年|月|季度?)[底末]"
    rf"|(?:第?[一二三四1-4]季度|[上下]半年)[底末]?){_BEFORE}"
    rf"|(?:{CADENCE}|今年|(?:19|20)\d{{2}}年)[底末]{_BEFORE}?"
    r"|[一-鿿]{0,6}(?:之日起|后|起)\s?\d{1,3}\s?个?(?:工作日|日|天|小时)(?:之|以)?内"
)
_BEHIND = re.compile(rf"\s?[(]({_DEADLINE.pattern})")
_SENTENCE = "。；;\n"
_CLAUSE = "。；;，,\n(["
_COUNTED_EACH = frozenset({"area_min", "size_min", "count_min", "percent_min"})
_WITHOUT_PER = frozenset({"frequency", "caption_fields", "percent_min"})
_PICTURED = frozenset({"photo_min", "screenshot"})
_GENERIC = re.compile(r"各[类项种个]|所有|每[项类次](?=活动|工作)")


@dataclass(frozen=True)
class Found:
    """A demand and where its phrase stands."""

    start: int
    stop: int
    demand: NamedRequirement


def placed(one: Found, text: str, plain: str, scope: str) -> Found:
    """Give a demand with its phrase, and with what its clause says of it: per what, how often, by when."""
    made = one.demand
    begin = _clause_start(plain, one.start)
    stop = one.stop
    if plain.count("(", one.start, stop) > plain.count(")", one.start, stop) and plain[stop : stop + 1] == ")":
        stop += 1
    per = made.per or (None if made.kind in _WITHOUT_PER else _last(_EACH, plain, begin, one.start))
    cadence = None if made.kind == "caption_fields" else _last(_CADENCE, plain, begin, one.start)
    if cadence is not None and made.value is None and not cadence.startswith("每"):
        cadence = None  # 全年无案件证明: the year is what the paper is about
    whole = replace(
        made,
        per=per,
        period=made.period or (_cadence(cadence) if cadence else None),
        deadline=_deadline(one, plain, begin),
        source_phrase=text[one.start : stop].strip(),
        scope=scope,
    )
    return replace(one, demand=whole)


def with_captions(found: list[Found], plain: str) -> list[Found]:
    """Give photos the fields their captions must have; drop what must be written on anything else."""
    result = list(found)
    stray: set[int] = set()
    for caption in (one for one in found if one.demand.kind == "caption_fields"):
        photos = _captioned(caption, result, plain)
        for place in photos:
            photo = result[place].demand
            fields = tuple(dict.fromkeys((*photo.fields, *caption.demand.fields)))
            result[place] = replace(result[place], demand=replace(photo, fields=fields))
        around = plain[max(0, caption.start - REACH) : caption.stop]
        if not photos and not re.search(rf"[张幅]|{PICTURE}", around):
            stray.add(caption.start)
    return [one for one in result if one.demand.kind != "caption_fields" or one.start not in stray]


def distinct(found: list[Found], plain: str) -> Iterator[Found]:
    """Drop what a repeated sentence asks again; two reports in two sentences stay two, as do two boards or rates."""
    seen: set[tuple[NamedRequirement, str]] = set()
    for one in found:
        sentence = plain[part_start(plain, one.start, _SENTENCE) : part_end(plain, one.start, _SENTENCE)]
        general = [match.start() for match in _GENERIC.finditer(sentence)]
        key = (one.demand, sentence[general[-1] :] if general else sentence)
        if one.demand.kind in _COUNTED_EACH or key not in seen:
            seen.add(key)
            yield one


def part_start(text: str, start: int, stops: str) -> int:
    """Give where the part begins that holds `start`, no further back than a clause reaches."""
    window = max(0, start - REACH)
    return max(window, *(text.rfind(stop, window, start) + 1 for stop in stops))


def part_end(text: str, start: int, stops: str) -> int:
    """Give where the part ends that holds `start`."""
    window = min(len(text), start + REACH)
    return min([window, *(place for stop in stops if (place := text.find(stop, start, window)) >= 0)])


def _clause_start(plain: str, start: int) -> int:
    """Give where the clause begins; a bracket that is closed again belongs to it."""
    begin = part_start(plain, start, _CLAUSE)
    for _ in range(3):
        if plain[begin - 1 : begin] != "(" or ")" not in plain[begin:start]:
            break
        begin = part_start(plain, begin - 1, _CLAUSE)
    return begin


def _last(pattern: re.Pattern[str], plain: str, begin: int, start: int) -> str | None:
    """Find the last match that begins before `start`; a demand's own words may follow it at once."""
    found = None
    for match in pattern.finditer(plain, begin, min(len(plain), start + 8)):
        if match.start() < start and match.end() <= start + 1:
            found = re.sub(r"\s+", "", match.group())
    return found


def _cadence(words: str) -> str:
    return words if words.startswith("每") else "每半年" if words.startswith("上") else "全年"


def _deadline(one: Found, plain: str, begin: int) -> str | None:
    """Find by when: in the clause itself, in a clause of its own before that, or in brackets behind."""
    inside = list(_DEADLINE.finditer(plain, begin, one.stop))
    if not inside and begin and plain[begin - 1] in "，,":
        before = _DEADLINE.finditer(plain, max(0, begin - REACH), begin - 1)
        inside = [match for match in before if match.end() == begin - 1]
    if inside:
        return inside[-1].group().lstrip("在于")
    behind = _BEHIND.match(plain, one.stop)
    return behind.group(1).lstrip("在于") if behind else None


def _captioned(caption: Found, found: list[Found], plain: str) -> list[int]:
    """Give the photos a caption is about: those of its sentence before it, else behind it, else the last before that."""
    first = bisect_left(found, max(0, caption.start - _FAR), key=lambda one: one.start)
    last = bisect_left(found, caption.start + REACH, key=lambda one: one.start)
    photos = [place for place in range(first, last) if found[place].demand.kind in _PICTURED]
    if re.search(r"所有|各张|均|都", plain[caption.start : caption.stop]):
        return photos
    begin, end = part_start(plain, caption.start, _SENTENCE), part_end(plain, caption.start, _SENTENCE)
    same = [place for place in photos if begin <= found[place].start < end]
    before = [place for place in same if found[place].start < caption.start]
    earlier = [place for place in photos if caption.start - REACH <= found[place].start < caption.start]
    return before[-1:] or same[:1] or earlier[-1:]
