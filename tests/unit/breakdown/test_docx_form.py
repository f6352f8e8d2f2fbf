"""Word documents as offices write them: merged cells, automatic numbers, tracked changes, boxes, frames."""

import io

import docx
import pytest

from office_files import cell, in_list, levels, paragraph, row, run, table, word
from workflows.breakdown.docx_form import read_docx
from workflows.breakdown.raw_tables import LeftOut, RawCell, RawDocument, RawTable

ABOVE, LEFT = RawCell("", above=True), RawCell("", left=True)
RESTART, CONTINUE = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


def read(body: str, numbering: str = "", styles: str = "") -> RawDocument:
    return read_docx("table.docx", word(body, numbering, styles))


def texts(given: RawTable) -> list[list[str]]:
    """Give the cells, ^ for one that goes on from above, < for one that goes on from before it."""
    return [["^" if one.above else "<" if one.left else one.text for one in line.cells] for line in given.rows]


def only(document: RawDocument) -> list[list[str]]:
    (given,) = document.tables
    return texts(given)


def span(count: int) -> str:
    return f'<w:gridSpan w:val="{count}"/>'


def test_a_document_of_the_library_reads_whole() -> None:
    made = docx.Document()
    made.add_paragraph("某市任务分解表")
    grid = made.add_table(3, 3)
    grid.cell(0, 0).merge(grid.cell(1, 0)).text = "环境\n卫生"
    grid.cell(0, 1).merge(grid.cell(0, 2)).text = "宽"
    grid.cell(1, 1).text, grid.cell(2, 2).text = "中", "末"
    made.add_paragraph("说明：照此执行。")
    file = io.BytesIO()
    made.save(file)
    given = read_docx("a.docx", file.getvalue())
    assert given.merging_known
    assert given.tables[0].before == (("某市任务分解表", 1),)
    assert given.after == (("说明：照此执行。", 5),)
    assert [line.place for line in given.tables[0].rows] == [2, 3, 4]
    assert [line.cells for line in given.tables[0].rows] == [
        (RawCell("环境\n卫生"), RawCell("宽"), LEFT),
        (ABOVE, RawCell("中"), RawCell("")),
        (RawCell(""), RawCell(""), RawCell("末")),
    ]


def test_a_block_of_rows_and_columns_goes_on_above_in_its_first_column() -> None:
    wide = span(2)
    body = table(row(cell("块", wide + RESTART), "a"), row(cell("", wide + CONTINUE), "b"), row("1", "2", "3"))
    assert only(read(body)) == [["块", "<", "a"], ["^", "<", "b"], ["1", "2", "3"]]


def test_tables_with_headings_between_them_keep_their_order() -> None:
    body = (
        paragraph("一、共性任务")
        + table(row("a", "b"))
        + paragraph("")
        + paragraph("二、个性任务")
        + table(row("c", "d"))
        + paragraph("完")
    )
    given = read(body)
    assert [[text for text, _ in one.before] for one in given.tables] == [["一、共性任务"], ["二、个性任务"]]
    assert [text for text, _ in given.after] == ["完"]


def test_rows_that_begin_later_or_end_sooner_stand_under_the_right_heads() -> None:
    before, after = '<w:gridBefore w:val="1"/>', '<w:gridAfter w:val="1"/>'
    body = table(row("a", "b", "c"), row("2", "3", properties=before), row("1", "2", properties=after))
    assert only(read(body)) == [["a", "b", "c"], ["", "2", "3"], ["1", "2", ""]]


def test_edges_drawn_a_hair_apart_are_one() -> None:
    body = table(
        row("序号", cell("任务", span(2)), "单位"),
        row(cell("1", span(2)), "街面整洁", "城管局"),
        row(cell("合计", span(3)), "9"),
        widths=(700, 60, 4000, 2000),
    )
    assert only(read(body)) == [["序号", "任务", "单位"], ["1", "街面整洁", "城管局"], ["合计", "<", "9"]]


def test_rows_of_as_many_cells_are_counted_off_wherever_their_edges_are() -> None:
    body = table(
        row("序号", cell("任务", span(2)), "单位"),
        row(cell("1", span(2)), "街面整洁", "城管局"),
        widths=(700, 900, 4000, 2000),
    )
    assert only(read(body)) == [["序号", "任务", "单位"], ["1", "街面整洁", "城管局"]]


def test_grid_columns_where_no_cell_begins_are_none() -> None:
    body = table(row(cell("a", span(3)), cell("b", span(4))), row("1", cell("2", span(2)), cell("3", span(4))))
    assert only(read(body)) == [["a", "<", "b"], ["1", "2", "3"]]


def test_a_cell_that_continues_nothing_shows_its_own_text() -> None:
    assert only(read(table(row("a", "b"), row(cell("孤", CONTINUE), "c")))) == [["a", "b"], ["孤", "c"]]


