"""The figures of demands for files: photos and their captions, lengths of reports, films; the surest first."""

import re
from dataclasses import replace
from decimal import Decimal

from workflows.breakdown.bounds import AFTER, AT_LEAST, AT_MOST, BOUND, EACH, GAP, RANGE, WORDS, Figure, N, demand
from workflows.breakdown.shapes import NamedRequirement

PICTURE = r"(?:照片|图片|相片|实景图|效果图|截图|截屏|图像)"
_SHEETS = r"(?P<unit>[张幅帧组])(?!床|餐?桌|票|表|卡|纸|试卷|海报)"
_ALTERNATIVES = rf"(?:或者?{WORDS}{{1,8}}?{PICTURE}){{0,4}}"
_OF = r"(?:实景|现场|活动|工作|样报|宣传|原始|整改|相关|过程){0,2}"
_FILLER = r"(?:资料|材料|原件|附件)?(?:的?数量|张数|数)?(?:要求|应|须|需)?[:为(]?"
_FIELD = r"[一-鿿]{2,8}"
_FIELDS = rf"(?P<fields>{_FIELD}(?:{GAP}[、,，和及与]{GAP}{_FIELD}){{0,11}})"
_SAY = r"(?:注明|标明|标注|写明|载明|注释|备注|说明|包含|包括|体现)"
_REPORT = r"(?:报告|说明|总结|材料|文字|体会|文章|信息|稿件|简介|概况|综述)"
_TITLE_OF = r"(?:情况)?(?:说明|文字|总结|调研|心得)?"
_CHARACTERS = r"字(?!真言|方针|核心|社会主义)"
_DONE = r"(?:整改|整治|治理|改造|清理|活动|实施|建设|修缮|提升|处置|修复|施工|更换)?"
_BEFORE_AFTER = rf"(?:{_DONE}前(?:照片|图片)?[、和与及]?{_DONE}后的?(?:对比|比对|对照)?{WORDS}{{0,2}}?{PICTURE})"
FILM = r"(?:短视频|微视频|视频|录像|宣传片|微电影|影像)"
_LONG = r"(?P<unit>分钟|秒钟?)"
_FILMS = r"(?P<unit>[个段部条则份])"

#: What belongs to the captions of photos; read without commas between them too (时间地点人物).
_CAPTION_WORDS = r"(?:时间|地点|人物|主题|事由|背景|名称|内容|单位|人员|日期|活动|来源|拍摄者|作者|标题)"


def _photos(match: re.Match[str]) -> NamedRequirement:
    pictures = re.findall(PICTURE, match.group())
    only_screens = bool(pictures) and all(one in {"截图", "截屏"} for one in pictures)
    return demand(match, "screenshot" if only_screens else "photo_min", match["unit"])


def _both_photos(match: re.Match[str]) -> NamedRequirement:
    """Before and after, so many of each: twice as many in all."""
    one = demand(match, "photo_min", match["unit"])
    return replace(one, value=2 * (one.value or Decimal(1)))


def _some_photos(match: re.Match[str]) -> NamedRequirement:
    kind = "screenshot" if "截" in match.group() else "photo_min"
    return NamedRequirement(kind, None, "张", None, None, (), None, "", "")


def _report(match: re.Match[str]) -> NamedRequirement:
    # A bare length is a target: 480 characters for 说明报告500字 are no fault.
    return demand(match, "report_chars", "字", "about")


def _film(match: re.Match[str]) -> NamedRequirement:
    return demand(match, "video", match["unit"])


def _caption(match: re.Match[str]) -> NamedRequirement | None:
    fields = tuple(_caption_fields(match["fields"]))
    return NamedRequirement("caption_fields", None, None, None, None, fields, None, "", "") if fields else None


def _caption_text(match: re.Match[str]) -> NamedRequirement:
    """Read 每张配50字以内说明: the caption is one field, as long as that."""
    return replace(demand(match, "caption_fields", "字", "about"), fields=("文字说明",))


def _caption_fields(listed: str) -> list[str]:
    found: list[str] = []
    for part in re.split(r"[、,，和及与]", re.sub(r"\s+", "", listed)):
        field = re.sub(r"(?:等(?:要素|信息|内容|情况)?|要素|信息)$", "", part)
        if re.fullmatch(rf"(?:{_CAPTION_WORDS}){{3,}}", field):
            found.extend(re.findall(_CAPTION_WORDS, field))
        elif field:
            found.append(field)
    return list(dict.fromkeys(found))


