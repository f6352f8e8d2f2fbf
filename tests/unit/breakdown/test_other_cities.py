"""Task tables of invented cities in the shapes offices write them in, each read whole: what every row says, and what is kept."""

from collections.abc import Callable
from io import BytesIO

import pytest
from docx import Document
from openpyxl import Workbook

from engine.errors import Invalid
from workflows.breakdown.document import BreakdownDocument, as_json, read_bytes

#: indicator, number, beginning of the text, points, departments with the first letter of their role, deadline
Row = tuple[str, str, str, float | None, list[str], str | None]


def rows(document: BreakdownDocument) -> list[Row]:
    """Give what every row says."""
    return [
        (
            row.indicator,
            row.item_no,
            row.text,
            None if row.points is None else float(row.points),
            [f"{one.canonical}:{one.role[0]}{'*' if one.group else ''}" for one in row.departments],
            row.deadline,
        )
        for table in document.tables
        for row in table.rows
    ]


def codes(document: BreakdownDocument) -> set[str]:
    """Give the doubts about a document."""
    found = as_json(document)
    return {one["code"] for one in found["warnings"]} | {one["code"] for table in found["tables"] for row in table["rows"] for one in row["warnings"]}


CSV = """某市2026年创建全国文明城市任务分解表,,,,,
序号,测评指标,测评标准,分值,责任单位,完成时限
1,理想信念教育,"开展主题宣讲,每季度不少于1次;提供照片3张",2,"市委宣传部（牵头）、市教育局",6月底前
2,,组织志愿服务活动不少于6次,1.5,团市委,长期坚持
一、公共秩序（5分）,,,,,
3,交通秩序,路口秩序良好,3,市公安局；配合：市城管局,9月底前
小计,,,6.5,,
合计,,,8,,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_spreadsheet_saved_with_commas(encoding: str) -> None:
    document = read_bytes("任务表.csv", CSV.encode(encoding))
    assert document.title == "某市2026年创建全国文明城市任务分解表"
    assert rows(document) == [
        ("理想信念教育", "1", "开展主题宣讲,每季度不少于1次;提供照片3张", 2, ["市委宣传部:l", "市教育局:r"], "6月底前"),
        ("理想信念教育", "2", "组织志愿服务活动不少于6次", 1.5, ["团市委:r"], "长期坚持"),
        ("一、公共秩序 / 交通秩序", "3", "路口秩序良好", 3, ["市公安局:r", "市城管局:a"], "9月底前"),
    ]
    assert document.tables[0].points_total == 8
    assert {"points_mismatch", "group_points_mismatch"} <= codes(document)


MARKDOWN = """# 2026年文明城市创建重点任务清单

| 序号 | 工作任务 | 牵头单位 | 配合单位 | 完成时限 |
|---|---|---|---|---|
| 1 | 建设文明实践中心<br>完善制度 | 市委宣传部 | 各县（市、区） | 10月底前 |
| 2 | 开展文明交通行动 | 市公安局 | 市交通局、市城管局 | 持续推进 |
"""


def test_a_markdown_table() -> None:
    document = read_bytes("清单.md", MARKDOWN.encode())
    assert document.title == "2026年文明城市创建重点任务清单"
    assert rows(document) == [
        ("", "1", "建设文明实践中心\n完善制度", None, ["市委宣传部:l", "各县（市、区）:a*"], "10月底前"),
        ("", "2", "开展文明交通行动", None, ["市公安局:l", "市交通局:a", "市城管局:a"], "持续推进"),
    ]


PAGE = """<html><head><meta charset="utf-8"></head><body><p>关于印发方案的通知</p><h2>创建任务分解表（20分）</h2><table>
<tr><th rowspan=2>序号</th><th rowspan=2>考核项目</th><th rowspan=2>考核内容</th><th rowspan=2>分值</th><th colspan=2>责任单位</th></tr>
<tr><th>牵头</th><th>配合</th></tr>
<tr><td>1</td><td rowspan=2>组织领导</td><td>成立领导小组</td><td>10</td><td>市委办</td><td>市政府办</td></tr>
<tr><td>2</td><td>每月召开一次推进会</td><td>10</td><td>市文明办</td><td>各成员单位</td></tr></table></body></html>"""


def test_a_web_page_with_a_head_in_two_rows() -> None:
    document = read_bytes("page.html", PAGE.encode())
    assert rows(document) == [
        ("组织领导", "1", "成立领导小组", 10, ["市委办:l", "市政府办:a"], None),
        ("组织领导", "2", "每月召开一次推进会", 10, ["市文明办:l", "各成员单位:a*"], None),
    ]
    assert "points_mismatch" not in codes(document)
    assert [stray.text for stray in document.strays] == ["关于印发方案的通知"]


PARAGRAPHS = """某区创建文明城市工作任务分解方案

