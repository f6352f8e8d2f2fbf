"""Who is responsible: names of departments and groups as a table cell lists them (责任科室).

Lead and assist are read from the words beside the names (牵头, 配合). Brackets hold another name:
公共法律服务中心（法援中心） makes both names one department in the whole document.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from workflows.breakdown.shapes import NamedDepartment

_LEAD, _ASSIST, _RESPONSIBLE = "lead", "assist", "responsible"
_ROLE_WORDS = {
    "牵头": _LEAD,
    "主办": _LEAD,
    "主责": _LEAD,
    "配合": _ASSIST,
    "协办": _ASSIST,
    "协助": _ASSIST,
    "参与": _ASSIST,
    "负责": _RESPONSIBLE,
    "承办": _RESPONSIBLE,
    "责任": _RESPONSIBLE,
    "落实": _RESPONSIBLE,
}
_ROLE = "|".join(_ROLE_WORDS)
_PREFIX = re.compile(rf"^({_ROLE})?(?:责任)?(?:单位|科室|部门|处室|领导|人)?[:：]\s*")
_SUFFIX = re.compile(rf"(?:[（(]({_ROLE})(?:单位|科室|部门)?[)）]|({_ROLE}))$")
_ROLE_INSIDE = re.compile(rf"^(?P<name>[^（(]{{2,}})[（(](?P<others>[^（()）]{{2,}}?)(?P<role>{_ROLE})[)）]$")
#: Behind the last name of several: 市财政局等部门, 县直机关等有关单位.
_AND_OTHERS = re.compile(r"(?<=[一-鿿）)])等(?:有关|相关|其他|多个|职能|成员)*(?:部门|单位|地|科室|县区)?$")
_DUTY = re.compile(r"(?:按照?|根据|依)?各?自?职责(?:分工|范围)?(?:内)?(?:分别)?(?=负责|落实|配合|承担|[，,；;。、\n]|$)")
_PERSON_LABEL = re.compile(r"^(?:具体)?(?:责任|联系|负责|经办)(?:人|领导)[:：]|^(?:联系)?电话[:：]?")
_CLAUSE = re.compile(r"[，,；;。\n]")
_NAMES = re.compile(r"[、/／\s]+")
_BRACKET = re.compile(r"[（()）]")
_BRACKETED = re.compile(r"^(.{2,})[（(](.{2,})[)）]$")
_GROUP = re.compile(
    r"^(?:各|全体|所有|全部|其他|其它).+|^(?:全|本)?(?:中央|省|市|县|区|州|旗|镇|乡|街道)(?:中央|省|市|县|区|州|旗|镇|乡)?(?:直|级|属|管)?(?:机关)?(?:各级|各|有关|相关|所有|其他)+"
    r"(?:职能|行政|责任|成员|行业|主管|执法|企事业|地|部门和?)*(?:单位|部门|机关|企业|街道|乡镇|镇街|地)?$|^(?:局属|下属|直属|所属|机关|全局|全市|市直|局机关)(?:各|所有).+"
    r"|^(?:局属|下属|直属|所属|二级|相关|有关)(?:单位|机构|科室|部门)$"
)
_ONE_CHARACTER_ENDINGS = tuple("科室处股部办局委组会站所队院校馆园社司厅庭团段厂店镇乡村县区市联")
_ENDINGS = (
    *_ONE_CHARACTER_ENDINGS,
    *("街道", "中心", "支部", "单位", "公司", "窗口", "机构", "企业", "政府", "科协", "基地", "银行"),
    *("超市", "机关", "科（室）", "专班"),
)
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程魏苏吕丁任沈姚卢"
    "姜崔钟谭陆汪范廖石贾韦夏付方邹熊白孟秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_DOUBLE_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "皇甫", "令狐", "慕容", "尉迟")
#: Names every bureau uses: the end of another name by chance, not a short form of it.
GENERIC_NAMES = frozenset(
    {"办公室", "综合科", "人事科", "财务科", "党支部", "委员会", "领导小组", "服务中心"}
)
_PERSON_LENGTH = 3
_SHORT_FORM = 3
_LONGEST_NAME = 100


@dataclass(frozen=True)
class NamedUnits:
    """What a cell names: departments with their roles, and the persons left out."""

    departments: tuple[NamedDepartment, ...]
    persons: tuple[str, ...]


def read_units(text: str, role: str = _RESPONSIBLE) -> NamedUnits:
    """Read the names of a cell; `role` holds where the text says nothing else.

    The canonical names are still the names themselves (see `with_canonical`).
    """
    found: dict[str, NamedDepartment] = {}
    persons: list[str] = []
    for clause in _parts(_CLAUSE, "\n".join(_joined_lines(_by_duty(text)))):
        if _PERSON_LABEL.match(clause.strip()):
            persons.append(clause.strip())
            continue
        clause_role, names = _clause(clause, role)
        for name, own_role in names:
            if is_person(name):
                persons.append(name)
            elif name not in found:
                found[name] = NamedDepartment(
                    name, name, own_role or clause_role, _GROUP.match(name) is not None
                )
    return NamedUnits(tuple(found.values()), tuple(persons))


def canonical_names(names: Iterable[str]) -> dict[str, str]:
    """Map every name of a document to the one its department goes by.

    Names joined by brackets are one; of those that also stand alone the longest is taken. A name that is the
    end of exactly one other (公证处, 银鑫公证处) is its short form.
    """
    alone: set[str] = set(dict.fromkeys(names))
    pairs = [match.groups() for name in alone if (match := _alias(name))]
    families = _families(pairs)
    mapping: dict[str, str] = {}
    for name in alone:
        match = _alias(name)
        family = families.get(match.group(1) if match else name, {name})
        standing = sorted((one for one in family if one in alone), key=lambda one: (-len(one), one))
        mapping[name] = standing[0] if standing else name
    backwards = sorted({name[::-1] for name in mapping.values() if not _GROUP.match(name)})
    for name, canonical in mapping.items():
        longer = _longer(name, backwards)
        if canonical == name and len(longer) == 1:
            mapping[name] = longer[0]
    return mapping


def is_short_form(name: str, canonical: str) -> bool:
    """Say whether `name` is the end of `canonical`, and not a word every bureau uses."""
    return _is_specific(name) and name != canonical and canonical.endswith(name)


def with_canonical(units: NamedUnits, canonical: dict[str, str]) -> tuple[NamedDepartment, ...]:
    """Put the canonical names in; two names of one department in a cell become one."""
    result: dict[str, NamedDepartment] = {}
    for department in units.departments:
        name = (
            group_name(department.name)
            if department.group
            else canonical.get(department.name, department.name)
        )
        result.setdefault(name, replace(department, canonical=name))
    return tuple(result.values())


def group_name(name: str) -> str:
    """Give a group its plain name: 各科（室） is 各科室."""
    return re.sub(r"[（(]([室处股办])[)）]", r"\1", name)


def _parts(parting: re.Pattern[str], text: str) -> Iterator[str]:
    """Part a text, but not inside brackets: 各县（市、区） is one name. One look at each sign, whatever the text."""
    opened: list[int] = []
    inside: list[tuple[int, int]] = []
    for match in _BRACKET.finditer(text):
        if match.group() in "（(":
            opened.append(match.start())
        elif opened:
            start = opened.pop()
            while inside and inside[-1][0] > start:
                inside.pop()
            inside.append((start, match.start()))
    begin = at = 0
    for match in parting.finditer(text):
        while at < len(inside) and inside[at][1] < match.start():
            at += 1
        if at < len(inside) and inside[at][0] < match.start():
            continue
        yield text[begin : match.start()]
        begin = match.end()
    yield text[begin:]


def _by_duty(text: str) -> str:
    """Take out what only says that each does its own part: 市财政局等部门按职责分工负责."""
    return _DUTY.sub("", text)


def _joined_lines(text: str) -> list[str]:
    """Join a name split over lines where its bracket opens or is still open on the next line."""
    lines: list[str] = []
    for raw in text.splitlines():
        line = _unspaced(raw.strip())
        if not line:
            continue
        if lines and len(lines[-1]) <= _LONGEST_NAME and (line[0] in "（(" or _is_open(lines[-1])):
            lines[-1] += line
        else:
            lines.append(line)
    return lines


def _unspaced(line: str) -> str:
    """Close up a spaced-out name (办 公 室)."""
    parts = line.split()
    return "".join(parts) if len(parts) > 1 and all(len(part) == 1 for part in parts) else line


def _is_open(line: str) -> bool:
    return line.count("（") + line.count("(") > line.count("）") + line.count(")")


def _clause(clause: str, role: str) -> tuple[str, list[tuple[str, str | None]]]:
    """Give the role of a clause and its names, each with a role of its own where it has one.

    In “A、B牵头、C配合” a word speaks for every name since the last such word; one in brackets only for
    its own.
    """
    text = clause.strip()
    prefix = _PREFIX.match(text)
    if prefix:
        role = _ROLE_WORDS.get(prefix.group(1) or "", role)
        text = text[prefix.end() :]
    names: list[tuple[str, str | None]] = []
    waiting: list[str] = []
    for part in _parts(_NAMES, text):
        inside = _ROLE_INSIDE.match(part)
        if inside:
            # 市住建局（市财政局配合）: those in brackets have a role of their own.
            names.append((inside["name"], None))
            names.extend((one, _ROLE_WORDS[inside["role"]]) for one in re.split(r"[、，,/]", inside["others"]) if one)
            continue
        name, own = _without_role(part)
        if own is not None and part[-1] in ")）":
            names.append((name, own))
            continue
        waiting.append(name)
        if own is not None:
            names.extend((one, own) for one in waiting)
            waiting = []
    names.extend((one, None) for one in waiting)
    plain = ((_AND_OTHERS.sub("", name), own) for name, own in names)
    return role, [(name, own) for name, own in plain if re.search(r"[一-鿿]", name)]


def _without_role(part: str) -> tuple[str, str | None]:
    match = _SUFFIX.search(part)
    if match is None:
        return part, None
    return part[: match.start()], _ROLE_WORDS[match.group(1) or match.group(2)]


def is_person(name: str) -> bool:
    """Say whether a word is the name of a person, not of a department."""
    bare = re.sub(r"[（(].*$", "", name)
    if bare.endswith(_ENDINGS) or _GROUP.match(name):
        return False
    if bare.startswith(_DOUBLE_SURNAMES):
        return len(bare) <= _PERSON_LENGTH + 1
    return 1 < len(bare) <= _PERSON_LENGTH and bare[0] in _SURNAMES


def _alias(name: str) -> re.Match[str] | None:
    """Match a name with another in brackets; 各科（室） and （含…） are no second names."""
    match = _BRACKETED.match(name)
    if match is None or _GROUP.match(name) or match.group(2).startswith(("含", "包括")):
        return None
    return match


def _families(pairs: Iterable[tuple[str, ...]]) -> dict[str, set[str]]:
    families: dict[str, set[str]] = {}
    for pair in pairs:
        family = set(pair)
        for name in pair:
            family |= families.get(name, set())
        for name in family:
            families[name] = family
    return families


def _is_specific(name: str) -> bool:
    return len(name) >= _SHORT_FORM and name not in GENERIC_NAMES and not _GROUP.match(name)


def _longer(name: str, backwards: list[str]) -> list[str]:
    """Give up to two names that end in `name`; `backwards` are all names, reversed and sorted."""
    if not _is_specific(name):
        return []
    end = name[::-1]
    place = bisect_right(backwards, end)
    return [other[::-1] for other in backwards[place : place + 2] if other.startswith(end)]


def is_unit(name: str) -> bool:
    """Say whether a word ends as names of departments do, or names a group of them."""
    bare = re.sub(r"[（(].*?[)）]$", "", name)
    return len(bare) > 1 and (bare.endswith(_ENDINGS) or _GROUP.match(bare) is not None)
