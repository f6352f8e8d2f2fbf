"""The command line: what is promised to people and scripts, and every wrong use said in one sentence."""

from pathlib import Path

import pytest
from cast import STREETS, Cast
from command import Juanzong
from sqlalchemy import Engine

from engine.verify import check_chain, read_export

TABLE = """任务分解表
\t测评内容
\t考核细则
\t分值
\t责任科室
\t佐证材料

\t街面秩序
\t街面整洁，无乱贴乱画。
\t2
\t甲科
\t至少2张照片，注明时间、地点。
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "任务分解表.txt"
    file.write_text(TABLE, encoding="utf-8")
    return file


def test_reading_gives_the_contract_of_the_documents(juanzong: Juanzong, seeds: list[Path]) -> None:
    for seed in seeds:
        answer = juanzong("breakdown", "read", seed, "--json")
        assert (answer.status, answer.err) == (0, "")
        found = answer.json()
        assert set(found) == {"title", "tables", "warnings"}
        for table in found["tables"]:
            assert set(table) == {"title", "kind", "points_total", "columns", "rows", "notes"}
            for row in table["rows"]:
                assert set(row) == {
                    "indicator", "item_no", "text", "points", "departments", "advice", "advice_inherited",
                    "deadline", "due", "bonus", "others", "source", "requirements", "warnings",
                }


def test_both_real_documents_are_imported_once(in_database: Juanzong, seeds: list[Path]) -> None:
    for seed, cases in zip(seeds, (19, 50), strict=True):
        first = in_database("breakdown", "import", seed, "--campaign", "2026创文", "--json")
        assert (first.status, first.json()["created"], first.json()["already"]) == (0, cases, False)
        again = in_database("breakdown", "import", seed, "--campaign", "2026创文", "--json")
        assert (again.status, again.json()["created"], again.json()["already"]) == (0, 0, True)
    listed = in_database("cases", "--json").json()["cases"]
    assert len(listed) == 69
    assert {one["state"] for one in listed} == {"not_assigned"}
    assert in_database("audit", "verify", "--json").json()["intact"] is True


def test_the_declared_total_is_reported(juanzong: Juanzong, seeds: list[Path]) -> None:
    answer = juanzong("breakdown", "read", seeds[1])
    assert "30 points of 30 declared" in answer.out
    assert "70 points of 70 declared" in answer.out


def test_a_table_of_ones_own_is_imported(in_database: Juanzong, table: Path) -> None:
    answer = in_database("breakdown", "import", table, "--campaign", "2026创文")
    assert answer.status == 0
    assert "1 cases were made in “2026创文”." in answer.out


def _doubtful(tmp_path: Path) -> Path:
    """Give a table of five tasks for which nobody is responsible, and whose points are not what it promises."""
    rows = "".join(f"{number},任务{number}。,2,,照片2张\n" for number in range(1, 6))
    file = tmp_path / "缺部门.csv"
    file.write_text(f"2026年任务分解表（12分）,,,,\n序号,考核细则,分值,责任部门,佐证材料\n{rows}", encoding="utf-8")
    return file


def test_doubts_about_rows_are_told_by_kind_the_first_ones_in_full(in_database: Juanzong, tmp_path: Path) -> None:
    answer = in_database("breakdown", "import", _doubtful(tmp_path), "--campaign", "2026创文")
    assert answer.status == 0
    assert answer.err.splitlines() == [
        "table 1: The title promises 12 points, the rules add up to 10. Check the table.",
        *(f"table 1, rule {one} (line {one + 2}): This rule names no department. Choose who is responsible before you assign it." for one in (1, 2, 3)),
        "2 more doubts of this kind (no_department); --json shows them all.",
        "6 doubts in all. Look them over before you assign the cases.",
    ]


def test_every_doubt_of_an_import_is_in_its_object(in_database: Juanzong, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUANZONG_LANGUAGE", "zh")
    answer = in_database("breakdown", "import", _doubtful(tmp_path), "--campaign", "2026创文", "--json")
    assert (answer.status, answer.err) == (0, "")
    doubts = answer.json()["warnings"]
    assert [one["code"] for one in doubts] == ["points_mismatch", *["no_department"] * 5]
    assert doubts[-1]["where"] == "表 1 第 5 条（第 7 行）"
    in_chinese = in_database("breakdown", "read", _doubtful(tmp_path)).err
    assert "另有 2 处同类疑问（no_department）" in in_chinese
    assert "共 6 处疑问" in in_chinese


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        ("只是一段说明文字，没有表格。".encode(), "no task table"),
        (b"\xff\xfe\x00\x01\x80\x81\xfe\xff\x00" * 50, "not a text file"),
        ("任务分解表".encode("utf-32-le")[:-1] + b"\xd8", "not a text file"),
    ],
    ids=["empty", "no table", "binary", "another encoding"],
)
def test_what_is_no_table_is_refused_with_its_name(juanzong: Juanzong, tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "不对.txt"
    file.write_bytes(content)
    answer = juanzong("breakdown", "read", file)
    assert answer.status == 2
    assert answer.out == ""
    assert "不对.txt" in answer.err
    assert words in answer.err
    assert answer.err.count("\n") == 1


def test_gb18030_is_read_like_utf8(juanzong: Juanzong, tmp_path: Path, table: Path) -> None:
    other = tmp_path / "gb" / table.name
    other.parent.mkdir()
    other.write_text(TABLE, encoding="gb18030")
    assert juanzong("breakdown", "read", other, "--json").json() == juanzong("breakdown", "read", table, "--json").json()


def test_a_hundred_megabytes_are_refused(juanzong: Juanzong, tmp_path: Path) -> None:
    file = tmp_path / "大.txt"
    with file.open("wb") as sparse:
        sparse.truncate(100_000_000)
    answer = juanzong("breakdown", "read", file)
    assert answer.status == 2
    assert "大.txt is larger than 20 MB" in answer.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("breakdown",),
        ("breakdown", "read"),
        ("breakdown", "read", "a.txt", "--nonsense"),
        ("breakdown", "import", "a.txt"),
        ("cases", "--state", "nonsense"),
        ("audit", "export", "--case", "CJ-2026-0001"),
        ("bpmn", "check"),
        ("demo", "--port", "0"),
    ],
)
def test_wrong_use_ends_with_two_and_a_sentence(juanzong: Juanzong, arguments: tuple[str, ...]) -> None:
    answer = juanzong(*arguments)
    assert answer.status == 2
    assert answer.out == ""
    assert answer.err.strip()
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    "arguments",
    [("breakdown", "read", "/nowhere/a.txt"), ("bpmn", "check", "/nowhere/a.bpmn"), ("verify", "/nowhere/a.pdf")],
)
def test_a_file_that_is_not_there_is_named(juanzong: Juanzong, arguments: tuple[str, ...]) -> None:
    answer = juanzong(*arguments)
    assert answer.status == 2
    assert arguments[-1] in answer.err


def test_every_command_explains_itself(juanzong: Juanzong) -> None:
    for arguments in (
        (), ("demo",), ("serve",), ("worker",), ("db",), ("db", "upgrade"), ("breakdown",), ("breakdown", "read"),
        ("breakdown", "import"), ("bpmn",), ("bpmn", "check"), ("bpmn", "deploy"), ("cases",), ("audit",),
        ("audit", "verify"), ("audit", "export"), ("verify",),
    ):
        answer = juanzong(*arguments, "--help")
        assert answer.status == 0
        assert "Usage: juanzong" in answer.out


def test_the_terminal_is_spoken_to_in_chinese(juanzong: Juanzong, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUANZONG_LANGUAGE", "zh_CN.UTF-8")
    assert "无法打开 /nowhere/a.txt" in juanzong("breakdown", "read", "/nowhere/a.txt").err


def test_a_database_that_is_not_there_is_said_so(juanzong: Juanzong, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUANZONG_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    answer = juanzong("cases")
    assert answer.status == 2
    assert "The database cannot be reached" in answer.err


def test_a_data_folder_that_cannot_be_written_is_named(juanzong: Juanzong, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "a-file"
    file.write_text("", encoding="utf-8")
    monkeypatch.setenv("JUANZONG_DATA_DIR", str(file / "data"))
    answer = juanzong("cases")
    assert answer.status == 2
    assert str(file / "data") in answer.err


def test_a_wrong_setting_is_named(juanzong: Juanzong, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUANZONG_PORT", "eighty")
    answer = juanzong("cases")
    assert answer.status == 2
    assert "JUANZONG_PORT" in answer.err


def test_the_shipped_diagram_can_be_deployed(juanzong: Juanzong) -> None:
    diagram = Path(__file__).parents[2] / "bpmn" / "evidence_lifecycle.bpmn"
    answer = juanzong("bpmn", "check", diagram, "--json")
    assert answer.status == 0
    assert answer.json()["verdict"] == "deployable"
    assert answer.json()["processes"] == ["evidence_lifecycle"]


def test_a_diagram_that_runs_code_is_refused_with_its_line(juanzong: Juanzong, tmp_path: Path) -> None:
    diagram = tmp_path / "script.bpmn"
    diagram.write_text(
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">\n<process id="p">\n'
        '<scriptTask id="evil" />\n</process>\n</definitions>',
        encoding="utf-8",
    )
    answer = juanzong("bpmn", "check", diagram, "--json")
    assert answer.status == 1
    finding = answer.json()["findings"][0]
    assert (finding["code"], finding["element"], finding["line"]) == ("script-task", "evil", 3)


def test_a_chain_is_handed_out_and_checks_alone(in_database: Juanzong, cast: Cast, tmp_path: Path) -> None:
    cast.to_office(STREETS, ["甲科", "乙科"])
    file = tmp_path / "events.jsonl"
    assert in_database("audit", "export", "--case", STREETS, "-o", file).status == 0
    lines = file.read_bytes().splitlines()
    assert len(lines) == 10  # opened, assigned, four photos, two rounds handed in, two reviews
    assert check_chain(read_export(lines)) is None


def test_a_changed_record_is_named(in_database: Juanzong, cast: Cast, database: Engine) -> None:
    cast.assign(STREETS, ["甲科"])
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit_event DISABLE TRIGGER audit_event_rows")
        connection.exec_driver_sql(
            "UPDATE audit_event SET body = replace(encode(body, 'escape'), 'case.assigned', 'case.assignex')::bytea"
            " WHERE action = 'case.assigned'"
        )
    answer = in_database("audit", "verify", "--json")
    assert answer.status == 1
    assert answer.json()["findings"] == [{"chain": f"case:{STREETS}", "seq": 2, "code": "hash"}]
    alone = in_database("audit", "verify", "--case", STREETS)
    assert alone.status == 1
    assert f"case:{STREETS}, entry 2: the content does not match its own hash" in alone.out
    assert in_database("audit", "verify", "--case", "CJ-2026-9999").status == 2