一、加强理想信念教育
1.深入开展学习教育，每月组织1次集中学习。（责任单位：区委宣传部、区直机关工委；完成时限：12月底前）
2.建设学习平台。（牵头单位：区委宣传部；配合单位：各街道）
二、优化公共秩序
3.规范停车秩序。
责任部门：区公安分局、区城管局
"""


def test_numbered_paragraphs_with_tails() -> None:
    document = read_bytes("方案.txt", PARAGRAPHS.encode())
    assert document.title == "某区创建文明城市工作任务分解方案"
    assert [(row[0], row[1], row[4], row[5]) for row in rows(document)] == [
        ("一、加强理想信念教育", "1", ["区委宣传部:r", "区直机关工委:r"], "12月底前"),
        ("一、加强理想信念教育", "2", ["区委宣传部:l", "各街道:a*"], None),
        ("二、优化公共秩序", "3", ["区公安分局:r", "区城管局:r"], None),
    ]


BOX = """┌────┬──────────────┬────────┐
│序号│任务内容      │责任单位│
├────┼──────────────┼────────┤
│1   │整治占道经营，│市城管局│
│    │做到门前三包  │        │
├────┼──────────────┼────────┤
│2   │增设停车位    │市公安局│
└────┴──────────────┴────────┘
"""
BARS = """序号 | 任务内容 | 责任部门 | 分值
1 | 主次干道整洁 | 区城管局 | 3分
2 | 农贸市场规范 | 区市场监管局、区商务局 | 2分
"""
TABS = "工作内容\t责任领导\t责任单位\t完成时间\n整治背街小巷\t张三\t市住建局\t2026-06-30\n改造老旧小区\t李四、王五\t市住建局（市财政局配合）\t2026年底\n"
SPACED = """序号  任务内容          责任单位
1     整治占道经营      市城管局
2     增设停车位        市公安局、市住建局
"""
FULL_WIDTH = "任务　　责任单位　　完成时限\n绿化补植　　园林局　　六月底前\n道路修补　　住建局　　九月底前\n"
LINES = "序号\n任务\n责任单位\n完成时限\n1\n清理卫生死角\n市城管局\n6月底前\n2\n规范户外广告\n市住建局、市城管局\n长期坚持\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(BOX, [("1", "整治占道经营，做到门前三包", None, ["市城管局:r"], None), ("2", "增设停车位", None, ["市公安局:r"], None)], id="drawn-lines"),
        pytest.param(BARS, [("1", "主次干道整洁", 3, ["区城管局:r"], None), ("2", "农贸市场规范", 2, ["区市场监管局:r", "区商务局:r"], None)], id="bars"),
        pytest.param(TABS, [("", "整治背街小巷", None, ["市住建局:r"], "2026-06-30"), ("", "改造老旧小区", None, ["市住建局:r", "市财政局:a"], "2026年底")], id="tabs-and-leaders"),
        pytest.param("序号\n任务\n责任单位\n1\n清理死角\n运走垃圾\n市城管局\n2\n规范广告\n市住建局\n", [("1", "清理死角\n运走垃圾", None, ["市城管局:r"], None), ("2", "规范广告", None, ["市住建局:r"], None)], id="a-cell-of-two-lines-that-fits-one-column"),
        pytest.param(SPACED, [("1", "整治占道经营", None, ["市城管局:r"], None), ("2", "增设停车位", None, ["市公安局:r", "市住建局:r"], None)], id="columns-of-blanks"),
        pytest.param(FULL_WIDTH, [("", "绿化补植", None, ["园林局:r"], "六月底前"), ("", "道路修补", None, ["住建局:r"], "九月底前")], id="full-width-blanks"),
        pytest.param(LINES, [("1", "清理卫生死角", None, ["市城管局:r"], "6月底前"), ("2", "规范户外广告", None, ["市住建局:r", "市城管局:r"], "长期坚持")], id="a-cell-a-line"),
    ],
)
def test_plain_text_in_many_shapes(text: str, expected: list[Row]) -> None:
    assert [row[1:] for row in rows(read_bytes("表.txt", text.encode()))] == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("序号\n任务\n工作要求\n责任单位\n1\n清理死角\n运走垃圾\n三天完成\n市城管局\n2\n规范广告\n拆除违规\n市住建局\n", id="two-cells-may-hold-it"),
        pytest.param("任务\n责任单位\n完成时限\n清理死角\n运走垃圾\n市城管局\n6月底前\n", id="no-numbers"),
    ],
)
def test_rows_that_are_not_sure_stay_text(text: str) -> None:
    try:
        document = read_bytes("表.txt", text.encode())
    except Invalid:
        return
    assert [row[2] for row in rows(document)] == ["规范广告"]
    assert any("清理死角" in stray.text for table in document.tables for stray in table.strays)


def word() -> bytes:
    """Write a Word table with merged cells, a group row and a row of totals."""
    document = Document()
    document.add_heading("某县2026年创建省级文明县城任务分解表", 1)
    document.add_paragraph("填报单位：县文明办      2026年3月")
    written = [
        ["序号", "项目", "考核内容及标准", "标准分", "责任部门", "印证资料"],
        ["1", "政务环境", "1.公开栏更新及时（3分）\n2.窗口文明用语（2分）", "5", "县政务服务中心", "图片2张/类"],
        ["2", "", "无乱收费投诉", "3", "县纪委监委\n县发改局", "无案件证明"],
        ["二、法治环境（12分）", "", "", "", "", ""],
        ["3", "法治宣传", "每季度开展法治宣传活动1次", "6", "县司法局 县法院", "活动照片（不少于3张）"],
        ["4", "", "建设法治文化阵地", "6", "各乡镇、县司法局", ""],
        ["合计", "", "", "20", "", ""],
    ]
    table = document.add_table(rows=len(written), cols=6)
    for number, texts in enumerate(written):
        for place, text in enumerate(texts):
            table.cell(number, place).text = text
    table.cell(1, 1).merge(table.cell(2, 1)).text = "政务环境"
    table.cell(3, 0).merge(table.cell(3, 5)).text = "二、法治环境（12分）"
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_a_word_table_with_merged_cells_groups_and_totals() -> None:
    document = read_bytes("分解表.docx", word())
    assert document.title == "某县2026年创建省级文明县城任务分解表"
    assert rows(document) == [
        ("政务环境", "1", "1.公开栏更新及时（3分）", 3, ["县政务服务中心:r"], None),
        ("政务环境", "2", "2.窗口文明用语（2分）", 2, ["县政务服务中心:r"], None),
        ("政务环境", "2", "无乱收费投诉", 3, ["县纪委监委:r", "县发改局:r"], None),
        ("二、法治环境 / 法治宣传", "3", "每季度开展法治宣传活动1次", 6, ["县司法局:r", "县法院:r"], None),
        ("二、法治环境 / 法治宣传", "4", "建设法治文化阵地", 6, ["各乡镇:r*", "县司法局:r"], None),
    ]
    assert document.tables[0].points_total == 20
    assert "points_mismatch" not in codes(document)


def workbook() -> bytes:
    """Write a workbook with a title row, a head in two rows, merged cells and a remark."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (
        ["2026年全国文明城市网上申报责任分解表"],
        ["指标编号", "指标名称", "测评标准", "材料要求", None, "责任单位", "上报时间"],
        [None, None, None, "类型", "数量", None, None],
        ["Ⅱ-1", "廉洁高效", "1）推行政务公开", "实景图片", "3张", "市政务局", None],
        ["Ⅱ-1", None, "2）满意度≥85%", "统计表格", "1份", "市纪委", None],
        ["Ⅱ-2", "公平正义", "法律援助覆盖率100%", "说明报告", "500字以内", "市司法局", "8月28日"],
        ["注：以上材料请于9月10日前报送。"],
    ):
        sheet.append(line)
    for merged in ("A1:G1", "D2:E2", "A2:A3", "B2:B3", "C2:C3", "F2:F3", "G2:G3"):
        sheet.merge_cells(merged)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_workbook_with_a_head_in_two_rows_and_a_remark() -> None:
    document = read_bytes("网申.xlsx", workbook())
    assert document.tables[0].kind == "online_filing"
    assert rows(document) == [
        ("廉洁高效", "Ⅱ-1", "1）推行政务公开", None, ["市政务局:r"], None),
        ("廉洁高效", "Ⅱ-1", "2）满意度≥85%", None, ["市纪委:r"], None),
        ("公平正义", "Ⅱ-2", "法律援助覆盖率100%", None, ["市司法局:r"], "8月28日"),
    ]
    asked = [[(one.kind, one.value) for one in row.requirements] for row in document.tables[0].rows]
    assert ("photo_min", 3) in asked[0]
    assert ("report_chars", 500) in asked[2]
    assert [note.text for note in document.tables[0].notes] == ["注：以上材料请于9月10日前报送。"]


