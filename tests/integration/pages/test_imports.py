"""Importing a task table over the pages: chosen, pasted or several at once; saved exactly as it was looked over, and once."""

from io import BytesIO

import pytest
from cast import CAMPAIGN, TABLE, Cast
from looking_desk import NEW, OTHER, Desk, SignedIn, count, sent, words
from lxml import html
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from models.audit import AuditEvent
from models.breakdown import BreakdownTable, Campaign, Rule, TaskBreakdown
from models.evidence import Assignment
from models.imports import ImportDraft
from workflows.breakdown.document import read_bytes


def test_a_table_is_looked_over_then_imported_then_waits_to_be_assigned(cast: Cast, desk: Desk) -> None:
    before = count(cast, Assignment)
    assert desk.rows() == ["户外招牌整齐。", "渣土车密闭运输。"]
    assert count(cast, Assignment) == before
    saved = desk.save()
    assert saved.status_code == 303
    done = desk.client.get(saved.location).get_data(as_text=True)
    assert "/assignments/tables/" in done
    assert count(cast, Assignment) == before + 2
    with cast.reading() as session:
        kept = session.scalars(select(TaskBreakdown).join(Campaign).where(Campaign.name == NEW)).one()
    assert kept.file_name == "个性任务.txt"
    assert cast.facilities.vault.read(kept.file_sha256) == OTHER.encode()
    assert cast.verdict().intact


def test_what_was_corrected_is_what_is_imported(cast: Cast, desk: Desk) -> None:
    desk.save_row(
        "户外招牌", points="3", item_no="甲-1", deadline="9月底前", text="户外招牌整齐。\n至少5张照片。", **{"department-1": "乙科", "role-0": "lead"}
    )
    assert "各条合计 6 分，表头标明 6 分" in words(desk.answer)
    assert "需要看一下" not in words(desk.answer).split("系统中没有")[0] or "合计" not in words(desk.answer).split("系统中没有")[0]
    saved = desk.save()
    with cast.reading() as session:
        query = select(Rule).join(BreakdownTable).where(BreakdownTable.breakdown_id == saved.location.rsplit("/", 1)[1])
        rule = session.scalars(query.order_by(Rule.position)).first()
        assert rule is not None
        assert (rule.points, rule.item_no, rule.deadline, rule.text) == (3, "甲-1", "9月底前", "户外招牌整齐。\n至少5张照片。")
        assert [(one.name, one.role) for one in rule.departments] == [("甲科", "lead"), ("乙科", "responsible")]
    assert cast.verdict().intact


def test_saved_twice_is_saved_once(cast: Cast, desk: Desk) -> None:
    before = count(cast, Assignment)
    first, second = desk.save(), desk.client.post("/imports", data={"draft": desk.address.rsplit("/", 1)[1], "version": "1"})
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert count(cast, Assignment) == before + 2
    late = desk.client.post(desk.address, data={"do": "up:1", "version": "1"})
    assert late.status_code == 303, "a page left open leads to what the draft became"


def test_an_older_state_is_not_saved(cast: Cast, desk: Desk) -> None:
    old = desk.version
    desk.save_row("户外招牌", points="1")
    before = count(cast, Assignment)
    answer = desk.client.post("/imports", data={"draft": desk.address.rsplit("/", 1)[1], "version": old})
    assert answer.status_code == 409
    assert count(cast, Assignment) == before


def test_a_draft_is_discarded_and_gone(cast: Cast, desk: Desk) -> None:
    assert "个性任务.txt" in desk.client.get("/imports").get_data(as_text=True)
    assert desk.client.post(f"{desk.address}/discard").status_code == 303
    assert desk.client.get(desk.address).status_code == 404
    assert desk.client.post(f"{desk.address}/discard").status_code == 303
    assert "个性任务.txt" not in words(desk.client.get("/imports"))
    assert cast.verdict().intact


def test_the_campaign_can_still_be_changed(cast: Cast, desk: Desk) -> None:
    assert desk.client.post(f"{desk.address}/campaign", data={"campaign": "  "}).status_code == 422
    assert desk.client.post(f"{desk.address}/campaign", data={"campaign": "2028年测评"}).status_code == 303
    desk.open()
    desk.save()
    assert cast.case("CJ-2028-0001").title == "户外招牌整齐"


