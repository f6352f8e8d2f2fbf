"""Pages of files as pictures, and their words: drawn and read by the worker, once, within limits."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pikepdf
import pytest
from PIL import Image
from samples import WORD_NS, film, package, photo, scene, word
from sqlalchemy import select

from engine.unit_of_work import Sessions, reading, utc_now
from models.audit import AuditEvent
from models.evidence import StoredFile
from models.photos import FilePage, FileRendering, FileText
from workflows.evidence import office_pages, rendering
from workflows.evidence.confined import Limits, TooDemanding, Unreadable
from workflows.evidence.office_pages import OfficeLimits
from workflows.evidence.previews import make_preview
from workflows.evidence.vault import Vault
from workflows.evidence.words_of_files import read_words, words_at

_OFFICE = "application/vnd.openxmlformats-officedocument"
DOCX = f"{_OFFICE}.wordprocessingml.document"
XLSX = f"{_OFFICE}.spreadsheetml.sheet"
PPTX = f"{_OFFICE}.presentationml.presentation"
PDF = "application/pdf"

Keep = Callable[..., str]
needs_office = pytest.mark.skipif(office_pages.program() is None, reason="LibreOffice is not installed: office pages are not drawn here")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


@pytest.fixture
def keep(sessions: Sessions, vault: Vault) -> Keep:
    """Put a file into the vault and the database, as intake does."""

    def kept(content: bytes, kind: str, media_type: str) -> str:
        stored = vault.put_bytes(content)
        with sessions.begin() as session:
            facts = {"size": stored.size, "media_type": media_type, "kind": kind, "overlays": [], "created_at": utc_now()}
            session.add(StoredFile(sha256=stored.sha256, **facts))
        return stored.sha256

    return kept


def pdf(*texts: str) -> bytes:
    """Give a PDF with one page for each text, in Latin letters."""
    made, content = pikepdf.new(), io.BytesIO()
    font = made.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica))
    for text in texts:
        page = made.add_blank_page(page_size=(595, 842))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = made.make_stream(f"BT /F1 24 Tf 60 700 Td ({text}) Tj ET".encode())
    made.save(content)
    return content.getvalue()


def report(paragraphs: int) -> bytes:
    made, content = docx.Document(), io.BytesIO()
    for number in range(paragraphs):
        made.add_paragraph(f"第{number + 1}段：社区开展志愿服务活动，群众满意度达到百分之九十以上。")
    made.save(content)
    return content.getvalue()


def rendered(sessions: Sessions, sha256: str) -> FileRendering:
    with reading(sessions) as session:
        return session.get_one(FileRendering, sha256)


def pages(sessions: Sessions, sha256: str) -> list[int]:
    with reading(sessions) as session:
        return list(session.scalars(select(FilePage.number).where(FilePage.sha256 == sha256).order_by(FilePage.number)))


def text_of(sessions: Sessions, sha256: str) -> FileText:
    with reading(sessions) as session:
        return session.get_one(FileText, sha256)


def test_the_first_pages_of_a_pdf_are_drawn_and_the_others_when_asked_for(
    sessions: Sessions, vault: Vault, keep: Keep
) -> None:
    sha256 = keep(pdf(*(f"Page {number}" for number in range(1, 15))), "pdf", PDF)
    make_preview(sessions, vault, sha256)
    assert (rendered(sessions, sha256).state, rendered(sessions, sha256).pages) == ("drawn", 14)
    assert pages(sessions, sha256) == [1, 2, 3, 4, 5, 6]
    with reading(sessions) as session:
        states = rendering.page_states(session, sha256, 5, 4)
        assert [(one.number, one.picture_sha256 is not None) for one in states] == [(5, True), (6, True), (7, False), (8, False)]
        picture = states[0].picture_sha256
        assert picture is not None
        assert rendering.page_states(session, sha256, 15, 4) == []
    assert Image.open(io.BytesIO(vault.read(picture))).width == 1600
    rendering.draw_pages(sessions, vault, sha256, 13)
    rendering.draw_pages(sessions, vault, sha256, 13)
    assert pages(sessions, sha256) == [1, 2, 3, 4, 5, 6, 13, 14]


def test_a_page_is_asked_for_once(sessions: Sessions, vault: Vault, keep: Keep) -> None:
    sha256 = keep(pdf("One"), "pdf", PDF)
    with sessions.begin() as session:
        for page in (8, 9, 12, 13):
            rendering.ask_for(session, sha256, page)
        waiting = session.connection().exec_driver_sql("SELECT args FROM procrastinate_jobs WHERE task_name = 'page.draw'").all()
    assert sorted(row.args["first"] for row in waiting) == [7, 13]


@needs_office
@pytest.mark.parametrize(
    ("content", "media_type", "kind"),
    [(report(60), DOCX, "document"), (b"", XLSX, "table")],
    ids=["docx", "xlsx"],
)
def test_an_office_document_is_shown_as_pages(
    sessions: Sessions, vault: Vault, keep: Keep, content: bytes, media_type: str, kind: str
) -> None:
    sha256 = keep(content or table(), kind, media_type)
    make_preview(sessions, vault, sha256)
    found = rendered(sessions, sha256)
    assert (found.state, found.reason) == ("drawn", "")
    assert found.pages is not None
    assert found.pages >= 2
    assert found.pdf_sha256 is not None
    assert vault.read(found.pdf_sha256).startswith(b"%PDF")
    assert pages(sessions, sha256)[:2] == [1, 2]
    with reading(sessions) as session:
        assert session.get_one(StoredFile, sha256).thumbnail_sha256 is not None


def table() -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.title = "花名册"
    for number in range(120):
        book.active.append([number, f"人员{number}", "和平路社区"])
    book.save(content)
    return content.getvalue()


def test_without_libreoffice_the_words_are_shown_and_the_reason(
    sessions: Sessions, vault: Vault, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office_pages.shutil, "which", lambda _name: None)
    new, old = keep(report(2), "document", DOCX), keep(b"\xd0\xcf\x11\xe0", "document", "application/msword")
    for sha256 in (new, old):
        make_preview(sessions, vault, sha256)
        read_words(sessions, vault, sha256)
    assert (rendered(sessions, new).state, rendered(sessions, new).reason) == ("words", "no_office")
    assert text_of(sessions, new).text.startswith("第1段")
    assert (rendered(sessions, old).state, rendered(sessions, old).reason) == ("none", "no_office")
    assert (text_of(sessions, old).text, text_of(sessions, old).chars, text_of(sessions, old).reason) == ("", None, "no_office")


@needs_office
def test_libreoffice_is_ended_with_its_whole_family_when_its_time_is_over(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(report(40))
    office = office_pages.program()
    assert office is not None
    with pytest.raises(TooDemanding), office_pages.as_pdf(path, DOCX, office, OfficeLimits(wall_seconds=0)):
        pass
    own = [one for one in Path("/proc").glob("[0-9]*/cmdline") if b"jz-office-" in read(one)]
    assert own == []


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # it has ended meanwhile


def test_a_video_and_a_text_have_no_pages(sessions: Sessions, vault: Vault, keep: Keep) -> None:
    video, text = keep(film(), "video", "video/mp4"), keep("通知".encode(), "text", "text/plain")
    for sha256 in (video, text):
        make_preview(sessions, vault, sha256)
    assert (rendered(sessions, video).state, rendered(sessions, video).reason) == ("none", "video")
    assert (rendered(sessions, text).state, rendered(sessions, text).reason) == ("words", "plain")
    with reading(sessions) as session:
        assert set(session.scalars(select(AuditEvent.action))) == {"pages.counted"}


@pytest.mark.parametrize(
    ("content", "media_type", "text", "chars", "bare"),
    [
        ("创建文明城市，2026年达到95.5%。".encode(), "text/plain", "创建文明城市，2026年达到95.5%。", 13, 11),
        ("“你好”——Word 2021 版".encode("gb18030"), "text/plain", "“你好”——Word 2021 版", 9, 5),
        (word("社区开展活动。", "满意度 98%"), DOCX, "社区开展活动。\n满意度 98%", 11, 10),
        (pdf("Civilised city 2026 report of the office"), PDF, "Civilised city 2026 report of the office", 7, 7),
    ],
    ids=["text", "gb18030", "word", "pdf"],
)
def test_words_are_read_and_counted_as_word_counts_them(
    sessions: Sessions, vault: Vault, keep: Keep, content: bytes, media_type: str, text: str, chars: int, bare: int
) -> None:
    sha256 = keep(content, "text" if media_type == "text/plain" else "document", media_type)
    read_words(sessions, vault, sha256)
    read_words(sessions, vault, sha256)
    found = text_of(sessions, sha256)
    assert (found.text.strip(), found.chars, found.chars_bare, found.cut, found.reason) == (text, chars, bare, False, "")
    with reading(sessions) as session:
        assert session.get_one(StoredFile, sha256).text_chars == chars
        assert list(session.scalars(select(AuditEvent.action))) == ["words.read"]


def test_the_cells_of_a_table_and_the_slides_of_a_talk_are_read(sessions: Sessions, vault: Vault, keep: Keep) -> None:
    sheet = keep(table(), "table", XLSX)
    read_words(sessions, vault, sheet)
    assert text_of(sessions, sheet).text.splitlines()[:2] == ["花名册", "0\t人员0\t和平路社区"]
    space = "http://schemas.openxmlformats.org/drawingml/2006/main"
    slides = {
        f"ppt/slides/slide{number}.xml": f'<p:sld xmlns:p="p" xmlns:a="{space}"><a:p><a:r><a:t>第{number}张</a:t></a:r></a:p></p:sld>'.encode()
        for number in (1, 2, 10)
    }
    talk = keep(package("pptx", body="<p/>", parts=slides), "document", PPTX)
    read_words(sessions, vault, talk)
    assert text_of(sessions, talk).text.split() == ["第1张", "第2张", "第10张"]


def test_a_scan_says_that_it_holds_no_text(sessions: Sessions, vault: Vault, keep: Keep) -> None:
    content = io.BytesIO()
    scene().save(content, "PDF")
    sha256 = keep(content.getvalue(), "pdf", PDF)
    read_words(sessions, vault, sha256)
    found = text_of(sessions, sha256)
    assert (found.text, found.reason) == ("", "scan")
    with reading(sessions) as session:
        assert session.get_one(StoredFile, sha256).text_chars is None


ENTITIES = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {name} "{("&" + before + ";") * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def with_part(packed: bytes, name: str, part: bytes) -> bytes:
    """Give a package with one part exchanged."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            new.writestr(one, part if one == name else old.read(one))
    return content.getvalue()