def two_tables() -> bytes:
    """Write two task tables and a list of telephone numbers into one document."""
    document = Document()
    for title, lines in (
        ("共性任务分解表", [["序号", "任务", "责任单位"], ["1", "门前三包", "各科室"]]),
        ("通讯录", [["姓名", "电话"], ["张三", "13800000000"]]),
        ("个性任务分解表", [["序号", "任务", "责任单位"], ["1", "法治宣传", "宣传科"]]),
    ):
        document.add_paragraph(title)
        table = document.add_table(rows=len(lines), cols=len(lines[0]))
        for number, texts in enumerate(lines):
            for place, text in enumerate(texts):
                table.cell(number, place).text = text
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_several_tables_and_one_that_is_no_task_table() -> None:
    document = read_bytes("汇编.docx", two_tables())
    assert [table.kind for table in document.tables] == ["common", "individual"]
    assert [row[2:] for row in rows(document)] == [("门前三包", None, ["各科室:r*"], None), ("法治宣传", None, ["宣传科:r"], None)]
    assert "no_task_table" in codes(document)


def test_heads_repeated_on_a_new_page_are_no_rows() -> None:
    text = "| 序号 | 任务 | 责任单位 |\n|---|---|---|\n| 1 | 甲事 | 甲局 |\n| 序号 | 任务 | 责任单位 |\n| 2 | 乙事 | 乙局 |\n"
    document = read_bytes("表.md", text.encode())
    assert [row[2] for row in rows(document)] == ["甲事", "乙事"]


