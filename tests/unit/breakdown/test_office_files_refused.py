"""Word and Excel files that are damaged, protected or made to do harm: one sentence each, and nothing else happens."""

import struct
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest

from engine.errors import Invalid
from office_files import WORD_NAMES, packed, paragraph, row, table, word, word_parts, workbook, workbook_parts
from workflows.breakdown.docx_form import read_docx
from workflows.breakdown.office.opener import opened
from workflows.breakdown.raw_tables import RawDocument
from workflows.breakdown.xlsx_form import read_xlsx
from workflows.evidence.confined import Limits

READERS = {"docx": read_docx, "xlsx": read_xlsx}
SOUND = {
    "docx": word_parts(table(row("任务", "单位"))),
    "xlsx": workbook_parts('<sheetData><row><c t="str"><v>任务</v></c></row></sheetData>'),
}
MAIN = {"docx": "word/document.xml", "xlsx": "xl/worksheets/sheet1.xml"}
DAMAGED, MACROS, PROTECTED, BOMB = "is damaged", "holds macros", "password", "unpacks to far more"


def changed(form: str, **parts: str | bytes) -> bytes:
    """Give a sound file with parts added or replaced; `main` is the one with the content."""
    named = {MAIN[form] if name == "main" else name: content for name, content in parts.items()}
    return packed({**SOUND[form], **named})


def cut(form: str) -> bytes:
    data = packed(SOUND[form])
    return data[: len(data) // 2]


def unclosed(form: str) -> bytes:
    return changed(form, main=str(SOUND[form][MAIN[form]])[:-20])


def with_entity(form: str) -> bytes:
    content = str(SOUND[form][MAIN[form]]).replace("任务", "&xxe;")
    return changed(form, main=f'<!DOCTYPE x [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>{content}')


def with_a_thousand_laughs(form: str) -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    content = str(SOUND[form][MAIN[form]]).replace("任务", "&l11;")
    return changed(form, main=f'<!DOCTYPE x [<!ENTITY l0 "ha">{entities}]>{content}')


def with_macros(form: str) -> bytes:
    return packed({**SOUND[form], f"{MAIN[form].split('/')[0]}/vbaProject.bin": b"\0"})


def bomb(form: str) -> bytes:
    return packed({**SOUND[form], "media/zeros.bin": b"\0" * 60_000_000})


def with_broken_sum(form: str) -> bytes:
    data = bytearray(packed(SOUND[form]))
    with zipfile.ZipFile(BytesIO(bytes(data))) as archive:
        place = archive.getinfo(MAIN[form]).header_offset
    struct.pack_into("<I", data, data.rindex(MAIN[form].encode()) - 46 + 16, 12345)
    assert place < len(data)
    return bytes(data)


def wrapped_with_a_password(form: str) -> bytes:
    """Give what Word makes of a document with a password: a file of the older kind with one stream."""
    assert form
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504)
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<II", header, 44, 1, 1)
    struct.pack_into("<II", header, 68, 0xFFFFFFFE, 0)
    header[76:512] = b"\xff" * 436
    struct.pack_into("<I", header, 76, 0)
    sectors = struct.pack("<III", 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFE) + b"\xff" * 500
    name = "EncryptedPackage".encode("utf-16-le")
    entry = name.ljust(64, b"\0") + struct.pack("<H", len(name) + 2) + b"\0" * 62
    return bytes(header) + sectors + entry.ljust(512, b"\0")


@pytest.mark.parametrize("form", ["docx", "xlsx"])
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (cut, DAMAGED),
        (unclosed, DAMAGED),
        (with_entity, DAMAGED),
        (with_a_thousand_laughs, DAMAGED),
        (with_broken_sum, DAMAGED),
        (with_macros, MACROS),
        (bomb, BOMB),
        (wrapped_with_a_password, PROTECTED),
    ],
)
def test_harmful_and_broken_files_are_refused(form: str, make: Callable[[str], bytes], words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        READERS[form](f"某表.{form}", make(form))
    assert f"某表.{form}" in str(refused.value)


@pytest.mark.parametrize(
    ("form", "data", "words"),
    [
        ("docx", b"", "is no Word document"),
        ("docx", "任务\t单位".encode(), "is no Word document"),
        ("docx", workbook("<sheetData/>"), "is no Word document"),
        ("xlsx", word(paragraph("x")), "is no Excel workbook"),
        ("docx", packed({"readme.txt": "x"}), "is no Word document"),
        ("docx", packed({key: value for key, value in SOUND["docx"].items() if key != MAIN["docx"]}), DAMAGED),
        ("xlsx", packed({key: value for key, value in SOUND["xlsx"].items() if key != MAIN["xlsx"]}), DAMAGED),
        ("docx", packed({**SOUND["docx"], MAIN["docx"]: f"<w:document {WORD_NAMES}/>"}), DAMAGED),
        ("xlsx", workbook('<sheetData><row><c t="s"><v>7</v></c></row></sheetData>'), DAMAGED),
    ],
)
def test_other_files_are_refused(form: str, data: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        READERS[form]("a", data)


def test_a_table_of_more_cells_than_any_is_refused() -> None:
    lines = "".join(row(*(str(number * place) for place in range(1, 11))) for number in range(20_001))
    with pytest.raises(Invalid, match="200,000"):
        read_docx("a.docx", word(table(lines)))
    cells = '<row><c t="str"><v>x</v></c></row>' * 200_001
    with pytest.raises(Invalid, match="200,000"):
        read_xlsx("a.xlsx", workbook(f"<sheetData>{cells}</sheetData>"))


def test_texts_far_apart_make_no_giant_table() -> None:
    def letters(number: int) -> str:
        return (letters((number - 1) // 26) if number > 26 else "") + chr(65 + (number - 1) % 26)

    cells = "".join(f'<row r="{n}"><c r="{letters(n)}{n}" t="str"><v>x</v></c></row>' for n in range(1, 3000))
    with pytest.raises(Invalid, match="200,000"):
        read_xlsx("a.xlsx", workbook(f"<sheetData>{cells}</sheetData>"))


def test_a_file_that_takes_too_much_is_given_up() -> None:
    with pytest.raises(Invalid, match="too much time or memory"):
        opened("a.docx", word(table(*(row(str(number)) for number in range(100_000)))), "docx", Limits(memory=90 << 20))


def test_nested_tables_have_an_end() -> None:
    nested = "x"
    for _ in range(40):
        nested = table(row("a", f"<w:tc>{nested if nested.startswith('<') else paragraph(nested)}</w:tc>"))
    given: RawDocument = read_docx("a.docx", word(nested))
    assert given.tables[0].rows[0].cells[0].text == "a"
