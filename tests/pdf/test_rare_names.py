"""Names with characters few fonts have: printed as text and stamped as outlines, the same in two independent readers."""

import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat
from sealed import NOW, Office

from workflows.dossier.pades import SignatureField, SignatureWords, sign, with_fields
from workflows.dossier.render import Source, no_pictures, render

NAME = "𬭎㛃䶮"  # GB 18030-2022, Unicode blocks E, A and A: 钅宏, 女吉, 龙天
#: Side of a square with one character, in millimetres and in pixels of the pictures.
SIDE, PIXELS = 20, 100
DPI = PIXELS * 25.4 / SIDE


@pytest.fixture(scope="module")
def paper(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a paper with the name in squares at its top, the sign for a missing character after it, and signed by its bearer."""
    squares = "".join(
        f'<p style="position: absolute; left: {number * SIDE}mm; top: 0; width: {SIDE}mm; font-size: {SIDE}mm; line-height: 1; margin: 0">{one}</p>'
        for number, one in enumerate(NAME + "〓")
    )
    head = '<html lang="zh-CN"><head><title>姓名</title><meta name="dcterms.created" content="2026-03-02T02:05:00Z"><meta name="dcterms.modified" content="2026-03-02T02:05:00Z">'
    html = f"{head}<style>@page {{ size: A4; margin: 0 }} body {{ margin: 0 }}</style></head><body>{squares}</body></html>"
    fields = [SignatureField("department_review", 0, (40.0, 400.0, 440.0, 520.0), "部门审核意见")]
    pdf = with_fields(render(Source(html, NOW, no_pictures)).pdf, fields)
    words = SignatureWords("同意", (NAME, "", ""), NOW)
    path = tmp_path_factory.mktemp("rare") / "paper.pdf"
    path.write_bytes(sign(pdf, "department_review", office.person(NAME), office.parts, words))
    return path


@pytest.fixture(scope="module")
def pictures(paper: Path) -> list[Image.Image]:
    """Draw the page with poppler and with MuPDF."""
    subprocess.run(["pdftoppm", "-r", str(DPI), "-gray", "-png", "-singlefile", paper, paper.with_name("poppler")], check=True)
    subprocess.run(["mutool", "draw", "-q", "-r", str(DPI), "-c", "gray", "-o", paper.with_name("mupdf.png"), paper], check=True)
    return [Image.open(paper.with_name(f"{tool}.png")).convert("L") for tool in ("poppler", "mupdf")]


def apart(one: Image.Image, other: Image.Image) -> float:
    """Say how far two pictures lie apart, in squares of five pixels: readers smooth lines differently."""
    small = [image.resize((image.width // 5, image.height // 5), Image.Resampling.BOX) for image in (one, other)]
    return ImageStat.Stat(ImageChops.difference(*small)).mean[0]


@pytest.mark.parametrize("number", range(len(NAME)))
def test_a_rare_character_is_printed_the_same_by_two_readers_and_is_no_box(pictures: list[Image.Image], number: int) -> None:
    one, other = (picture.crop((number * PIXELS, 0, (number + 1) * PIXELS, PIXELS)) for picture in pictures)
    missing = pictures[0].crop((len(NAME) * PIXELS, 0, (len(NAME) + 1) * PIXELS, PIXELS))
    blank = Image.new("L", one.size, 255)
    assert apart(one, blank) > 20
    assert apart(one, other) < 0.25 * apart(one, blank)
    assert apart(one, missing) > 20


def test_its_stamp_is_drawn_the_same_by_two_readers(pictures: list[Image.Image]) -> None:
    to_pixels = DPI / 72
    box = [int(value * to_pixels) for value in (40, 842 - 520, 440, 842 - 400)]
    one, other = (picture.crop((box[0], box[1], box[2], box[3])) for picture in pictures)
    blank = Image.new("L", one.size, 255)
    assert apart(one, blank) > 3
    assert apart(one, other) < 0.25 * apart(one, blank)


def test_the_name_can_be_copied_out_of_the_paper(paper: Path) -> None:
    for command in (["pdftotext", paper, "-"], ["mutool", "draw", "-q", "-F", "text", paper]):
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert NAME in "".join(text.split())
