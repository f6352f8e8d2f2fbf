"""Importing a task table over the pages: every row is looked over and corrected before anything is saved, and exactly that is saved."""

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO

import pytest
from cast import CAMPAIGN, TABLE, Cast
from lxml import html
from sqlalchemy import func, select
from visitor import Visitor
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from models.audit import AuditEvent
from models.breakdown import BreakdownTable, Campaign, Rule, TaskBreakdown
from models.evidence import Assignment
from models.imports import ImportDraft
from models.people import Department
from workflows.breakdown.document import read_bytes
from workflows.departments import find_department

OTHER = """个性任务分解表（6分）
\t测评内容
\t考核细则
\t分值
\t责任科室
\t佐证材料

\t市容秩序
\t户外招牌整齐。
\t2
\t甲科、丁科
\t至少3张照片。

\t市容秩序
\t渣土车密闭运输。
\t3
\t各大队
\t提供检查记录。
"""
NEW = "2027年测评"

SignedIn = Callable[[str], Visitor]


def sent(client: Visitor, data: bytes, name: str = "个性任务.txt", campaign: str = NEW) -> TestResponse:
    """Send a file as the form of the start page does."""
    return client.post(
        "/imports/preview",
        data=MultiDict([("file", (BytesIO(data), name)), ("campaign", campaign)]),
        content_type="multipart/form-data",
    )


def words(answer: TestResponse) -> str:
    """Give what people read of a page, in one line."""
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).split("<main", 1)[1])
    return " ".join(unescape(text).split())


def count(cast: Cast, what: type) -> int:
    with cast.reading() as session:
        return session.scalar(select(func.count()).select_from(what)) or 0


class Desk:
    """Somebody at the page of one draft, using its forms as a browser does."""

    def __init__(self, client: Visitor, address: str) -> None:
        self.client, self.address = client, address
        self.answer = client.get(address)
        assert self.answer.status_code == 200, words(self.answer)

    @property
    def page(self) -> html.HtmlElement:
        return html.fromstring(self.answer.get_data(as_text=True))

    @property
    def version(self) -> str:
        return str(self.page.xpath("//form[@id='draft']//input[@name='version']/@value")[0])

    def rows(self) -> list[str]:
        """Give the texts of the tasks that are shown, in order."""
        return [one.text_content().strip() for one in self.page.xpath("//td[contains(@class,'task')]/div[@class='rule']")]

    def key(self, part: str) -> int:
        """Give the key of the row in whose text `part` stands."""
        (found,) = [row.get("id") for row in self.page.xpath("//tr[starts-with(@id,'row-')]") if part in row.text_content()]
        return int(found.removeprefix("row-"))

    def open(self, **view: object) -> None:
        """Follow a link of the page."""
        query = "&".join(f"{name}={value}" for name, value in view.items())
        self.answer = self.client.get(f"{self.address}?{query}")
        assert self.answer.status_code == 200

    def do(self, order: str, **fields: str) -> TestResponse:
        """Press a button, or send a form whose fields are given; the page that comes back is the one looked at next."""
        sent = {"do": order, "version": self.version, **fields}
        return self._went(self.client.post(self.address, data=sent))

    def save_row(self, part: str, **fields: str) -> TestResponse:
        """Open the form of a row, change fields, save."""
        key = self.key(part)
        self.open(edit=key)
        form = next(one for one in self.page.forms if one.xpath(".//button[starts-with(@value,'words:')]"))
        return self._went(self.client.post(self.address, data={**dict(form.form_values()), **fields, "do": f"words:{key}"}))

    def step(self, step: str) -> TestResponse:
        """Undo or redo."""
        return self._went(self.client.post(f"{self.address}/step", data={"step": step, "version": self.version}))

    def save(self) -> TestResponse:
        """Import what was looked over."""
        draft = self.address.rsplit("/", 1)[1]
        return self.client.post("/imports", data={"draft": draft, "version": self.version})

    def _went(self, answer: TestResponse) -> TestResponse:
        self.answer = self.client.get(answer.location) if answer.status_code == 303 else answer
        return answer


@pytest.fixture
def desk(signed_in: SignedIn) -> Desk:
    """Give somebody of the office at the draft of `OTHER`."""
    client = signed_in("zhao")
    answer = sent(client, OTHER.encode())
    assert answer.status_code == 303, words(answer)
    return Desk(client, answer.location)


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


def test_the_page_says_what_is_doubtful_and_whom_nobody_knows(desk: Desk) -> None:
    text = words(desk.answer)
    assert "各条合计 5 分，表头标明 6 分" in text
    assert "丁科" in text.split("测评内容")[0].split("原文")[0]
    assert "以下统称尚未指定成员：各大队" in text


