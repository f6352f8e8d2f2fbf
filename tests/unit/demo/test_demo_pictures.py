"""Pictures and papers of the demonstration: each another one, always the same one, and never to be taken for real."""

import csv
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from workflows.demo import papers, writing
from workflows.demo.files import Order, make
from workflows.demo.pictures import SCENES, photograph
from workflows.evidence.vault import Vault

TAKEN = datetime(2026, 10, 12, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize("scene", SCENES)
def test_a_photograph_has_size_time_and_mark(scene: str) -> None:
    data = photograph(scene, "seed", TAKEN)
    assert 100_000 < len(data) < 400_000
    image = Image.open(BytesIO(data))
    assert (image.format, image.size) == ("JPEG", (1600, 1200))
    exif = image.getexif().get_ifd(0x8769)
    assert (exif[0x9003], exif[0x9011]) == ("2026:10:12 10:03:00", "+08:00")
    _assert_marked(image, (1080, 1110, 1570, 1170))


def test_the_same_seed_gives_the_same_picture_and_another_one_another() -> None:
    assert photograph("street", "1", TAKEN) == photograph("street", "1", TAKEN)
    assert photograph("street", "1", TAKEN) != photograph("street", "2", TAKEN)


def test_a_scene_nobody_drew_is_refused() -> None:
    with pytest.raises(KeyError):
        photograph("moon", "1", TAKEN)


@pytest.mark.parametrize("draw", [papers.red_head, papers.sealed_page, papers.screenshot])
def test_scans_are_marked_and_the_same_every_time(draw: type[papers.red_head]) -> None:
    data = draw("seed", "市教育局", "文明校园创建", TAKEN)
    assert data == draw("seed", "市教育局", "文明校园创建", TAKEN)
    image = Image.open(BytesIO(data)).convert("RGB")
    wide, tall = image.size
    _assert_marked(image, (wide - 400, tall - 80, wide - 30, tall - 30))


@pytest.mark.parametrize("length", [200, 300, 400, 500, 600])
def test_a_report_is_about_as_long_as_asked(tmp_path: Path, length: int) -> None:
    order = Order("report", "情况说明.pdf", "市教育局", "课后服务全覆盖", TAKEN, "", length)
    made = make(Vault(tmp_path), order)
    assert made.file.kind == "pdf"
    assert abs((made.file.text_chars or 0) - length) <= length * 0.2
    assert made.view is not None


def test_documents_and_tables_say_what_they_are() -> None:
    document = papers.document("市教育局实施方案", writing.plan("市教育局", "课后服务全覆盖"))
    with ZipFile(BytesIO(document)) as package:
        assert "演示样例" in package.read("word/document.xml").decode()
    rows = list(csv.reader(StringIO(papers.table([["云江市统计表（演示样例）", ""], ["合计", "3"]]).decode("utf-8-sig"))))
    assert rows == [["云江市统计表（演示样例）", ""], ["合计", "3"]]


def test_the_total_of_a_table_is_the_sum_of_its_lines(tmp_path: Path) -> None:
    made = make(Vault(tmp_path), Order("table", "花名册.csv", "市卫健委", "志愿服务", TAKEN))
    rows = list(csv.reader(StringIO(Vault(tmp_path).read(made.stored.sha256).decode("utf-8-sig"))))
    assert int(rows[-1][2]) == sum(int(row[2]) for row in rows[2:-1])


def _assert_marked(image: Image.Image, plate: tuple[int, int, int, int]) -> None:
    """See light letters on a dark plate in the corner."""
    shades = image.convert("L").crop(plate).histogram()
    total = sum(shades)
    assert sum(shades[200:]) > total * 0.03
    assert sum(shades[:140]) > total * 0.4
