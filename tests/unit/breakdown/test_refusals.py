"""What the reader refuses, and that the refusal names the file and the way out."""

from pathlib import Path

import pytest

from engine.errors import Invalid
from workflows.breakdown.document import as_json, read, read_bytes

TABLE = "任务分解表\n\t主要任务\n\t责任科室\n\n\t街面整洁\n\t城管科\n"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.txt", b"", "is empty"),
        ("blank.txt", b" \n\t\n", "is empty"),
        ("mark.txt", b"\xef\xbb\xbf", "is empty"),
        ("table.docx", b"PK\x03\x04rest", "damaged or cut off"),
        ("renamed.txt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "damaged or cut off"),
        ("scan.pdf", b"%PDF-1.7", "office document"),
        ("photo.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "not a text file"),
        ("controls.txt", b"abc\x01\x02", "not a text file"),
        ("latin.txt", b"caf\xe9", "unknown encoding"),
        ("letter.txt", "各单位：请认真落实。\n".encode(), "no task table"),
        ("list.txt", "\t一\n\t二\n\t三\n".encode(), "no task table"),
        ("heads.txt", "\t主要任务\n\t责任科室\n".encode(), "no rule below"),
    ],
)
def test_unusable_files_are_refused_with_a_way_out(name: str, data: bytes, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_bytes(name, data)
    assert name in str(refused.value)
    assert words in str(refused.value)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    with pytest.raises(Invalid, match="larger than 20 MB"):
        read(huge)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be opened"):
        read(tmp_path / "gone.txt")


def test_more_cells_than_any_table_has_are_refused() -> None:
    with pytest.raises(Invalid, match="200,000"):
        read_bytes("tabs.txt", TABLE.encode() + b"\t" * 300_000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_usual_encodings_and_line_ends_read_alike(encoding: str) -> None:
    expected = as_json(read_bytes("a.txt", TABLE.encode()))
    assert as_json(read_bytes("a.txt", TABLE.replace("\n", "\r\n").encode(encoding))) == expected
