"""Advice whose parts are meant for different departments: 1.市教育局：提供方案… 2.市民政局：提供台账….

What such a part asks for is asked of the departments it begins with, and of nobody else. Only departments of the row
count; a part that begins with nobody's name, or with a name the row does not know, is asked of all of them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from workflows.breakdown.demands import read_demands
from workflows.breakdown.shapes import NamedDepartment, NamedRequirement

_NUMBER = r"(?:(?P<dot>\d{1,2}[、.．])(?!\d)|(?P<half>\d{1,2}[)）])|(?P<round>[（(]\d{1,2}[)）])|(?P<circle>[①-⑳])|(?P<han>[一二三四五六七八九十]{1,3}、))"
_BEGINS = re.compile(rf"(?:^|(?<=[\n。；;]))\s{{0,3}}{_NUMBER}?\s{{0,3}}")
_LABEL = re.compile(r"(?:由)?(?P<names>[^:：\n。；;，,]{2,120}?)[:：]")
_DOES = re.compile(r"(?:由)?(?P<names>[^:：\n。；;]{2,160}?)(?:牵头负责|负责|牵头|承担|提供|报送|上报|落实)")
_BETWEEN = re.compile(r"[、，,/／\s]+|(?<=[科室处局委办部会院队所站心校])[和及与]")
_BRACKETS = re.compile(r"^(?P<outer>.{2,}?)[（(](?P<inner>.{2,}?)[)）]$")
_LEAST_SHORT = 3


@dataclass(frozen=True)
class _Part:
    """A part of the advice: where it begins, how its beginning is numbered, where its words start, whom it names."""

    start: int
    mark: str
    words: int
    names: tuple[str, ...]


def read_advice(advice: str, departments: Sequence[NamedDepartment]) -> tuple[NamedRequirement, ...]:
    """Give what the advice of a row asks for, and of whom where it says so; `departments` are those of the row."""
    parts = list(_parts(advice, _by_any_name(departments)))
    if not any(part.names for part in parts):
        return read_demands(advice, "cell")
    found: list[NamedRequirement] = list(read_demands(advice[: parts[0].start], "cell"))
    stops = [part.start for part in parts[1:]] + [len(advice)]
    for part, stop in zip(parts, stops, strict=True):
        end = _end(advice, part, stop)
        asked = read_demands(advice[part.words : end], "cell")
        found.extend(replace(one, departments=part.names) for one in asked)
        found.extend(read_demands(advice[end:stop], "cell"))
    return tuple(found)


def _end(advice: str, part: _Part, stop: int) -> int:
    """Give where a part ends: a numbered one at the next; a line 市教育局：照片2张 with its line, so that the last line is for all."""
    if part.mark or not part.names:
        return stop
    line = advice.find("\n", part.words, stop)
    return line if line >= 0 and advice[part.words : line].rstrip()[-1:] not in "：:" else stop


def _parts(advice: str, known: Mapping[str, str]) -> Iterator[_Part]:
    """Give the parts that begin with departments, and those numbered alike that do not."""
    found = [
        _Part(match.start(), str(match.lastgroup or ""), match.end(), _names_at(advice, match, known))
        for match in _BEGINS.finditer(advice)
    ]
    marks = {part.mark for part in found if part.names}
    yield from (part for part in found if part.names or (part.mark and part.mark in marks))


def _names_at(advice: str, begins: re.Match[str], known: Mapping[str, str]) -> tuple[str, ...]:
    """Give the departments a part begins with: 市教育局：, or behind a number also 由市教育局负责; empty unless all are known."""
    patterns = (_LABEL, _DOES) if begins.lastgroup else (_LABEL,)
    for pattern in patterns:
        match = pattern.match(advice, begins.end())
        words = [word for word in _BETWEEN.split(match["names"]) if word] if match else []
        names = [_known(word, known) for word in words]
        if names and all(names):
            return tuple(dict.fromkeys(name for name in names if name))
    return ()


def _known(word: str, known: Mapping[str, str]) -> str | None:
    """Give the department a word means: its name, a name in brackets, or the end of exactly one name."""
    match = _BRACKETS.match(word)
    for name in (word, *(match.groups() if match else ())):
        if name in known:
            return known[name]
    longer = {department for name, department in known.items() if name.endswith(word)}
    return longer.pop() if len(longer) == 1 and len(word) >= _LEAST_SHORT else None


def _by_any_name(departments: Sequence[NamedDepartment]) -> dict[str, str]:
    """Map every name of the departments of a row to the one each goes by."""
    known: dict[str, str] = {}
    for one in departments:
        match = _BRACKETS.match(one.name)
        for name in (one.name, one.canonical, *(match.groups() if match and not one.group else ())):
            known.setdefault(name, one.canonical)
    return known