def test_the_row_of_the_file_stands_beside_what_was_read_from_it(desk: Desk) -> None:
    beside = [" ".join(one.text_content().split()) for one in desk.page.xpath("//td[@class='source']")]
    assert len(beside) == 2
    assert "考核细则户外招牌整齐。" in beside[0]
    assert "责任科室各大队" in beside[1]


def test_looking_over_opens_no_case_and_adds_no_department(cast: Cast, desk: Desk) -> None:
    kinds = (TaskBreakdown, Campaign, Department, Assignment)
    before = [count(cast, one) for one in kinds]
    desk.save_row("户外招牌", points="4")
    assert [count(cast, one) for one in kinds] == before


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


def test_a_rule_is_split_with_the_scissors_and_merged_again(desk: Desk) -> None:
    desk.save_row("渣土车", text="渣土车密闭运输；运输路线固定。")
    key = desk.key("渣土车")
    desk.open(split=key)
    (cut,) = desk.page.xpath("//button[@class='cut']/@value")
    desk.do(cut)
    assert desk.rows() == ["户外招牌整齐。", "渣土车密闭运输；", "运输路线固定。"]
    desk.do(f"merge:{desk.key('运输路线')}")
    assert desk.rows() == ["户外招牌整齐。", "渣土车密闭运输；\n运输路线固定。"]


def test_an_empty_line_in_the_text_makes_two_rows(desk: Desk) -> None:
    desk.save_row("渣土车", text="渣土车密闭运输。\n\n运输路线固定。")
    assert desk.rows() == ["户外招牌整齐。", "渣土车密闭运输。", "运输路线固定。"]


def test_rows_are_moved_deleted_and_brought_back(desk: Desk) -> None:
    desk.do(f"up:{desk.key('渣土车')}")
    assert desk.rows() == ["渣土车密闭运输。", "户外招牌整齐。"]
    desk.do(f"aside:{desk.key('渣土车')}")
    assert desk.rows() == ["户外招牌整齐。"]
    (back,) = desk.page.xpath("//section[@id='deleted']//button/@value")
    desk.do(back)
    assert desk.rows() == ["渣土车密闭运输。", "户外招牌整齐。"]


def test_everything_can_be_undone_and_made_again(desk: Desk) -> None:
    desk.save_row("户外招牌", text="招牌整齐。")
    desk.do(f"aside:{desk.key('渣土车')}")
    desk.step("undo")
    assert desk.rows() == ["招牌整齐。", "渣土车密闭运输。"]
    desk.step("undo")
    assert desk.rows() == ["户外招牌整齐。", "渣土车密闭运输。"]
    assert desk.step("undo").status_code == 409
    desk.open()
    desk.step("redo")
    assert desk.rows() == ["招牌整齐。", "渣土车密闭运输。"]


def test_a_requirement_is_added_changed_and_taken_out(desk: Desk) -> None:
    new = {"kind-new": "report_chars", "bound-new": "about", "value-new": "500", "unit-new": "字"}
    desk.save_row("户外招牌", **new)
    assert "说明报告 ≈500 字" in words(desk.answer)
    desk.save_row("户外招牌", **{"value-0": "8", "per-0": "每条街"})
    assert "照片 ≥8 张，每条街" in words(desk.answer)
    desk.save_row("户外招牌", **{"demand-off-0": "yes"})
    assert "照片 ≥8 张" not in words(desk.answer).split("修改记录")[0]
    assert "说明报告 ≈500 字" in words(desk.answer)


