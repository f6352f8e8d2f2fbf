"""Random tables flattened to text read back as they were; random text is refused or read, never a crash."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Invalid
from workflows.breakdown.document import as_json, read_bytes

DEPARTMENTS = ("城管科", "办公室", "政策法规科", "各科室", "市救助站", "机关党委")
WORDS = st.text(alphabet="街面整洁车辆有序河道清爽广场灯光", min_size=4, max_size=12)
ROWS = st.lists(
    st.tuples(
        WORDS,
        st.lists(st.sampled_from(DEPARTMENTS), min_size=1, max_size=3, unique=True),
        st.integers(1, 30),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=8,
)
HEADS = ("考核项目", "考核细则", "责任科室", "工作要求")
HOSTILE = st.text(alphabet="\t\n 表任务主要责任科室工作要求（）()1234567890、。分张字每%Ⅲ-①", max_size=300)


def cells_of(index: int, row: tuple[str, list[str], int, int]) -> tuple[str, str, str, str]:
    """Give the four cells of a random row."""
    words, departments, photos, points = row
    return (
        "环境建设" if index == 0 else "",
        f"{index + 1}、{words}。（{points}分）",
        "\n".join(departments),
        f"至少{photos}张照片",
    )


def flattened(order: list[int], rows: list[tuple[str, ...]], gap: str) -> str:
    """Write a table as Word saves it, its columns in `order`, departments parted by `gap`."""
    lines = ["某市任务分解表"]
    for row in (HEADS, *rows):
        lines.extend("\t" + row[place].replace("\n", gap) for place in order)
        lines.append("")
    return "\n".join(lines)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, order=st.permutations(range(4)), gap=st.sampled_from(["\n", "\n\n", "、"]))
def test_flattened_tables_read_back(
    rows: list[tuple[str, list[str], int, int]], order: list[int], gap: str
) -> None:
    text = flattened(order, [cells_of(index, row) for index, row in enumerate(rows)], gap)
    (table,) = read_bytes("random.txt", text.encode()).tables
    assert [
        (
            row.indicator,
            row.text,
            [one.name for one in row.departments],
            row.requirements[0].value,
            row.points,
        )
        for row in table.rows
    ] == [
        ("环境建设", f"{index + 1}、{words}。（{points}分）", departments, photos, points)
        for index, (words, departments, photos, points) in enumerate(rows)
    ]
    assert table.warnings == ()


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_tables_with_one_row_per_line_read_back(rows: list[tuple[str, list[str], int, int]]) -> None:
    lines = ["某市任务分解表", "\t".join(HEADS)]
    lines.extend("\t".join(cells_of(index, row)).replace("\n", "、") for index, row in enumerate(rows))
    (table,) = read_bytes("random.tsv", "\n".join(lines).encode()).tables
    assert [row.points for row in table.rows] == [points for *_, points in rows]
    assert [[one.name for one in row.departments] for row in table.rows] == [names for _, names, *_ in rows]


@settings(max_examples=150, deadline=None)
@given(body=HOSTILE, head=st.booleans())
def test_no_text_crashes_the_reader(body: str, head: bool) -> None:
    text = ("\t主要任务\n\t责任科室\n\t工作要求\n" if head else "") + body
    try:
        given_back = as_json(read_bytes("random.txt", text.encode()))
    except Invalid:
        return
    written = "".join(text.split())
    for table in given_back["tables"]:
        for row in table["rows"]:
            # No row is invented: its rule stands in the text, whole.
            assert row["text"]
            assert "".join(row["text"].split()) in written


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    try:
        read_bytes("random.txt", data)
    except Invalid:
        return
