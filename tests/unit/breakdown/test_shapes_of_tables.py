"""Small tables in the many shapes offices save them in."""

import pytest

from workflows.breakdown.document import BreakdownDocument, ReadTable, read_bytes


def document(text: str) -> BreakdownDocument:
    """Read a text as a file."""
    return read_bytes("table.txt", text.encode())


def only_table(text: str) -> ReadTable:
    """Read a text that holds one table."""
    (table,) = document(text).tables
    return table


def cells(*rows: tuple[str, ...]) -> str:
    """Write rows as Word does: every cell on a line of its own behind a tab, an empty line after a row."""
    return "\n".join("\n".join(f"\t{cell}" for cell in row) + "\n" for row in rows)


def codes(table: ReadTable) -> list[str]:
    """Give the codes of all warnings of a table, its rules first."""
    return [
        *(warning.code for row in table.rows for warning in row.warnings),
        *(warning.code for warning in table.warnings),
    ]


def test_columns_in_another_order_are_known_by_their_heads() -> None:
    table = only_table(
        "某局任务分解表\n"
        + cells(("责任单位", "工作要求", "测评标准", "序号"), ("城管科", "照片3张", "街面整洁", "7"))
    )
    (row,) = table.rows
    assert (row.item_no, row.text, row.advice) == ("7", "街面整洁", "照片3张")
    assert [one.name for one in row.departments] == ["城管科"]


def test_points_in_a_column_of_their_own() -> None:
    table = only_table(
        "共性任务分解表（5分）\n"
        + cells(
            ("考核内容", "分值", "责任科室"), ("街面整洁", "3", "城管科"), ("车辆有序", "1.5分", "交通科")
        )
    )
    assert [str(row.points) for row in table.rows] == ["3", "1.5"]
    (warning,) = table.warnings
    assert warning.code == "points_mismatch"
    assert warning.as_json("en")["message"] == (
        "The title promises 5 points, the rules add up to 4.5. Check the table."
    )


def test_rows_on_one_line_each() -> None:
    table = only_table(
        "文明办责任分解表\n序号\t指标名称\t主要任务\t责任科室\t工作要求\n"
        "1\t环境\t街面整洁\t城管科、市政科\t至少5张照片\n2\t\t车辆有序\t交通科\t总结\n"
    )
    assert [(row.item_no, row.indicator, row.text) for row in table.rows] == [
        ("1", "环境", "街面整洁"),
        ("2", "环境", "车辆有序"),
    ]
    assert [one.name for one in table.rows[0].departments] == ["城管科", "市政科"]


def test_a_short_line_loses_only_what_is_at_its_end() -> None:
    table = only_table(
        "任务分解表\n主要任务\t责任科室\t工作要求\n街面整洁\t城管科\n车辆有序\n河道清洁\t水务科\t照片2张\n"
    )
    assert [row.text for row in table.rows] == ["街面整洁", "河道清洁"]
    assert codes(table) == ["no_requirement", "short_row"]
    # A lone line continues the cell above it, as a wrapped cell does.
    assert table.rows[0].departments[0].name == "城管科"


def test_a_line_without_its_rule_is_kept_as_text() -> None:
    table = only_table(
        "任务分解表\n序号\t主要任务\t责任科室\t工作要求\n1\t街面整洁\t城管科\t总结\n2\t车辆有序\n"
    )
    assert [row.text for row in table.rows] == ["街面整洁"]
    (warning,) = table.warnings
    assert (warning.code, warning.as_json("en")["where"]) == ("unreadable_text", "table 1, line 4")
    assert "车辆有序" in warning.as_json("en")["message"]


def test_a_table_without_empty_lines_between_rows() -> None:
    table = only_table(
        "任务分解表\n\t主要任务\n\t责任科室\n\t工作要求\n\t街面整洁，无乱堆乱放，无占道经营现象发生\n\t城管科\n\t照片3张\n"
        "\t车辆有序停放在划线区域之内，不占用盲道\n\t交通科\n\t总结\n"
    )
    assert [row.departments[0].name for row in table.rows] == ["城管科", "交通科"]


def test_empty_lines_between_the_cells_of_a_row() -> None:
    table = only_table(
        "任务分解表\n\t主要任务\n\n\t责任科室\n\n\t工作要求\n\n\t街面整洁\n\n\t城管科\n\n\t照片3张\n\n\t车辆有序\n\n\t交通科\n\n\t总结\n"
    )
    assert [(row.text, row.departments[0].name) for row in table.rows] == [
        ("街面整洁", "城管科"),
        ("车辆有序", "交通科"),
    ]


def test_a_row_of_too_few_cells_is_kept_as_text_and_the_next_one_read() -> None:
    table = only_table(
        "任务分解表\n"
        + cells(
            ("主要任务", "责任科室", "工作要求"),
            ("街面整洁", "城管科", "总结"),
            ("合并的一行",),
            ("车辆有序", "交通科", "总结"),
        )
    )
    assert [row.text for row in table.rows] == ["街面整洁", "车辆有序"]
    assert codes(table) == ["unreadable_text"]


def test_several_rules_on_one_line_are_parted_by_number_and_points() -> None:
    table = only_table(
        "任务分解表（6分）\n"
        + cells(
            ("考核细则", "责任科室"),
            ("1、街面整洁。（2分）2、车辆有序。（1分）（3）河道清洁（3分）", "城管科"),
        )
    )
    assert [(row.item_no, int(row.points or 0)) for row in table.rows] == [("1", 2), ("2", 1), ("3", 3)]
    assert "points_mismatch" not in codes(table)


