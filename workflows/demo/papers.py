"""Papers of the demonstration: scans of red-head documents, reports as PDF, plans as Word, tables, screenshots."""

import csv
from collections.abc import Sequence
from datetime import datetime
from html import escape
from io import BytesIO, StringIO
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from PIL import Image, ImageDraw, ImageFilter

from workflows.demo import writing
from workflows.demo.drawing import face
from workflows.demo.pictures import BEIJING, MARK, grained, jpeg, stamp
from workflows.dossier.render import Source, no_pictures, render

#: A4 at 150 dots per inch.
_PAGE = (1240, 1754)
_MARGIN = 150
_CLOSING = tuple("，。；：、）”")
_PAPER, _INK, _RED = (250, 248, 242), (40, 40, 44), (196, 34, 34)
_TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/>\
<Override PartName="/word/document.xml" \
ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
_RELATIONS = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" \
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" \
Target="word/document.xml"/></Relationships>"""
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STYLE = """
@page { size: A4; margin: 32mm 26mm; @bottom-center { content: "演示样例 · 云江市为虚构城市"; font-size: 9pt; color: #777 } }
h1 { font-size: 19pt; text-align: center; margin: 0 0 8mm } p { font-size: 13pt; line-height: 1.9; text-indent: 2em; margin: 0 }
footer { font-size: 13pt; text-align: right; margin-top: 12mm; line-height: 1.7 }
"""


def red_head(seed: str, department: str, title: str, at: datetime) -> bytes:
    """Draw the scanned first page of an official paper as a JPEG."""
    dice = Random(seed)  # noqa: S311 - dice for drawing, not for secrets
    page = Image.new("RGB", _PAGE, _PAPER)
    draw = ImageDraw.Draw(page)
    middle = _PAGE[0] // 2
    name = f"云江{department}文件"
    draw.text((middle, 290), name, font=face(min(96, 900 // len(name)), bold=True), fill=_RED, anchor="mm")
    year = at.astimezone(BEIJING).year
    draw.text((middle, 430), f"云样〔{year}〕{dice.randint(6, 88)} 号", font=face(34), fill=_INK, anchor="mm")
    draw.rectangle((_MARGIN, 490, _PAGE[0] - _MARGIN, 495), fill=_RED)
    low = _set(draw, f"关于做好“{title}”有关工作的通知", 570, 46, centred=True)
    _body(draw, writing.plan(department, title)[1:], low + 40)
    return _scanned(page, dice, at)


def sealed_page(seed: str, department: str, title: str, at: datetime) -> bytes:
    """Draw the scanned last page of an official paper, with a mark where a seal would be, as a JPEG."""
    dice = Random(seed)  # noqa: S311 - dice for drawing, not for secrets
    page = Image.new("RGB", _PAGE, _PAPER)
    draw = ImageDraw.Draw(page)
    low = _body(draw, writing.report(dice, department, title, 360)[1:], 200)
    draw.text((_PAGE[0] - 240, low + 130), f"云江{department}", font=face(34), fill=_INK, anchor="rm")
    local = at.astimezone(BEIJING)
    draw.text((_PAGE[0] - 240, low + 200), f"{local.year}年{local.month}月{local.day}日", font=face(34), fill=_INK, anchor="rm")
    page.paste(_RED, mask=_mark(page.size, (_PAGE[0] - 360, low + 165), dice))
    return _scanned(page, dice, at)


def screenshot(seed: str, department: str, title: str, at: datetime) -> bytes:
    """Draw the picture of a web column as a PNG."""
    dice = Random(seed)  # noqa: S311 - dice for drawing, not for secrets
    page = Image.new("RGB", (1440, 900), (246, 247, 249))
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 1440, 110), fill=(36, 84, 132))
    draw.text((60, 55), f"云江{department} · 创建专栏", font=face(44, bold=True), fill="white", anchor="lm")
    for line in range(6):
        top = 150 + line * 112
        draw.rounded_rectangle((60, top, 1380, top + 96), 10, fill="white")
        draw.rectangle((80, top + 16, 190, top + 80), fill=(dice.randint(120, 220), dice.randint(150, 210), dice.randint(160, 220)))
        draw.text((220, top + 34), f"{title[:22]}：身边故事之{'一二三四五六'[line]}", font=face(28, bold=True), fill=_INK, anchor="lm")
        draw.text((220, top + 72), f"{at.astimezone(BEIJING):%Y-%m-%d}　阅读 {dice.randint(120, 2400)}", font=face(22), fill=(130, 134, 140), anchor="lm")
    stamp(page)
    written = BytesIO()
    page.save(written, "PNG")
    return written.getvalue()


def report(seed: str, department: str, title: str, length: int, at: datetime) -> bytes:
    """Write a report of about `length` signs as PDF."""
    dice = Random(seed)  # noqa: S311 - dice for words, not for secrets
    # Heading, signature and the mark on the page count as well.
    paragraphs = writing.report(dice, department, title, length - 40)
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    local = at.astimezone(BEIJING)
    signed = f"{escape(department)}<br>{local.year}年{local.month}月{local.day}日"
    html = (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{escape(title[:24])}情况说明</h1>{text}<footer>{signed}</footer></body></html>"
    )
    return render(Source(html, at, no_pictures)).pdf


def document(title: str, paragraphs: Sequence[str]) -> bytes:
    """Write a Word document; the same text gives the same bytes."""
    lines = "".join(_paragraph(line) for line in (title, *paragraphs, f"（{MARK}，云江市为虚构城市）"))
    body = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="{_WORD}"><w:body>{lines}</w:body></w:document>'
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as package:
        for name, content in (("[Content_Types].xml", _TYPES), ("_rels/.rels", _RELATIONS), ("word/document.xml", body)):
            package.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return written.getvalue()


def table(rows: Sequence[Sequence[str]]) -> bytes:
    """Write a table as CSV, marked as UTF-8 so that spreadsheets open it right."""
    written = StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode("utf-8-sig")


def _paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{escape(text, quote=False)}</w:t></w:r></w:p>"


def _set(draw: ImageDraw.ImageDraw, text: str, top: int, size: int, *, centred: bool = False) -> int:
    """Set a text in lines; gives the lower edge."""
    per_line = (_PAGE[0] - 2 * _MARGIN) // size
    start = 0
    while start < len(text):
        # A line takes the mark that closes it along, so that none begins with one.
        stop = start + per_line + (text[start + per_line : start + per_line + 1] in _CLOSING)
        place, anchor = ((_PAGE[0] // 2, top), "ma") if centred else ((_MARGIN, top), "la")
        draw.text(place, text[start:stop], font=face(size, bold=centred), fill=_INK, anchor=anchor)
        top, start = top + int(size * 1.75), stop
    return top


def _body(draw: ImageDraw.ImageDraw, paragraphs: Sequence[str], top: int) -> int:
    for paragraph in paragraphs:
        top = _set(draw, f"　　{paragraph}", top, 32)
    return top


def _mark(size: tuple[int, int], centre: tuple[int, int], dice: Random) -> Image.Image:
    """Draw where ink lies: a plain ring with 演示样例 in it, unlike any real seal."""
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    x, y = centre
    draw.ellipse((x - 130, y - 130, x + 130, y + 130), outline=190, width=9)
    draw.text((x, y), MARK, font=face(50, bold=True), fill=190, anchor="mm")
    return mask.rotate(dice.uniform(-8, 8), center=(float(x), float(y)))


def _scanned(page: Image.Image, dice: Random, at: datetime) -> bytes:
    tilted = page.rotate(dice.uniform(-0.5, 0.5), resample=Image.Resampling.BICUBIC, fillcolor=_PAPER)
    image = grained(tilted.filter(ImageFilter.GaussianBlur(0.6)), dice, 0.04)
    stamp(image)
    return jpeg(image, at)
