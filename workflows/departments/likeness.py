"""How like two names of departments are, and why: reasons a person can check, never a verdict.

Two names are compared with their own parts: what stands before a bracket and in it, without the place or level in
front, without the kind of unit at the end. First letters (pinyin) are never compared: too many bureaux share them.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import product


class Why(StrEnum):
    """Why two names may be one department, the surest first."""

    BRACKETS = "brackets"  # 公共法律服务中心（法援中心） — 法援中心
    LEVEL = "level"  # 市教育局 — 教育局
    ENDING = "ending"  # 教育科 — 教育股
    LONGER = "longer"  # 公证处 — 银鑫公证处
    SHORT = "short"  # 卫健委 — 卫生健康委员会
    SPELLING = "spelling"  # one character differs


_SURE = {Why.BRACKETS: 0.95, Why.LEVEL: 0.9, Why.ENDING: 0.85, Why.LONGER: 0.75, Why.SHORT: 0.7, Why.SPELLING: 0.5}
#: From here on a name is not taken for a new department before a person has looked.
STRONG = 0.7

_BRACKETS = re.compile(r"^(.{2,}?)[（(](.{2,}?)[)）]$")
_NO_NAME = re.compile(r"^(?:含|包括|牵头|配合|责任|协助|主办|协办|等)")
_SPACE = re.compile(r"[\s·•\-—]+")
#: Place and level in front: 云江市, 市, 区, 县, 局. A place has two to four characters.
_LEVEL = re.compile(
    r"(?:[一-鿿]{2,4}?(?:[省市县州镇旗]|(?<![社小校街])区|(?<!城)乡)|[省市区县州镇乡局]|本局|我局)"
    r"(?!场|政|容|民|域|村|属|块)(?=[一-鿿]{2})"
)
_ENDINGS = (
    (re.compile(r"(?:工作|建设)?领导小组办公室$"), "办"),
    (re.compile(r"办公室$"), "办"),
    (re.compile(r"街道办事处$|街道办$"), "街道"),
    (re.compile(r"社区(?:居民委员会|居委会|居委)$"), "社区"),
    (re.compile(r"村(?:民委员会|委会|委)$"), "村"),
    (re.compile(r"委员会$"), "委"),
    (re.compile(r"科[（(]室[)）]$|科室$"), "科"),
)
#: Kinds of divisions that bureaux exchange for each other.
_DIVISION = re.compile(r"[科股室处办]$")
#: Characters that tell siblings apart: 一中队, 二中队; 东城, 西城.
_TELLING = frozenset("一二三四五六七八九十0123456789甲乙丙丁戊东西南北中上下前后左右新老大小")
#: What every bureau has: the end of another name by chance.
_EVERYWHERE = frozenset(
    {"办公室", "综合科", "综合处", "综合办", "人事科", "人事处", "财务科", "财务处", "党支部", "委员会", "领导小组"}
    | {"服务中心", "人民医院", "卫生院", "派出所", "司法所", "居委会", "村委会", "街道办", "人民政府", "管委会", "中心小学"}
)
_CORE, _WORD, _LONG = 2, 3, 5
#: A short form has at least one character of four.
_SHORTENED = 4


@dataclass(frozen=True)
class Likeness:
    """How like two names are (0 to 1) and why."""

    why: Why
    score: float


@dataclass(frozen=True)
class _Parts:
    """A name without its brackets, as its level and the rest; `plain` with its ending made one."""

    level: str
    rest: str

    @property
    def plain(self) -> str:
        return _ended(self.rest)


def likeness(name: str, other: str) -> Likeness | None:
    """Say how like two names are, by the surest reason there is. None where nothing speaks for it."""
    left, right = _SPACE.sub("", name), _SPACE.sub("", other)
    found = [why for one, two in product(_forms(left), _forms(right)) for why in _reasons(one, two)]
    if _in_brackets(left, right) and (not found or _SURE[found[0]] < _SURE[Why.BRACKETS]):
        found = [Why.BRACKETS]
    if not found:
        return None
    why = max(found, key=lambda one: _SURE[one])
    return Likeness(why, _SURE[why])


def _in_brackets(left: str, right: str) -> bool:
    return left != right and bool(set(_forms(left)) & set(_forms(right)))


def _forms(name: str) -> tuple[str, ...]:
    """Give a name, and where it holds another one in brackets, what is before and in them."""
    match = _BRACKETS.match(name)
    if match is None or _NO_NAME.match(match.group(2)) or name.endswith(("（室）", "(室)")):
        return (name,)
    return (name, *match.groups())


def _reasons(one: str, two: str) -> list[Why]:
    left, right = _parts(one), _parts(two)
    if not _levels_agree(left.level, right.level):
        return []
    reasons = []
    if left.rest == right.rest and one != two:
        reasons.append(Why.LEVEL)
    elif _same_but_ending(left, right):
        reasons.append(Why.ENDING)
    elif _is_end_of(left.rest, right.rest) or _is_end_of(right.rest, left.rest):
        reasons.append(Why.LONGER)
    elif _is_short_for(left.plain, right.plain) or _is_short_for(right.plain, left.plain):
        reasons.append(Why.SHORT)
    elif _misspelt(left.rest, right.rest):
        reasons.append(Why.SPELLING)
    return reasons


def _parts(name: str) -> _Parts:
    match = _LEVEL.match(name)
    return _Parts(match.group(), name[match.end() :]) if match else _Parts("", name)


def _levels_agree(one: str, two: str) -> bool:
    """市教育局 and 区教育局 are two offices; a name without a level, or with the end of the other's, may be the same."""
    return one.endswith(two) or two.endswith(one)


def _ended(name: str) -> str:
    for ending, short in _ENDINGS:
        if ending.search(name):
            return ending.sub(short, name)
    return name


def _same_but_ending(left: _Parts, right: _Parts) -> bool:
    if left.plain == right.plain:
        return len(left.plain) > 1
    if not (_DIVISION.search(left.plain) and _DIVISION.search(right.plain)):
        return False
    core = left.plain[:-1]
    return core == right.plain[:-1] and len(core) >= _CORE


def _is_end_of(short: str, long: str) -> bool:
    return _WORD <= len(short) < len(long) and short not in _EVERYWHERE and long.endswith(short)


def _is_short_for(short: str, long: str) -> bool:
    """卫健委 is 卫生健康委: its characters in their order, the first and the last of them at the ends."""
    if not (_WORD <= len(short) < len(long) <= _SHORTENED * len(short)) or short[0] != long[0] or short[-1] != long[-1]:
        return False
    rest = iter(long)
    return all(character in rest for character in short) and not set(short) & _TELLING


def _misspelt(one: str, two: str) -> bool:
    """Say whether one character was exchanged, left out or added, and none that tells siblings apart."""
    if min(len(one), len(two)) < _LONG or abs(len(one) - len(two)) > 1 or one == two:
        return False
    start = next((place for place, pair in enumerate(zip(one, two, strict=False)) if pair[0] != pair[1]), min(len(one), len(two)))
    tail = 0
    while tail < min(len(one), len(two)) - start and one[-1 - tail] == two[-1 - tail]:
        tail += 1
    differ = one[start : len(one) - tail], two[start : len(two) - tail]
    return max(map(len, differ)) <= 1 and not set("".join(differ)) & _TELLING