def test_a_doubt_that_is_none_leaves_the_list_and_can_come_back(signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    table = OTHER.replace("甲科、丁科", "")
    desk = Desk(client, sent(client, table.encode()).location)
    assert "没有写明责任" in words(desk.answer) or "部门" in words(desk.answer)
    (settle, *_) = desk.page.xpath("//ul[@class='doubt-list']//button[starts-with(@value,'settle:')]/@value")
    before = len(desk.page.xpath("//button[starts-with(@value,'settle:')]"))
    desk.do(settle)
    assert len(desk.page.xpath("//button[starts-with(@value,'settle:')]")) < before
    (again,) = desk.page.xpath("//button[starts-with(@value,'unsettle:')]/@value")
    desk.do(again)
    assert len(desk.page.xpath("//button[starts-with(@value,'settle:')]")) == before


def test_the_meaning_of_columns_can_be_set_and_corrections_are_not_lost_unasked(desk: Desk) -> None:
    desk.save_row("户外招牌", text="招牌整齐。")
    table = int(desk.page.xpath("//form[@id='draft']//input[@name='table']/@value")[0])
    desk.open(table=table, columns=table)
    meanings = {f"column-{at}": kind for at, kind in enumerate(("indicator", "rule", "points", "unknown", "advice"))}
    answer = desk.do(f"columns:{table}", columns=str(table), **meanings)
    assert answer.status_code == 422
    assert "1 条" in words(answer)
    assert desk.do(f"columns:{table}", columns=str(table), sure="yes", **meanings).status_code == 303
    assert desk.rows() == ["户外招牌整齐。", "渣土车密闭运输。"]
    assert "甲科" not in " ".join(one.text_content() for one in desk.page.xpath("//td[@data-label='部门']"))
    desk.step("undo")
    assert desk.rows() == ["招牌整齐。", "渣土车密闭运输。"]


def test_a_row_is_added_by_hand(desk: Desk) -> None:
    key = desk.key("户外招牌")
    table = desk.page.xpath("//form[@id='draft']//input[@name='table']/@value")[0]
    desk.open(add=key)
    desk.do(f"add:{table}:{key}", text="门前三包落实到位。（1分）")
    assert desk.rows() == ["户外招牌整齐。", "门前三包落实到位。（1分）", "渣土车密闭运输。"]
    assert "各条合计 6 分，表头标明 6 分" in words(desk.answer)


def test_title_kind_and_total_of_a_table_are_corrected(desk: Desk) -> None:
    table = desk.page.xpath("//form[@id='draft']//input[@name='table']/@value")[0]
    desk.do(f"table:{table}", title="城管任务表", kind="site_check", points_total="5")
    assert "城管任务表" in words(desk.answer)
    assert "各条合计 5 分，表头标明 5 分" in words(desk.answer)


def test_a_name_of_the_table_is_said_to_be_a_department_that_is_there(cast: Cast, desk: Desk) -> None:
    answer = desk.client.post(f"{desk.address}/alias", data={"name": "丁科", "department": str(cast.department("乙科"))})
    assert answer.status_code == 303
    with cast.reading() as session:
        assert find_department(session, "丁科") is not None
    desk.open()
    assert "= 乙科" in words(desk.answer)
    desk.save()
    with cast.reading() as session:
        assert session.scalar(select(func.count()).select_from(Department)) == 3


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"points": "很多"}, "分值应为数字"),
        ({"text": "  "}, "任务内容不能为空"),
        ({"department-0": "甲科", "role-0": "boss"}, "牵头、责任或配合"),
        ({"value-0": "几张"}, "不是数字"),
        ({"kind-0": "nothing"}, "请选择"),
        ({"kind-new": "frequency", "value-new": "4"}, "每月"),
        ({"indicator": "长" * 501}, "超过 500 个字"),
    ],
    ids=["points", "no text", "role", "value", "kind", "no period", "too long"],
)
def test_words_that_cannot_be_used_are_refused_in_place_and_kept(cast: Cast, desk: Desk, fields: dict[str, str], said: str) -> None:
    answer = desk.save_row("户外招牌", **{"advice": "佐证改了一半", **fields})
    assert answer.status_code == 422
    (alert,) = html.fromstring(answer.get_data(as_text=True)).xpath("//tr[@class='editing']//*[@role='alert']")
    assert said in alert.text_content()
    assert "佐证改了一半" in answer.get_data(as_text=True)
    with cast.reading() as session:
        refused = session.scalars(select(AuditEvent).where(AuditEvent.action == "import.refused")).all()
    assert len(refused) == 1


def test_a_correction_of_an_older_state_is_refused_and_its_words_kept(signed_in: SignedIn, desk: Desk) -> None:
    other = Desk(signed_in("zhou"), desk.address)
    key = desk.key("户外招牌")
    old = desk.version
    other.save_row("户外招牌", points="1")
    answer = desk.client.post(
        desk.address, data={"do": f"words:{key}", "version": old, "edit": str(key), "text": "我写的文字。", "points": "2"}
    )
    assert answer.status_code == 409
    assert "周宁" in words(answer)
    assert "我写的文字。" in answer.get_data(as_text=True)
    desk.open()
    assert desk.rows()[0] == "户外招牌整齐。"


@pytest.mark.parametrize("order", ["", "dance", "up:x", "up", "split:1", "settle:1:2:99", "up:9999", "back:9999"])
def test_a_button_there_is_none_of_changes_nothing(cast: Cast, desk: Desk, order: str) -> None:
    before = desk.rows()
    answer = desk.do(order)
    assert answer.status_code in {404, 422}
    assert 'role="alert"' in answer.get_data(as_text=True)
    desk.open()
    assert desk.rows() == before


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