_HUNDREDS = r"(?P<n>[1-9]\d{2,4}|[一二两三四五六七八九][千百]|\d(?:\.\d)?千)"
_SOME = r"(?:若干|多|数|几)"
_SPECS = (
    (
        _caption_text,
        rf"每[张幅](?:{WORDS}{{0,8}}?)(?:配|附|写|加){WORDS}{{0,4}}?{BOUND}{N}{RANGE}字{AFTER}的?(?:{WORDS}{{0,4}}?(?:说明|简介|文字))?",
    ),
    (
        _caption,
        rf"(?:每[张幅]|各张|所有)(?:{WORDS}{{0,8}}?)(?:需|要|须|应|均|都|并|附){{0,3}}{_SAY}(?:清楚)?[:(]?{_FIELDS}",
    ),
    (
        _caption,
        rf"{PICTURE}{WORDS}{{0,4}}?(?:需|要|须|应|均|都|并|必){{0,3}}(?:注明|标明|标注|写明|载明|说明|包含|体现)(?:清楚)?[:(]?{_FIELDS}",
    ),
    (_caption, rf"(?:需|要|须|应){{0,2}}(?:注明|标明|标注|写明|载明)(?:清楚)?[:(]?{_FIELDS}"),
    (_caption, rf"(?:附|配)(?:上)?(?:文字|图片|照片)?说明[:(]{GAP}(?:包括|包含|含|注明)?{_FIELDS}"),
    (_both_photos, rf"{_BEFORE_AFTER}{_FILLER}(?:至少)?各{BOUND}{N}{RANGE}{_SHEETS}{AFTER}{EACH}"),
    (_photos, rf"{BOUND}{N}{RANGE}{_SHEETS}(?!以){AFTER}的?{WORDS}{{0,10}}?{PICTURE}{_ALTERNATIVES}"),
    (_photos, rf"{BOUND}{N}{RANGE}{_SHEETS}(?P<above>以上|及以上)的?{WORDS}{{0,10}}?{PICTURE}"),
    (_photos, rf"(?P<per>[一-鿿]{{1,6}}(?:、[一-鿿]{{1,6}}){{1,5}}?){PICTURE}各{BOUND}{N}{RANGE}{_SHEETS}{AFTER}"),
    (
        _photos,
        rf"{_OF}{PICTURE}(?:等)?{_FILLER}{GAP}(?:各|(?P<per>每[一-鿿]{{1,6}}?))?{BOUND}{N}{RANGE}{_SHEETS}{AFTER}{EACH}",
    ),
    (_some_photos, rf"{PICTURE}{_SOME}[张幅]?|{_SOME}[张幅]{WORDS}{{0,6}}?{PICTURE}"),
    (_film, rf"{FILM}(?:{WORDS}{{0,4}}?|[(])(?:时长|长度|片长)?[:(]?{BOUND}{N}{RANGE}{_LONG}{AFTER}"),
    (_film, rf"{BOUND}{N}{RANGE}{_LONG}{AFTER}(?:长)?的?(?={WORDS}{{0,6}}?{FILM}\d)"),
    (_film, rf"{BOUND}{N}{RANGE}{_LONG}{AFTER}(?:长)?的?{WORDS}{{0,6}}?{FILM}"),
    (_film, rf"(?:时长|片长){WORDS}{{0,2}}?{BOUND}{N}{RANGE}{_LONG}{AFTER}"),
    (_film, rf"{BOUND}{N}{RANGE}{_FILMS}{AFTER}的?{WORDS}{{0,6}}?{FILM}"),
    (_film, rf"{FILM}(?:资料|材料)?[:(]?{BOUND}{N}{RANGE}{_FILMS}{AFTER}{EACH}"),
    (_report, rf"{_TITLE_OF}{_REPORT}[(,，:]?{GAP}(?:字数)?(?:一般|原则上)?{BOUND}{N}{RANGE}{_CHARACTERS}{AFTER}"),
    (_report, rf"{_TITLE_OF}{_REPORT}[(,，:]?{GAP}(?:字数)?{BOUND}{_HUNDREDS}{AFTER}{GAP}(?=[)，,、。；;]|$)"),
    (_report, rf"{BOUND}{N}{RANGE}{_CHARACTERS}{AFTER}的?(?:情况)?(?:{WORDS}{{0,6}}?){_REPORT}(?:报告|体会)?"),
    (_report, rf"(?:字数|篇幅)(?:{WORDS}{{0,4}}?)[:]?{BOUND}{N}{RANGE}(?:个)?字?{AFTER}"),
    (_report, rf"(?P<before>{AT_LEAST}|{AT_MOST}){GAP}{N}{RANGE}{_CHARACTERS}{AFTER}"),
    (_report, rf"{BOUND}{_HUNDREDS}{RANGE}{_CHARACTERS}{AFTER}"),
)
FILES = tuple(Figure(re.compile(pattern), make) for make, pattern in _SPECS)