def hostile() -> list[tuple[str, bytes, str]]:
    body = f'{ENTITIES}]><w:document xmlns:w="{WORD_NS}"><w:body><w:p><w:r><w:t>&i;</w:t></w:r></w:p></w:body></w:document>'
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cells = '<c t="inlineStr"><is><t>&i;</t></is></c>' * 50
    sheet = f'{ENTITIES.replace("DOCTYPE w", "DOCTYPE worksheet")}]><worksheet xmlns="{space}"><sheetData><row>{cells}</row></sheetData></worksheet>'
    bomb, packed = pikepdf.new(), io.BytesIO()
    page = bomb.add_blank_page(page_size=(595, 842))
    page.Contents = bomb.make_stream(b"0 0 1 1 re f " * 4_000_000)
    bomb.save(packed, compress_streams=True)
    return [
        ("entities in Word", package(body=body), DOCX),
        ("entities in Excel", with_part(table(), "xl/worksheets/sheet1.xml", sheet.encode()), XLSX),
        ("half a Word document", report(3)[:3000], DOCX),
        ("half an Excel table", table()[:3000], XLSX),
        ("half a PDF", pdf("One")[:400], PDF),
        ("a PDF that swells", packed.getvalue(), PDF),
        ("no PDF", b"%PDF-1.7", PDF),
    ]


@pytest.mark.parametrize(("content", "media_type"), [one[1:] for one in hostile()], ids=[one[0] for one in hostile()])
def test_a_file_made_to_do_harm_only_ends_its_own_reading(tmp_path: Path, content: bytes, media_type: str) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    found = words_at(path, media_type, Limits(memory=1 << 29, cpu_seconds=10, wall_seconds=30))
    assert len(found.text) < 10_000
    assert found.reason in {"unreadable", "too_demanding", "scan"}


def test_a_page_too_large_to_draw_is_drawn_small_and_a_broken_one_ends_the_drawing(tmp_path: Path) -> None:
    made = pikepdf.new()
    made.add_blank_page(page_size=(14_000, 14_000))
    made.add_blank_page(page_size=(10, 14_000))
    made.save(tmp_path / "poster.pdf")
    pictures = [Image.open(io.BytesIO(one)) for one in rendering._drawn(tmp_path / "poster.pdf", 1, 6)]
    assert [one.width * one.height <= 12_100_000 for one in pictures] == [True, True]
    assert pictures[0].size == (1600, 1600)
    (tmp_path / "broken.pdf").write_bytes(photo())
    with pytest.raises(Unreadable):
        rendering._drawn(tmp_path / "broken.pdf", 1, 6)
