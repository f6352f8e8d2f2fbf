"""Papers, tables, text and films as people hand them in: what is read from them, and what is refused."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pikepdf
import pytest
from samples import WORD_NS, compound, film, package, photo, word

from engine.errors import Invalid
from workflows.evidence.confined import Limits
from workflows.evidence.examiner import main
from workflows.evidence.intake import ExaminedFile, clean_name, ending_of, examine, understood

REPORT = "我局开展文明创建活动3次，参与志愿者120人。"  # 19 signs and 2 numbers, as Word's status bar counts


def look(tmp_path: Path, content: bytes, name: str) -> ExaminedFile:
    # What the child process of `examine` does, without the child.
    path = tmp_path / "upload"
    path.write_bytes(content)
    return understood(main([str(path), ending_of(name)]), name)


def pdf(pages: int = 1, contents: bytes = b"", **options: object) -> bytes:
    made, content = pikepdf.new(), io.BytesIO()
    for _ in range(pages):
        made.add_blank_page(page_size=(595, 842))
    if contents:
        made.pages[0].Contents = made.make_stream(contents)
    made.save(content, **options)
    return content.getvalue()


def pdf_with_text() -> bytes:
    from weasyprint import HTML

    return HTML(string=f"<p>{REPORT}</p><p style='page-break-before: always'>第二页 two words</p>").write_pdf()


@pytest.mark.parametrize(
    ("content", "name", "media_type", "kind"),
    [
        (word("报告"), "报告.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document"),
        (package("xlsx"), "名单.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "table"),
        (package("pptx"), "a.pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "document"),
        (compound("WordDocument", "1Table"), "方案.doc", "application/msword", "document"),
        (compound("WordDocument", "WpsCustomData"), "方案.wps", "application/msword", "document"),
        (compound("Workbook"), "名单.xls", "application/vnd.ms-excel", "table"),
        (compound("Workbook"), "名单.et", "application/vnd.ms-excel", "table"),
        (compound("PowerPoint Document", "Current User"), "a.ppt", "application/vnd.ms-powerpoint", "document"),
        ("编号,名称\n1,横幅\n".encode("gb18030"), "名单.csv", "text/csv", "table"),
        (pdf(), "红头文件.pdf", "application/pdf", "pdf"),
        (b"scanned\n" + pdf(), "扫描.pdf", "application/pdf", "pdf"),
        (film(), "现场.mp4", "video/mp4", "video"),
        (film(b"qt  "), "IMG_0042.MOV", "video/quicktime", "video"),
        (film()[20:], "旧录像.mov", "video/quicktime", "video"),  # without `ftyp`, as before it was invented
    ],
)
def test_the_usual_files_are_taken_as_what_they_are(
    tmp_path: Path, content: bytes, name: str, media_type: str, kind: str
) -> None:
    found = look(tmp_path, content, name)
    assert (found.media_type, found.kind) == (media_type, kind)
    assert examine(tmp_path / "upload", name) == found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_is_measured_as_people_count_it(tmp_path: Path, encoding: str) -> None:
    found = look(tmp_path, f"{REPORT}\n".encode(encoding), "报告.txt")
    assert (found.media_type, found.kind, found.text_chars) == ("text/plain", "text", 21)


@pytest.mark.parametrize(
    ("text", "chars"),
    [
        ("文明", 2),
        ("文明，城市。", 6),
        ("civilised city", 2),
        ("2026年3月", 4),
        ("满意率95.5%以上", 6),
        ("“文明”——城市", 8),
        (" \u3000\n\t", 0),
    ],
)
def test_every_chinese_sign_counts_one_and_so_does_every_word_or_number(tmp_path: Path, text: str, chars: int) -> None:
    assert look(tmp_path, (text + "\n").encode(), "a.txt").text_chars == chars


def test_a_word_cut_into_runs_counts_once(tmp_path: Path) -> None:
    assert look(tmp_path, word(REPORT, "civilised city"), "报告.docx").text_chars == 23


def test_deleted_and_doubled_text_of_a_document_is_not_counted(tmp_path: Path) -> None:
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    body = (
        f'<w:document xmlns:w="{WORD_NS}" xmlns:mc="{mc}"><w:body><w:p><w:del><w:r><w:delText>旧的</w:delText></w:r></w:del>'
        "<w:r><w:t>新的</w:t></w:r><!-- 批注 --><w:r><w:instrText>PAGE</w:instrText></w:r><mc:AlternateContent><mc:Choice>"
        "<w:t>框内</w:t></mc:Choice><mc:Fallback><w:t>框内</w:t></mc:Fallback></mc:AlternateContent></w:p></w:body></w:document>"
    )
    assert look(tmp_path, package(body=body), "a.docx").text_chars == 4


def test_pages_and_text_of_a_pdf_are_counted(tmp_path: Path) -> None:
    found = look(tmp_path, pdf_with_text(), "报告.pdf")
    assert (found.pages, found.text_chars) == (2, 26)


def test_a_scan_has_pages_and_no_text(tmp_path: Path) -> None:
    found = look(tmp_path, pdf(3), "扫描.pdf")
    assert (found.pages, found.text_chars) == (3, 0)


@pytest.mark.parametrize(
    ("content", "name", "truth"),
    [
        (photo(), "a.png", "it is a JPEG photo. Give it the ending .jpg"),
        (photo(), "照片", "it is a JPEG photo. Give it the ending .jpg"),
        (photo(kind="WEBP"), "a.jpg", "it is a WebP picture"),
        (pdf(), "a.jpg", "it is a PDF"),
        (photo(), "a.pdf", "it is a JPEG photo"),
        (word("报告"), "a.doc", "it is a Word document. Give it the ending .docx"),
        (compound("WordDocument"), "a.docx", "it is a Word or WPS document. Give it the ending .doc"),
        (compound("Workbook"), "a.doc", "it is an Excel or WPS table"),
        (compound("PowerPoint Document"), "a.doc", "it is a PowerPoint or WPS file"),
        (package("xlsx"), "a.docx", "it is an Excel table"),
        (package("pptx"), "a.docx", "it is a PowerPoint file"),
        (b"hello\n", "a.jpg", "it is plain text"),
        (film(), "a.jpg", "it is an MP4 video"),
    ],
)
def test_a_file_with_the_wrong_ending_is_told_what_it_is(tmp_path: Path, content: bytes, name: str, truth: str) -> None:
    with pytest.raises(Invalid) as refused:
        look(tmp_path, content, name)
    assert str(refused.value).startswith(f"{name} is not what its name says: {truth}")


def archive(**entries: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return content.getvalue()


MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00" + bytes(100), "照片.jpg", "is a program"),
        (b"\x7fELF\x02\x01\x01\x00" + bytes(100), "a.pdf", "is a program"),
        (b"#!/bin/sh\nrm -rf /\n", "a.txt", "is a program"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "a.svg", "is a web page or a drawing"),
        (b"\n  <svg onload='alert(1)'>", "a.txt", "is a web page or a drawing"),
        ("\ufeff<!DOCTYPE html><script>".encode("utf-16"), "a.txt", "is a web page or a drawing"),
        (b"<HTML><body>", "a.csv", "is a web page or a drawing"),
        (archive(a=b"1"), "a.docx", "is an archive"),
        (archive(a=b"1"), "a.zip", "is an archive"),
        (b"Rar!\x1a\x07\x01\x00" + bytes(50), "a.rar", "is an archive"),
        (archive(**{"OFD.xml": b"<ofd/>"}), "a.ofd", "is an OFD document"),
        (b"GIF89a" + bytes(50), "a.gif", "is a picture of a kind"),
        (b"II*\x00" + bytes(50), "a.tif", "is a picture of a kind"),
        (b"{\\rtf1 text}", "a.doc", "is an RTF document"),
        (b"\x00\x00\x00\x18ftypavif" + bytes(50), "a.avif", "is a picture of a kind"),
        (b"\x00\x00\x00\x18ftypmif1\0\0\0\0avifmif1" + bytes(50), "a.heic", "is a picture of a kind"),
        (film(b"qt  "), "a.mp4", "is not what its name says: it is a QuickTime video"),
        (film(), "a.mov", "is not what its name says: it is an MP4 video"),
        (film(b"qt  ")[:-1], "a.mov", "is damaged or cut off"),
        (b"\x00\x01\x02\x03" * 20, "a.dat", "is of a kind that is not taken"),
        (b"\xfb\xfd\xfc\x01" * 20, "a.dat", "is of a kind that is not taken"),
        (compound("Something"), "a.doc", "is of a kind that is not taken"),
        (package(types=MACRO_TYPE), "a.docm", "holds macros"),
        (package(parts={"word/vbaProject.bin": b"x"}), "a.docx", "holds macros"),
        (package("xlsx", parts={"xl/macrosheets/sheet1.xml": b"x"}), "a.xlsx", "holds macros"),
        (compound("WordDocument", "Macros", "VBA"), "a.doc", "holds macros"),
        (compound("Workbook", "_VBA_PROJECT_CUR"), "a.xls", "holds macros"),
        (compound("EncryptedPackage", "EncryptionInfo"), "a.docx", "is protected by a password"),
        (pdf(encryption=pikepdf.Encryption(owner="a", user="b")), "a.pdf", "is protected by a password"),
        (pdf(encryption=pikepdf.Encryption(owner="a", user="")), "a.pdf", "is protected by a password"),
        (pdf(2001), "a.pdf", "has 2001 pages; 2000 are the limit"),
        (pdf()[:-40], "a.pdf", "is damaged or cut off"),
        (b"%PDF-1.7\nnothing\n%%EOF", "a.pdf", "is damaged or cut off"),
        (pdf(0), "a.pdf", "is damaged or cut off"),
        (word("报告" * 100)[:-60], "a.docx", "is damaged or cut off"),
        (package(body="<w:document"), "a.docx", "is damaged or cut off"),
        (package(body=f'<!DOCTYPE d [<!ENTITY a "aaaa">]><w:document xmlns:w="{WORD_NS}"/>'), "a.docx", "is damaged"),
        (compound("WordDocument")[:600], "a.doc", "is damaged or cut off"),
        (compound("WordDocument")[:300], "a.doc", "is damaged or cut off"),
        (film()[:-1], "a.mp4", "is damaged or cut off"),
        (film()[:-1008], "a.mp4", "is damaged or cut off"),
        (film()[:24] + b"\x00\x00", "a.mp4", "is damaged or cut off"),
    ],
)
def test_what_is_not_taken_is_refused_with_the_reason(tmp_path: Path, content: bytes, name: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        look(tmp_path, content, name)
    assert str(refused.value).startswith(f"{name} {sentence}")


def test_an_office_file_whose_directory_runs_in_a_circle_is_refused(tmp_path: Path) -> None:
    content = bytearray(compound("WordDocument"))
    struct.pack_into("<I", content, 512 + 4, 1)  # sector 1, the directory, is followed by itself
    with pytest.raises(Invalid, match="damaged"):
        look(tmp_path, bytes(content), "a.doc")


def test_a_large_older_office_file_whose_sector_table_goes_on_elsewhere_is_read(tmp_path: Path) -> None:
    # The header points at no part of the table itself; sector 0 lists where the parts are, sector 1 is the part.
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    plain = compound("WordDocument")
    header = bytearray(plain[:512])
    struct.pack_into("<I", header, 48, 2)
    struct.pack_into("<II", header, 68, 0, 1)
    struct.pack_into("<I", header, 76, free)
    parts = struct.pack("<128I", 1, *[free] * 126, end)
    table = struct.pack("<128I", end, end, end, *[free] * 125)
    assert look(tmp_path, bytes(header) + parts + table + plain[1024:], "a.doc").kind == "document"


@pytest.mark.parametrize(("place", "form", "value"), [(30, "<H", 40), (48, "<I", 5000), (76, "<I", 0xFFFFFFFF)])
def test_an_older_office_file_that_contradicts_itself_is_refused(
    tmp_path: Path, place: int, form: str, value: int
) -> None:
    content = bytearray(compound("WordDocument"))
    struct.pack_into(form, content, place, value)
    with pytest.raises(Invalid, match="damaged"):
        look(tmp_path, bytes(content), "a.doc")


def test_films_may_have_long_boxes_and_one_that_goes_to_the_end(tmp_path: Path) -> None:
    index = struct.pack(">I4sQ", 1, b"moov", 116) + bytes(100)
    data = struct.pack(">I4s", 0, b"mdat") + bytes(1000)
    assert look(tmp_path, film()[:20] + index + data, "a.mp4").kind == "video"


def test_a_document_without_a_body_has_no_length(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word("报告"))) as whole, zipfile.ZipFile(content, "w") as bare:
        bare.writestr("[Content_Types].xml", whole.read("[Content_Types].xml"))
    assert look(tmp_path, content.getvalue(), "a.docx").text_chars is None


def test_counting_ends_at_a_million(tmp_path: Path) -> None:
    length = look(tmp_path, word("文" * 700_000, "文" * 700_000), "a.docx").text_chars
    assert length is not None
    assert 1_000_000 <= length < 1_100_000


def test_a_bit_flipped_inside_a_document_is_found(tmp_path: Path) -> None:
    content = bytearray(package(parts={"word/media/image1.bin": bytes(range(256)) * 4}))
    place = content.index(b"word/media/image1.bin") + 40
    content[place] ^= 1
    with pytest.raises(Invalid, match="damaged"):
        look(tmp_path, bytes(content), "a.docx")


def test_a_document_that_unpacks_to_400_megabytes_is_refused(tmp_path: Path) -> None:
    bomb = package(parts={f"word/media/image{number}.bin": bytes(100_000_000) for number in range(4)})
    assert len(bomb) < 500_000
    with pytest.raises(Invalid, match="unpacks to far more than its own size"):
        look(tmp_path, bomb, "a.docx")


def test_a_document_that_swells_a_thousandfold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="unpacks to far more than its own size"):
        look(tmp_path, package(parts={"word/media/a.bin": bytes(30_000_000)}), "a.docx")


def test_a_document_whose_entries_share_their_bytes_is_refused(tmp_path: Path) -> None:
    # Every entry of the directory points at the one that is there: a bomb no ratio of a single entry shows.
    content = package(parts={"word/a.bin": bytes(range(256)) * 2000})
    start = content.rindex(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entry = content[start:end]
    directory = content[content.index(b"PK\x01\x02") : start] + entry * 200
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 202, 202, len(directory), content.index(b"PK\x01\x02"), 0)
    with pytest.raises(Invalid, match="unpacks to far more than its own size"):
        look(tmp_path, content[: content.index(b"PK\x01\x02")] + directory + tail, "a.docx")


def packed(size: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(b" " * 1_000_000) for _ in range(size // 1_000_000)) + packer.flush()


def pdf_with(raw: bytes, filters: object) -> bytes:
    made, content = pikepdf.new(), io.BytesIO()
    page = made.add_blank_page(page_size=(595, 842))
    page.obj.Contents = pikepdf.Stream(made, raw, Filter=filters)
    made.save(content, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return content.getvalue()


def test_a_pdf_that_unpacks_to_300_megabytes_is_refused(tmp_path: Path) -> None:
    bomb = pdf_with(packed(300_000_000), pikepdf.Name.FlateDecode)
    assert len(bomb) < 400_000
    with pytest.raises(Invalid, match="unpacks to far more than its own size"):
        look(tmp_path, bomb, "a.pdf")


def test_a_pdf_packed_twice_is_refused(tmp_path: Path) -> None:
    twice = pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode])
    with pytest.raises(Invalid, match="unpacks to far more than its own size"):
        look(tmp_path, pdf_with(zlib.compress(packed(300_000_000)), twice), "a.pdf")


def test_a_pdf_page_may_be_drawn_in_several_parts_packed_or_not(tmp_path: Path) -> None:
    made, content = pikepdf.new(), io.BytesIO()
    page = made.add_blank_page(page_size=(595, 842))
    page.obj.Contents = pikepdf.Array(
        [made.make_indirect(made.make_stream(b"0 0 10 10 re f")), made.make_indirect(made.make_stream(b"0 0 9 9 re f"))]
    )
    made.save(content, compress_streams=False)
    assert look(tmp_path, content.getvalue(), "a.pdf").pages == 1


def test_a_pdf_with_a_fault_in_a_stream_is_taken(tmp_path: Path) -> None:
    assert look(tmp_path, pdf_with(b"this is no packed stream", pikepdf.Name.FlateDecode), "a.pdf").pages == 1


def test_a_file_that_needs_too_much_memory_is_refused_and_nothing_else_happens(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"a " * 40_000_000)
    with pytest.raises(Invalid, match=r"^a\.txt takes too much time or memory"):
        examine(path, "a.txt", Limits(memory=200_000_000))


def test_a_file_that_needs_too_much_time_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(photo())
    with pytest.raises(Invalid, match="takes too much time or memory"):
        examine(path, "a.jpg", Limits(wall_seconds=0))


def test_a_file_that_needs_too_much_of_the_processor_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"a " * 40_000_000)
    with pytest.raises(Invalid, match="takes too much time or memory"):
        examine(path, "a.txt", Limits(memory=4 << 30, cpu_seconds=1))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (r"C:\Users\lin\照片 1.JPG", "照片 1.JPG"),
        ("../../etc/passwd", "passwd"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie: x.jpg"),
        ("  .jpg ", "jpg"),
        ("", "file"),
        ("...", "file"),
        ("长" * 300 + ".docx", "长" * 115 + ".docx"),
        ("长" * 300, "长" * 120),
    ],
)
def test_names_are_shown_without_folders_and_hidden_signs(given: str, shown: str) -> None:
    assert clean_name(given) == shown


def test_a_file_the_library_stumbles_over_is_refused_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(pdf_with(zlib.compress(b"0 0 9 9 re f"), pikepdf.Name.FlateDecode).replace(b"/Flate", b"/Fl\xa0te"))
    with pytest.raises(Invalid, match=r"^a\.pdf cannot be read; it is probably damaged"):
        examine(path, "a.pdf")
