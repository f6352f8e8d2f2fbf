"""The finished papers as people see them: in two independent readers, every Chinese word in place."""

import re
import subprocess
from pathlib import Path

import pikepdf.pdfa
import pytest
from PIL import Image, ImageChops, ImageStat

import cast as people
from cast import Cast
from models.dossier import Dossier
from papers import dossiers, pdf_of, submissions, to_archive
from workflows.dossier.dossier_contents import contents_of
from workflows.dossier.dossiers import draw_dossier
from workflows.dossier.sheets import render_sheet
from workflows.lifecycle.archive import archive_case

DPI = 60


def drawn(tool: str, pdf: Path) -> list[Image.Image]:
    """Draw every page in grey with poppler or with MuPDF."""
    folder = pdf.parent / tool
    folder.mkdir()
    command = {
        "poppler": ["pdftoppm", "-r", str(DPI), "-gray", "-png", str(pdf), str(folder / "page")],
        "mupdf": ["mutool", "draw", "-q", "-r", str(DPI), "-c", "gray", "-o", str(folder / "page-%02d.png"), str(pdf)],
    }[tool]
    subprocess.run(command, check=True, capture_output=True)
    return [Image.open(path).convert("L") for path in sorted(folder.iterdir())]


def text_of(pdf: Path) -> str:
    """Give the text of a paper without blanks, as a reader would copy it."""
    run = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True)
    return re.sub(r"\s", "", run.stdout)


def text_by_mupdf(pdf: Path) -> str:
    run = subprocess.run(["mutool", "draw", "-q", "-F", "text", pdf], capture_output=True, text=True, check=True)
    return re.sub(r"\s", "", run.stdout)


def coarse(page: Image.Image) -> Image.Image:
    """Give a page in squares of ten pixels: readers smooth letters and thin lines differently."""
    return page.resize((page.width // 10, page.height // 10), Image.Resampling.BOX)


def distance(one: Image.Image, other: Image.Image) -> float:
    return ImageStat.Stat(ImageChops.difference(coarse(one), coarse(other))).mean[0]


def assert_alike(pdf: Path) -> None:
    """Both readers draw something on every page, and their pages are far nearer to each other than to a blank one."""
    for one, other in zip(drawn("poppler", pdf), drawn("mupdf", pdf), strict=True):
        blank = Image.new("L", one.size, 255)
        apart = distance(one, other.resize(one.size))
        assert distance(blank, one) > 1
        assert apart < 0.5 * distance(blank, one)


@pytest.fixture
def archived(cast: Cast, tmp_path: Path) -> tuple[Path, Dossier]:
    archive_case(cast.sessions, cast.facilities, to_archive(cast, people.STREETS, ["甲科", "乙科"]))
    path = tmp_path / "dossier.pdf"
    path.write_bytes(pdf_of(cast, people.STREETS))
    return path, dossiers(cast)[0]


WORDS = ("卷宗", "0001-WS·2026-D30-CWB-0001", "CJ-2026-0001", "保管期限", "30年", "卷内目录", "任务要求与核对结果", "街面整洁，无乱贴乱画",
         "审核审批记录", "赵敏", "创文办审批", "材料齐全，同意", "佐证材料", "和平路整治1.jpg", "时间：2026年3月2日", "存证链摘要", "任务下达",
         "编定档号", "卷内备考表")  # fmt: skip


def test_a_dossier_reads_the_same_in_two_readers(archived: tuple[Path, Dossier]) -> None:
    pdf, dossier = archived
    for text in (text_of(pdf), text_by_mupdf(pdf)):
        assert [word for word in WORDS if word not in text] == []
        assert f"第{dossier.pages}页共{dossier.pages}页" in text
    assert_alike(pdf)


def test_a_sealed_dossier_breaks_no_rule_of_pdf_a(archived: tuple[Path, Dossier]) -> None:
    pdf, _ = archived
    report = pikepdf.pdfa.validate_written(pdf, "3b")
    # What the validator has no opinion on (fields, signatures) is no violation.
    assert [str(finding) for finding in report.findings if finding.kind == "violation"] == []
    assert subprocess.run(["qpdf", "--check", pdf], capture_output=True, check=False).returncode == 0


def test_the_list_of_contents_names_the_page_of_every_piece(archived: tuple[Path, Dossier]) -> None:
    pdf, dossier = archived
    pages = [re.sub(r"\s", "", page) for page in _pages(pdf)]
    rows = re.findall(r"(?m)^\s*\d+\s+(\S.*?)\s{2,}\S+.*?(\d{8})\s+(\d+)\s*$", _pages(pdf)[1])
    assert len(rows) >= 4
    for title, _, number in rows:
        assert re.sub(r"\s", "", title) in pages[int(number) - 1]
    assert dossier.pages == len(pages)


def _pages(pdf: Path) -> list[str]:
    run = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True)
    return run.stdout.split("\f")[:-1]


def test_a_sheet_reads_the_same_in_two_readers(cast: Cast, tmp_path: Path) -> None:
    to_archive(cast, people.STREETS, ["甲科", "乙科"])
    first = submissions(cast, people.STREETS)[0]
    sheet = render_sheet(cast.sessions, cast.facilities, first.id)
    pdf = tmp_path / "sheet.pdf"
    pdf.write_bytes(cast.facilities.vault.read(sheet.current_sha256))
    words = ("示例市创建文明城市办公室", "佐证材料审批单", "CJ-2026-0001", "第1轮", "街面秩序", "甲科（责任）", "钱立", "至少2张照片", "符合")
    for text in (text_of(pdf), text_by_mupdf(pdf)):
        assert [word for word in words if word not in text] == []
        assert first.snapshot["evidence"][0]["sha256"][:16] in text
    assert_alike(pdf)


def test_a_dossier_drawn_again_from_the_same_facts_has_the_same_bytes(cast: Cast) -> None:
    archive_case(cast.sessions, cast.facilities, to_archive(cast, people.POSTERS, ["丙科"]))
    with cast.reading() as session:
        contents = contents_of(session, cast.facilities.organisation, session.merge(cast.case(people.POSTERS), load=True))
    vault = cast.facilities.vault
    assert draw_dossier(vault, contents).pdf == draw_dossier(vault, contents).pdf