def test_numbers_inside_a_rule_do_not_split_it() -> None:
    table = only_table(
        "任务分解表\n" + cells(("考核细则", "责任科室"), ("1、建立制度：\n①有方案\n②有总结（2分）", "城管科"))
    )
    (row,) = table.rows
    assert (row.points, row.text.count("\n")) == (2, 2)


def test_lead_and_assist_columns() -> None:
    table = only_table(
        "任务分解表\n"
        + cells(
            ("工作任务", "牵头单位", "配合单位", "完成时限"),
            ("街面整洁", "城管局", "公安局、各街道", "6月底前"),
        )
    )
    (row,) = table.rows
    assert [(one.name, one.role, one.group) for one in row.departments] == [
        ("城管局", "lead", False),
        ("公安局", "assist", False),
        ("各街道", "assist", True),
    ]
    assert row.deadline == "6月底前"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("政治部牵头，人事科、各科室配合", ["政治部 lead", "人事科 assist", "各科室 assist"]),
        ("人事科（牵头）、办公室", ["人事科 lead", "办公室 responsible"]),
        ("牵头单位：城管局\n配合单位：公安局、住建局", ["城管局 lead", "公安局 assist", "住建局 assist"]),
        ("办 公 室\n纪检组\n（监察室）  ", ["办公室 responsible", "纪检组（监察室） responsible"]),
        ("宣传部、教育局牵头、团委配合", ["宣传部 lead", "教育局 lead", "团委 assist"]),
    ],
)
def test_departments_as_people_write_them(text: str, expected: list[str]) -> None:
    table = only_table("任务分解表\n" + cells(("主要任务", "责任科室"), ("街面整洁", text)))
    assert [f"{one.name} {one.role}" for one in table.rows[0].departments] == expected


def test_people_are_no_departments() -> None:
    table = only_table(
        "任务分解表\n" + cells(("主要任务", "责任科室"), ("街面整洁", "城管科、张建国\n联系人：李明"))
    )
    assert [one.name for one in table.rows[0].departments] == ["城管科"]
    named = [warning.params["name"] for warning in table.rows[0].warnings if warning.code == "person_named"]
    assert named == ["张建国", "联系人：李明"]


def test_a_table_continued_under_a_repeated_head() -> None:
    head = ("主要任务", "责任科室")
    table = only_table("任务分解表\n" + cells(head, ("街面整洁", "城管科"), head, ("车辆有序", "交通科")))
    assert [row.text for row in table.rows] == ["街面整洁", "车辆有序"]


def test_content_beside_standard_is_the_indicator() -> None:
    table = only_table(
        "任务分解表\n" + cells(("测评内容", "测评标准", "责任单位"), ("环境卫生", "街面整洁", "城管局"))
    )
    assert (table.rows[0].indicator, table.rows[0].text) == ("环境卫生", "街面整洁")


def test_an_unknown_column_is_named() -> None:
    table = only_table("任务分解表\n" + cells(("主要任务", "天气", "责任科室"), ("街面整洁", "晴", "城管科")))
    assert codes(table) == ["no_requirement", "unknown_column"]
    assert table.rows[0].departments[0].name == "城管科"


def test_text_before_the_first_table_is_kept() -> None:
    read = document(
        "附件2\n某局任务分解表\n各单位务必认真落实。\n"
        + cells(("主要任务", "责任科室"), ("街面整洁", "城管科"))
    )
    assert read.title == "某局任务分解表"
    assert [(warning.code, warning.params["text"]) for warning in read.warnings] == [
        ("unreadable_text", "各单位务必认真落实。")
    ]


def test_a_department_only_the_advice_names_is_suggested_not_assigned() -> None:
    table = only_table(
        "任务分解表\n"
        + cells(
            ("主要任务", "责任科室", "工作要求"),
            ("街面整洁", "城管科", "由市政科协助，写总结"),
            ("车辆有序", "市政科", "写总结"),
        )
    )
    assert [one.name for one in table.rows[0].departments] == ["城管科"]
    assert codes(table) == ["department_in_advice"]


@pytest.mark.parametrize(
    ("advice", "expected"),
    [
        ("报告800字以内", ("report_chars", 800, "max")),
        ("说明报告不少于300字", ("report_chars", 300, "min")),
        ("现场照片不少于三张", ("photo_min", 3, "min")),
        ("照片（6张）", ("photo_min", 6, "min")),
        ("提供不超过10张图片", ("photo_min", 10, "max")),
        ("每半年召开两次会议", ("frequency", 2, "min")),
        ("满意度达到95.5%以上", ("percent_min", 95.5, "min")),
        ("宣传栏不少于十二块", ("count_min", 12, "min")),
        ("宣传栏面积不小于3平方米", ("area_min", 3, "min")),
        ("不小于60x40米", ("size_min", 2400, "min")),
    ],
)
def test_figures_in_other_words(advice: str, expected: tuple[str, float, str]) -> None:
    table = only_table(
        "任务分解表\n" + cells(("主要任务", "责任科室", "工作要求"), ("街面整洁", "城管科", advice))
    )
    first = table.rows[0].requirements[0]
    assert (first.kind, float(first.value or 0), first.bound) == expected


def test_years_and_telephone_numbers_are_no_demands() -> None:
    table = only_table(
        "任务分解表\n"
        + cells(("主要任务", "责任科室", "工作要求"), ("热线电话：12348，2016年起", "城管科", "自2013年以来"))
    )
    assert [one.kind for one in table.rows[0].requirements] == ["other"]