@pytest.mark.parametrize(
    ("head", "column"),
    [
        ("内容及要求", lambda row: row.text), ("主要工作举措", lambda row: row.text), ("重点任务事项", lambda row: row.text),
    ],
)  # fmt: skip
def test_heads_nobody_listed_are_understood_by_their_words(head: str, column: Callable[..., str]) -> None:
    text = f"| 序号 | {head} | 责任单位 | 完成时限 |\n|---|---|---|---|\n| 1 | 开展整治行动并长期保持整洁有序 | 市城管局 | 6月底前 |\n"
    document = read_bytes("表.md", text.encode())
    assert column(document.tables[0].rows[0]) == "开展整治行动并长期保持整洁有序"


def test_a_column_without_a_known_head_is_understood_by_what_stands_in_it() -> None:
    text = (
        "| 序号 | 任务 | 牵头 | 谁来做 | 啥时候 |\n|---|---|---|---|---|\n"
        "| 1 | 整治占道经营 | 市城管局 | 市公安局、市商务局 | 6月底前 |\n| 2 | 增设停车位 | 市公安局 | 市住建局 | 9月底前 |\n"
    )
    document = read_bytes("表.md", text.encode())
    assert [(row[4], row[5]) for row in rows(document)] == [
        (["市城管局:l", "市公安局:r", "市商务局:r"], "6月底前"),
        (["市公安局:l", "市住建局:r"], "9月底前"),
    ]


