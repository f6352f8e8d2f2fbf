"""HTML to PDF/A-3b: sound, repeatable, closed to the outside."""

import re
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pikepdf
import pikepdf.pdfa
import pytest
from PIL import Image

from engine.errors import Broken
from papers import digest, photo
from workflows.dossier import layout
from workflows.dossier.pictures import view_of
from workflows.dossier.render import Attached, NotArchival, Source, check_rendering, no_pictures, render
from workflows.evidence.vault import Vault

AT = datetime(2026, 3, 2, 2, 5, tzinfo=UTC)
HEAD = (
    '<html lang="zh-CN"><head><title>测试</title><meta name="dcterms.created" content="2026-03-02T02:05:00Z">'
    '<meta name="dcterms.modified" content="2026-03-02T02:05:00Z"></head>'
)


def page(body: str, **more: object) -> Source:
    return Source(f"{HEAD}<body>{body}</body></html>", AT, **{"pictures": no_pictures, **more})  # type: ignore[arg-type]


def test_a_document_with_a_photo_and_attachments_is_pdf_a_3b_without_findings() -> None:
    view = view_of(photo(1))
    shown = '<img style="image-rendering: crisp-edges; width: 50mm" alt="照片" src="picture:abc">'
    files = [Attached("数据.json", b"{}", "application/json", "Data", "目录"), Attached("a.pdf", b"%PDF-1.7", "application/pdf", "Source", "单")]
    rendered = render(page(f"<h1>卷宗</h1>{shown}", pictures={"abc": view}.__getitem__, attachments=files))
    report = pikepdf.pdfa.validate_written(BytesIO(rendered.pdf), "3b")
    assert [str(finding) for finding in report.findings] == []
    with pikepdf.open(BytesIO(rendered.pdf)) as pdf:
        assert {name: spec.get_file().read_bytes() for name, spec in pdf.attachments.items()} == {"数据.json": b"{}", "a.pdf": b"%PDF-1.7"}
        assert len(pdf.Root.AF) == 2
        assert bool(pdf.Root.MarkInfo.Marked)


def test_a_document_that_breaks_pdf_a_is_not_handed_on() -> None:
    # Without crisp edges a picture asks readers to interpolate, which PDF/A forbids (6.2.8-3).
    with pytest.raises(NotArchival, match=r"6\.2\.8"):
        render(page('<img alt="" style="width: 50mm" src="picture:abc">', pictures={"abc": view_of(photo(1))}.__getitem__))


def test_the_same_input_gives_the_same_bytes() -> None:
    source = page("<p>同样的内容</p>", attachments=[Attached("a.json", b"{}", "application/json", "Data", "a")])
    assert digest(render(source).pdf) == digest(render(source).pdf)


def test_only_the_shipped_faces_are_embedded(tmp_path: Path) -> None:
    path = tmp_path / "faces.pdf"
    path.write_bytes(render(page("<p>常用字 <b style='font-weight: 600'>粗</b> 生僻字 㛃𬱖 Latin 123 ①≥✓</p>")).pdf)
    listed = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert len(listed) == 3
    for line in listed:
        assert re.match(r"[A-Z]{6}\+Juanzong-Serif\S* +CID TrueType +Identity-H +yes yes yes", line), line


@pytest.mark.parametrize("address", ["file:///etc/hostname", "http://127.0.0.1:9/x.png", "picture:unknown", "face:../x", "/etc/hostname"])
@pytest.mark.parametrize("body", ['<img alt="" src="{}">', '<link rel="attachment" href="{}">', '<p style="background: url({})">x</p>'])
def test_nothing_is_fetched_that_was_not_given(address: str, body: str) -> None:
    try:
        rendered = render(page(body.format(address)))
    except LookupError:
        return
    with pikepdf.open(BytesIO(rendered.pdf)) as pdf:  # an address without a scheme is dropped
        assert len(pdf.attachments) == 0
        assert not any(isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image" for one in pdf.objects)


def test_a_damaged_picture_is_told_from_a_missing_one(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    stored = vault.put_bytes(view_of(photo(1)))
    path = vault.path(stored.sha256)
    path.chmod(0o600)
    path.write_bytes(b"something else")
    with pytest.raises(Broken):
        render(page(f'<img alt="" src="picture:{stored.sha256}">', pictures=vault.read))


def test_places_are_told_in_points_from_the_lower_left_corner() -> None:
    body = '<div id="box" style="position: absolute; left: 10mm; top: 20mm; width: 30mm; height: 15mm"></div>'
    rendered = render(page(f"<style>@page {{ size: A4; margin: 0 }} body {{ margin: 0 }}</style>{body}"))
    millimetre = 72 / 25.4
    expected = [10 * millimetre, (297 - 35) * millimetre, 40 * millimetre, (297 - 20) * millimetre]
    assert rendered.boxes["box"].page == 0
    assert list(rendered.boxes["box"].corners) == pytest.approx(expected, abs=0.5)


def test_what_people_wrote_cannot_become_markup() -> None:
    hostile = "<script>alert(1)</script><img src='file:///etc/passwd'>{{ 7*7 }}"
    piece = {"matter": _Lenient(hostile), "round": _Lenient(hostile), "organisation": hostile, "fields": ["a", "b"]}
    html = layout.html("sheet.html", **piece)
    assert "<script>" not in html
    assert "<img" not in html
    assert "{{ 7*7 }}" in html


class _Lenient:
    """Gives the same hostile text for every word of a matter and a round, and nothing for its lists."""

    number = 1
    role = "lead"
    points = None
    checks = pieces = links = ()
    submitted_at = AT

    def __init__(self, words: str) -> None:
        self.title = self.indicator = self.rule = self.no = self.department = self.submitter = self.statement = words


def test_a_view_is_small_upright_and_without_its_metadata() -> None:
    turned = Image.new("RGB", (4000, 3000), "red")
    exif = turned.getexif()
    exif[0x0112] = 6  # taken with the camera on its side
    exif.get_ifd(0x8825)[1] = "N"
    out = BytesIO()
    turned.save(out, "JPEG", exif=exif)
    with Image.open(BytesIO(view_of(out.getvalue()))) as view:
        assert (view.format, view.size) == ("JPEG", (1200, 1600))
        assert len(view.getexif()) == 0


def test_a_machine_without_the_fast_subsetter_is_told_which_package_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    from weasyprint.text import ffi

    check_rendering()
    monkeypatch.setattr(ffi, "harfbuzz_subset", None)
    with pytest.raises(RuntimeError, match="libharfbuzz-subset0"):
        check_rendering()
