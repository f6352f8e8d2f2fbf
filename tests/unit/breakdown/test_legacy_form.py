"""Files of the older kinds, with LibreOffice, without it, and with one that fails or hangs."""

import os
import shutil
import stat
import time
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import psutil
import pytest

from engine.errors import Invalid
from workflows.breakdown.legacy_form import read_legacy
from workflows.breakdown.office import conversion
from workflows.breakdown.office.conversion import Older, converted

RICH_TEXT = rb"{\rtf1 x}"
needs_office = pytest.mark.skipif(
    shutil.which("soffice") is None,
    reason=f"LibreOffice is not installed ({conversion.PACKAGES}); reading .doc, .xls and .rtf was not tested for real",
)


def document() -> bytes:
    made = docx.Document()
    made.add_paragraph("某市任务分解表")
    grid = made.add_table(3, 2)
    grid.cell(0, 0).text, grid.cell(0, 1).text = "任务", "责任单位"
    grid.cell(1, 0).text, grid.cell(2, 0).text = "街面整洁\n照片3张", "车辆有序"
    grid.cell(1, 1).merge(grid.cell(2, 1)).text = "城管局"
    made.add_paragraph("完")
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def book() -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(["任务", "分值"])
    sheet.append(["街面整洁", 1.5])
    sheet["B2"].number_format = "0.00"
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def office(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a `soffice` of our own first on the path; it finds the folder to write to in $made, the file in $source."""
    program = folder / "soffice"
    program.write_text(
        '#!/bin/sh\nfor one; do last="$before"; before="$one"; [ "$last" = --outdir ] && made="$one"; done\n'
        f'source="$before"; made="$(dirname "$source")/made"; mkdir -p "$made"\n{script}\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@needs_office
@pytest.mark.parametrize(("ending", "name"), [("doc", "表.doc"), ("doc", "表.wps"), ("rtf", "表.rtf")])
def test_older_documents_read_like_the_new_one(ending: str, name: str) -> None:
    older = converted(Older("a.docx", document(), "docx", ending))
    (given,) = read_legacy(name, older).tables
    assert [text for text, _ in given.before] == ["某市任务分解表"]
    assert [[one.text for one in line.cells] for line in given.rows] == [
        ["任务", "责任单位"],
        ["街面整洁\n照片3张", "城管局"],
        ["车辆有序", ""],
    ]
    assert given.rows[2].cells[1].above


@needs_office
@pytest.mark.parametrize("name", ["表.xls", "表.et"])
def test_older_workbooks_read_like_the_new_one(name: str) -> None:
    older = converted(Older("a.xlsx", book(), "xlsx", "xls"))
    (given,) = read_legacy(name, older).tables
    assert [[one.text for one in line.cells] for line in given.rows] == [["任务", "分值"], ["街面整洁", "1.50"]]


def test_without_libreoffice_the_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Invalid, match=r"表\.rtf is of an older kind.*save it as \.docx.*libreoffice-writer-nogui"):
        read_legacy("表.rtf", RICH_TEXT)


def test_what_libreoffice_makes_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "made.docx").write_bytes(document())
    office(tmp_path, f'cp {tmp_path}/made.docx "$made/table.docx"', monkeypatch)
    assert len(read_legacy("表.rtf", RICH_TEXT).tables) == 1


def test_every_run_has_a_profile_of_its_own_without_macros(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    office(
        tmp_path,
        f'home="$(dirname "$source")"; cp "$home/profile/user/registrymodifications.xcu" {tmp_path}/seen; '
        f'echo "$@" > {tmp_path}/said; echo "$HOME $http_proxy" >> {tmp_path}/said',
        monkeypatch,
    )
    with pytest.raises(Invalid, match="could not be converted"):
        read_legacy("表.rtf", RICH_TEXT)
    assert '"DisableMacrosExecution" oor:op="fuse"><value>true' in (tmp_path / "seen").read_text()
    said = (tmp_path / "said").read_text()
    assert "-env:UserInstallation=file:///" in said
    assert "http://127.0.0.1:9" in said
    assert not Path(said.splitlines()[1].split()[0]).exists(), "the folder of the run was left behind"


def test_a_libreoffice_that_fails_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    office(tmp_path, "echo broken >&2; exit 77", monkeypatch)
    with pytest.raises(Invalid, match=r"表\.rtf could not be converted"):
        read_legacy("表.rtf", RICH_TEXT)


def test_a_libreoffice_that_hangs_is_ended_with_its_children(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    office(tmp_path, f"sleep 600 & echo $! > {tmp_path}/child; wait", monkeypatch)
    with pytest.raises(Invalid, match="could not be converted"):
        converted(Older("表.rtf", RICH_TEXT, "rtf", "docx"), wall_seconds=2)
    child = int((tmp_path / "child").read_text())
    until = time.monotonic() + 30
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until, "the child went on running"


@pytest.mark.parametrize("data", [b"", b"plain text", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match=r"is no Word, WPS or Excel file|is damaged"):
        read_legacy("表.doc", data)
