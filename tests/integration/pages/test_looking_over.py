"""Looking a task table over: every row is corrected in place, undone, split and moved; what cannot be used is refused where it was typed."""

import pytest
from cast import Cast
from looking_desk import OTHER, Desk, SignedIn, count, sent, words
from lxml import html
from sqlalchemy import func, select

from models.audit import AuditEvent
from models.breakdown import Campaign, TaskBreakdown
from models.evidence import Assignment
from models.people import Department
from workflows.departments import find_department


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


GROUPED = """2027年任务分解表,,,
序号,测评标准,分值,责任单位
一、公共秩序（5分）,,,
1,路口秩序良好,3,甲科
2,停车规范,2,乙科
"""


def test_the_points_of_a_group_are_doubted_as_they_are_typed(signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    desk = Desk(client, sent(client, GROUPED.encode(), "任务表.csv").location)
    assert "“一、公共秩序”" not in words(desk.answer)
    desk.save_row("停车", points="1")
    assert "“一、公共秩序”标明 5 分" in words(desk.answer)
    desk.save_row("路口", points="4")
    assert "“一、公共秩序”" not in words(desk.answer).split("修改记录")[0]
    desk.step("undo")
    assert "“一、公共秩序”标明 5 分" in words(desk.answer)


def test_a_requirement_added_here_is_the_persons_on_the_page_of_requirements(cast: Cast, signed_in: SignedIn, desk: Desk) -> None:
    desk.save_row("户外招牌", **{"kind-new": "report_chars", "bound-new": "about", "value-new": "500", "unit-new": "字"})
    assert Desk(signed_in("zhou"), desk.address).save().status_code == 303
    with cast.reading() as session:
        no = session.scalars(select(Assignment.no).where(Assignment.title == "户外招牌整齐")).one()
    text = words(desk.client.get(f"/items/{no}/requirements"))
    assert "赵敏添加" in text
