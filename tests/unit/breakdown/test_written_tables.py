"""Every table of `tables/` is read as a person reads it: no row is invented, none is lost, nothing is passed over."""

from pathlib import Path

import pytest

from engine.errors import Invalid
from tests.unit.breakdown.written_tables import FOLDER, kept, row_line, same_row, written
from workflows.breakdown.document import read_bytes

FILES = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_table_reads_as_a_person_reads_it(path: Path) -> None:
    table = written(path)
    if table.refused:
        with pytest.raises(Invalid):
            read_bytes(table.name, table.data())
        return
    document = read_bytes(table.name, table.data())
    expected = table.expected
    rows = [row for one in document.tables for row in one.rows]
    wanted = expected["row"]
    differing = [(line, row_line(row)) for line, row in zip(wanted, rows, strict=False) if not same_row(line, row)]
    assert not differing
    assert len(rows) == len(wanted)
    assert document.title == expected["title"][0]
    assert sorted(kept(document)) == sorted(expected.get("kept", []))
    assert [note.text for one in document.tables for note in one.notes] == expected.get("note", [])
    assert [f"{one.head}={one.text}" for row in rows for one in row.others] == expected.get("other", [])
    if "tables" in expected:
        assert len(document.tables) == int(expected["tables"][0])
    if "total" in expected:
        assert [f"{document.tables[0].points_total:f}"] == expected["total"]
    doubts = {one.code for one in document.tables[0].warnings} & {"points_mismatch", "group_points_mismatch"}
    assert doubts == set(expected.get("doubt", []))