def test_cells_merged_the_old_way() -> None:
    old = row(cell("宽", '<w:hMerge w:val="restart"/>'), cell("", '<w:hMerge w:val="continue"/>'), "c")
    assert only(read(table(old, row("1", "2", "3")))) == [["宽", "<", "c"], ["1", "2", "3"]]


@pytest.mark.parametrize(
    ("kind", "pattern", "expected"),
    [
        ("decimal", "%1.", ["1. 甲", "2. 乙", "3. 丙"]),
        ("decimal", "%1、", ["1、甲", "2、乙", "3、丙"]),
        ("decimal", "（%1）", ["（1）甲", "（2）乙", "（3）丙"]),
        ("decimal", "%1)", ["1)甲", "2)乙", "3)丙"]),
        ("chineseCounting", "%1、", ["一、甲", "二、乙", "三、丙"]),
        ("chineseCountingThousand", "（%1）", ["（一）甲", "（二）乙", "（三）丙"]),
        ("japaneseCounting", "第%1条", ["第一条 甲", "第二条 乙", "第三条 丙"]),
        ("decimalEnclosedCircle", "%1", ["① 甲", "② 乙", "③ 丙"]),
        ("upperRoman", "%1-", ["I- 甲", "II- 乙", "III- 丙"]),
        ("lowerLetter", "%1.", ["a. 甲", "b. 乙", "c. 丙"]),
        ("chineseLegalSimplified", "%1、", ["壹、甲", "贰、乙", "叁、丙"]),
        ("ideographTraditional", "%1、", ["甲、甲", "乙、乙", "丙、丙"]),
        ("bullet", "●", ["甲", "乙", "丙"]),
    ],
)
def test_automatic_numbers_become_text(kind: str, pattern: str, expected: list[str]) -> None:
    body = "".join(paragraph(text, properties=in_list(1)) for text in "甲乙丙")
    assert [text for text, _ in read(body, levels((kind, pattern))).after] == expected


def test_numbers_of_a_column_of_empty_paragraphs_are_counted_down_the_rows() -> None:
    number = paragraph(properties=in_list(1))
    body = table(
        row("序号", "任务"),
        row(cell(number, RESTART), "a"),
        row(cell(number, CONTINUE), "b"),
        row(cell(number), "c"),
    )
    assert only(read(body, levels(("decimal", "%1")))) == [["序号", "任务"], ["1", "a"], ["^", "b"], ["2", "c"]]


def test_deeper_levels_name_the_higher_ones_and_begin_anew() -> None:
    kinds = (("chineseCounting", "%1、"), ("decimal", "%1.%2"))
    steps = [("甲", 0), ("子", 1), ("丑", 1), ("乙", 0), ("寅", 1)]
    body = "".join(paragraph(text, properties=in_list(1, level)) for text, level in steps)
    shown = [text for text, _ in read(body, levels(*kinds)).after]
    assert shown == ["一、甲", "一.1 子", "一.2 丑", "二、乙", "二.1 寅"]
    plain = levels(*kinds).replace('<w:numFmt w:val="decimal"/>', '<w:numFmt w:val="decimal"/><w:isLgl/>')
    assert read(body, plain).after[1][0] == "1.1 子"


def test_a_second_list_begins_anew_where_it_says_so_and_goes_on_where_not() -> None:
    again = (
        '<w:num w:numId="2"><w:abstractNumId w:val="1"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="1"/></w:num>'
    )
    body = "".join(paragraph("x", properties=in_list(number)) for number in (1, 1, 2, 2, 3))
    shown = [text for text, _ in read(body, levels(("decimal", "%1、")) + again).after]
    assert shown == ["1、x", "2、x", "1、x", "2、x", "3、x"]


def test_a_style_numbers_its_paragraphs_and_number_zero_takes_one_out() -> None:
    styles = (
        f'<w:style w:styleId="Base"><w:pPr>{in_list(1)}</w:pPr></w:style>'
        '<w:style w:styleId="Child"><w:basedOn w:val="Base"/></w:style>'
    )
    body = (
        paragraph("a", properties='<w:pStyle w:val="Base"/>')
        + paragraph("b", properties='<w:pStyle w:val="Child"/>')
        + paragraph("c", properties='<w:pStyle w:val="Child"/><w:numPr><w:numId w:val="0"/></w:numPr>')
    )
    assert [text for text, _ in read(body, levels(("decimal", "%1、")), styles).after] == ["1、a", "2、b", "c"]


def test_deleted_text_is_out_inserted_text_is_in_and_both_hidden_kinds_are_counted() -> None:
    gone = '<w:del w:id="1"><w:r><w:delText>旧</w:delText></w:r></w:del>'
    new = f'<w:ins w:id="2">{run("新")}</w:ins>'
    moved = f'<w:moveFrom w:id="3">{run("移")}</w:moveFrom><w:moveTo w:id="4">{run("到")}</w:moveTo>'
    hidden, shown = run("密", "<w:vanish/>"), run("明", '<w:vanish w:val="0"/>')
    body = table(
        row(cell(paragraph(gone, new, moved)), cell(paragraph(hidden, shown))),
        row("x", "y", properties='<w:del w:id="5"/>'),
        row("p", "q", properties="<w:hidden/>"),
    )
    given = read(body)
    assert only(given) == [["新到", "明"]]
    assert given.left_out == (LeftOut("hidden_rows", 1), LeftOut("hidden_text", 1), LeftOut("deleted_text", 3))