def test_the_same_file_again_is_said_to_be_there_and_changes_nothing(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    before = count(cast, Assignment)
    desk = Desk(client, sent(client, TABLE.encode(), campaign=CAMPAIGN).location)
    assert "导入过" in words(desk.answer)
    assert desk.save().status_code == 303
    assert count(cast, Assignment) == before


def read_again(answer: TestResponse, name: str) -> list[tuple[str, str, object, list[str]]]:
    """Read a file that was given to download."""
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    document = read_bytes(name, answer.data)
    return [
        (row.indicator, row.text, row.points, [one.name for one in row.departments])
        for table in document.tables
        for row in table.rows
    ]


@pytest.mark.parametrize("form", ["docx", "xlsx"])
def test_a_corrected_table_is_given_as_a_file_before_and_after_it_is_imported(desk: Desk, form: str) -> None:
    desk.save_row("户外招牌", points="3", text="招牌整齐。")
    expected = [("市容秩序", "招牌整齐。", 3, ["甲科", "丁科"]), ("市容秩序", "渣土车密闭运输。", 3, ["各大队"])]
    assert read_again(desk.client.get(f"{desk.address}/export.{form}"), f"表.{form}") == expected
    saved = desk.save()
    assert read_again(desk.client.get(f"{saved.location}/export.{form}"), f"表.{form}") == expected


def test_only_forms_there_are_and_tables_with_rows_are_exported(desk: Desk) -> None:
    assert desk.client.get(f"{desk.address}/export.exe").status_code == 404
    for part in ("户外招牌", "渣土车"):
        desk.do(f"aside:{desk.key(part)}")
    assert desk.client.get(f"{desk.address}/export.docx").status_code == 422


def test_several_files_are_read_each_for_itself(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    files = [("file", (BytesIO(OTHER.encode()), "一.txt")), ("file", (BytesIO("周五开会。".encode()), "通知.txt")), ("file", (BytesIO(TABLE.encode()), "二.txt"))]
    answer = client.post("/imports/preview", data=MultiDict([*files, ("campaign", NEW)]), content_type="multipart/form-data")
    text = words(answer)
    assert answer.status_code == 422
    assert "一.txt" in text
    assert "二.txt" in text
    assert count(cast, ImportDraft) == 2
    (alert,) = html.fromstring(answer.get_data(as_text=True)).xpath("//*[@role='alert']")
    assert "通知.txt" in alert.text_content()


def test_a_pasted_table_is_read_and_pasted_nonsense_is_kept(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    answer = client.post("/imports/preview", data={"campaign": NEW, "pasted": OTHER})
    assert answer.status_code == 303
    assert Desk(client, answer.location).rows() == ["户外招牌整齐。", "渣土车密闭运输。"]
    answer = client.post("/imports/preview", data={"campaign": NEW, "pasted": "周五开会。"})
    assert answer.status_code == 422
    assert "周五开会。" in words(answer)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty.txt"),
        ("会议通知：周五开会。".encode(), "通知.txt"),
        (b"\x81\x00\xff\xfe\x00", "坏.txt"),
        (b"PK\x03\x04 word", "任务分解表.docx"),
        (b"", ""),
    ],
    ids=["empty", "no table", "no text", "office file", "no file chosen"],
)
def test_a_file_that_cannot_be_read_is_refused_on_the_same_page(cast: Cast, signed_in: SignedIn, data: bytes, name: str) -> None:
    answer = sent(signed_in("zhao"), data, name, campaign=NEW)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'role="alert"' in text
    assert f'value="{NEW}"' in text, "the campaign that was typed is kept"
    with cast.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "import.refused")) == 1
    assert cast.verdict().intact


def test_a_file_larger_than_the_limit_is_refused_in_words(signed_in: SignedIn) -> None:
    answer = sent(signed_in("zhao"), b"x" * 20_000_001)
    answer.request.input_stream.close()
    assert answer.status_code == 422
    assert "20 MB" in answer.get_data(as_text=True)


def test_a_campaign_without_a_name_is_refused(signed_in: SignedIn) -> None:
    answer = sent(signed_in("zhao"), OTHER.encode(), campaign="  ")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)


def test_characters_in_decomposed_or_compatibility_form_are_imported(cast: Cast, signed_in: SignedIn) -> None:
    # U+F90A is a compatibility form of 金 as old fonts wrote it; records hold composed text only.
    table = OTHER.replace("户外招牌整齐", "户外招牌\uf90a属件整齐")
    client = signed_in("zhao")
    saved = Desk(client, sent(client, table.encode(), "re\u0301sume\u0301.txt").location).save()
    assert saved.status_code == 303
    assert cast.verdict().intact


def test_a_path_in_the_file_name_is_left_out(cast: Cast, signed_in: SignedIn) -> None:
    sent(signed_in("zhao"), OTHER.encode(), "桌面/表.txt")
    with cast.reading() as session:
        assert session.scalars(select(ImportDraft.file_name)).one() == "表.txt"


def test_the_start_page_lists_earlier_imports_and_offers_what_can_be_read(signed_in: SignedIn) -> None:
    text = signed_in("zhao").get("/imports").get_data(as_text=True)
    assert "任务分解表.txt" in text
    assert f'value="{CAMPAIGN}"' in text
    for ending in (".docx", ".wps", ".xlsx", ".et", ".csv", ".html", ".md", ".txt"):
        assert ending in text


@pytest.mark.parametrize("login", ["qian", "sun", "feng", "chen", "chu"])
def test_only_the_creation_office_imports(signed_in: SignedIn, desk: Desk, login: str) -> None:
    client = signed_in(login)
    assert client.get("/imports").status_code == 403
    assert sent(client, OTHER.encode()).status_code == 403
    assert client.post("/imports", data={"draft": "0" * 32}).status_code == 403
    assert client.get(desk.address).status_code == 403
    for path in ("", "/step", "/alias", "/campaign", "/discard"):
        assert client.post(desk.address + path).status_code == 403


def test_an_import_that_does_not_exist_is_not_found(signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    nothing = "00000000-0000-0000-0000-000000000000"
    assert client.get(f"/imports/{nothing}").status_code == 404
    assert client.get(f"/imports/drafts/{nothing}").status_code == 404
    assert client.post(f"/imports/drafts/{nothing}", data={"do": "up:1"}).status_code == 404
    assert client.post("/imports", data={"draft": nothing}).status_code == 404
    assert client.post("/imports", data={"draft": "x"}).status_code == 404