def test_a_group_whose_number_stands_in_its_own_cell() -> None:
    text = (
        "| 序号 | 工作任务及要求 | 责任领导 | 责任单位 | 备注 |\n|---|---|---|---|---|\n| 一 | 组织领导 | | | |\n"
        "| 1 | 成立领导小组 | 王建国 副市长 | 市委办、市政府办 | |\n| 二 | 环境整治 | | | |\n| 2 | 清理死角 | 张华 | 各街道（镇） | |\n"
    )
    document = read_bytes("清单.md", text.encode())
    assert [(row[0], row[1], row[2], row[4]) for row in rows(document)] == [
        ("组织领导", "1", "成立领导小组", ["市委办:r", "市政府办:r"]),
        ("环境整治", "2", "清理死角", ["各街道（镇）:r*"]),
    ]
    assert "unknown_column" not in codes(document)


def test_sums_in_a_table_with_tabs_are_no_tasks() -> None:
    text = "项目\t任务\t分值\t牵头部门\n公共秩序\t整治占道经营\t5\t城管局\n\t规范停车\t5\t公安局\n小计\t\t10\t\n总计\t\t12\t\n"
    document = read_bytes("表.tsv", text.encode())
    assert [row[2] for row in rows(document)] == ["整治占道经营", "规范停车"]
    assert document.tables[0].points_total == 12
    assert {"points_mismatch"} == {one for one in codes(document) if "points" in one or "text" in one}


def test_merged_points_belong_to_the_rules_they_stand_beside_once() -> None:
    page = (
        "<table><tr><td>测评内容</td><td>分值</td><td>责任部门</td></tr><tr><td>政务公开</td><td rowspan=2>6</td>"
        "<td rowspan=2>市政务局</td></tr><tr><td>行为规范</td></tr></table>"
    )
    document = read_bytes("表.html", page.encode())
    assert [(row[2], row[3], row[4]) for row in rows(document)] == [("政务公开", 6, ["市政务局:r"]), ("行为规范", None, ["市政务局:r"])]


def test_groups_among_cells_on_lines_and_among_paragraphs_declare_points() -> None:
    lines = "序号\n任务\n责任单位\n分值\n一、公共环境（6分）\n1\n清理死角\n市城管局\n3分\n二、公共秩序（3分）\n2\n规范停车\n市公安局\n3分\n"
    document = read_bytes("表.txt", lines.encode())
    assert [(row[1], row[2], row[3]) for row in rows(document)] == [("1", "清理死角", 3), ("2", "规范停车", 3)]
    assert [row[0] for row in rows(document)][1] == "二、公共秩序"
    paragraphs = "一、公共环境（6分）\n1.清理死角（3分）。（责任单位：市城管局）\n2.粉刷墙面（2分）。（责任单位：市住建局）\n"
    assert "group_points_mismatch" in codes(read_bytes("表.txt", paragraphs.encode()))


def test_blanks_that_do_not_agree_make_no_rows() -> None:
    text = "关于开展整治的通知  各单位  请认真落实\n任务  要求  时间\n甲   乙   丙   丁\n戊\n"
    with pytest.raises(Invalid, match="no task table"):
        read_bytes("通知.txt", text.encode())