def test_a_deleted_paragraph_end_joins_two_paragraphs() -> None:
    body = paragraph("前", properties="<w:rPr><w:del/></w:rPr>") + paragraph("后")
    assert [text for text, _ in read(body).after] == ["前后"]


def test_breaks_tabs_and_wide_blanks_stay() -> None:
    inner = "<w:r><w:t>一</w:t><w:br/><w:t>二</w:t><w:tab/><w:t>　三</w:t><w:noBreakHyphen/><w:br w:type='page'/></w:r>"
    assert only(read(table(row(cell(f"<w:p>{inner}</w:p>" + paragraph("四")), "b")))) == [["一\n二\t　三-\n四", "b"]]


def test_of_a_field_the_result_counts_and_a_circled_number_is_one_sign() -> None:
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    page = (
        mark.format("begin")
        + "<w:r><w:instrText> PAGE </w:instrText></w:r>"
        + mark.format("separate")
        + run("7")
        + mark.format("end")
    )
    circle = mark.format("begin") + r"<w:r><w:instrText>eq \o\ac(○,3)</w:instrText></w:r>" + mark.format("end")
    assert read(paragraph("第", page, "页", circle, "完")).after == (("第7页③完", 1),)


def test_signs_of_symbol_fonts_raised_units_and_formulas_are_read() -> None:
    box = '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'
    area = run("2.4m") + run("2", '<w:vertAlign w:val="superscript"/>')
    formula = "<m:oMath><m:r><m:t>a+b</m:t></m:r></m:oMath>"
    assert (
        read(paragraph(box, area, formula, run("\uf0a8", '<w:rFonts w:ascii="Wingdings"/>'))).after[0][0]
        == "☑2.4m²a+b□"
    )


def test_text_boxes_and_content_controls_are_read_once() -> None:
    inside = f"<w:txbxContent>{paragraph('框内')}</w:txbxContent>"
    box = (
        "<w:r><mc:AlternateContent>"
        f'<mc:Choice Requires="wps"><w:drawing><wps:txbx>{inside}</wps:txbx></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict><v:textbox>{inside}</v:textbox></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph('控件')}</w:sdtContent></w:sdt>"
    body = (
        paragraph("外", box)
        + control
        + table(f"<w:sdt><w:sdtContent>{row('a', cell(paragraph('b', box)))}</w:sdtContent></w:sdt>")
    )
    given = read(body)
    assert [text for text, _ in given.tables[0].before] == ["外", "框内", "控件"]
    assert only(given) == [["a", "b\n框内"]]


def test_a_table_in_a_cell_becomes_lines_of_the_cell() -> None:
    nested = table(row("小项", "分值"), row("甲", "1"))
    assert only(read(table(row("a", cell(nested + paragraph("后"))), row("c", "d")))) == [
        ["a", "小项 分值\n甲 1\n后"],
        ["c", "d"],
    ]


@pytest.mark.parametrize("frame", ["one cell", "a cell in a row"])
def test_a_table_that_only_holds_another_in_place_is_a_frame(frame: str) -> None:
    nested = table(row("任务", "单位"), row("街面整洁", "城管局"))
    title = paragraph("任务分解表")
    rows = [row(cell(title + nested))] if frame == "one cell" else [row(cell(title), ""), row("", cell(nested))]
    given = read(table(*rows))
    assert only(given) == [["任务", "单位"], ["街面整洁", "城管局"]]
    assert [text for text, _ in given.tables[0].before] == ["任务分解表"]


def test_an_embedded_document_is_counted() -> None:
    sheet = '<w:r><w:object><o:OLEObject ProgID="Excel.Sheet.12"/></w:object></w:r>'
    assert read(paragraph("x", sheet)).left_out == (LeftOut("embedded", 1),)


def test_a_document_saved_as_strict_open_xml_reads_alike() -> None:
    usual = word(paragraph("甲", properties=in_list(1)) + table(row("a", "b")), levels(("decimal", "%1、")))
    strict = _strict(usual)
    assert strict != usual
    assert read_docx("a.docx", strict) == read_docx("a.docx", usual)


def _strict(data: bytes) -> bytes:
    import zipfile

    from office_files import packed

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    usual, strict = b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"
    return packed(
        {
            name: content.replace(usual + b"wordprocessingml/2006/", strict + b"wordprocessingml/").replace(
                usual + b"officeDocument/2006/", strict + b"officeDocument/"
            )
            for name, content in parts.items()
        }
    )
