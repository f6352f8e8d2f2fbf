"""The language of conditions: what it answers, what it leaves open to nobody's guess, and how it refuses."""

import string
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalogue import translate
from engine.errors import Invalid
from engine.expressions import (
    ExpressionError, compiled, evaluate, holds, names_in_template, names_used, parse, render,
)  # fmt: skip

ORDER = {"price": 250, "lines": [{"name": "纸", "n": 2}, {"name": "笔", "n": 3}], "note": None, "in": 1}


@pytest.mark.parametrize(
    ("text", "names", "answer"),
    [
        ('outcome == "approve"', {"outcome": "approve"}, True),
        ("${outcome == 'approve'}", {"outcome": "return"}, False),
        ("#{count >= 3}", {"count": 3}, True),
        (" ${ count >= 3 } ", {"count": 3}, True),
        ("len(departments)", {"departments": ["a", "b"]}, 2),
        ("departments[loopCounter]", {"departments": ["a", "b"], "loopCounter": 1}, "b"),
        ("1 < count <= 5 and not late", {"count": 5, "late": False}, True),
        ('审核结果 == "退回"', {"审核结果": "退回"}, True),
        ("kind in ['a', 'b'] or kind not in ['c']", {"kind": "d"}, True),
        ("kind in ('a', 'b')", {"kind": "b"}, True),
        ("10 if big else -1", {"big": False}, -1),
        ("max(a, b) + min(a, b) - sum([a, b])", {"a": 4, "b": 9}, 0),
        ("true and not false and null == nothing", {"nothing": None}, True),
        ("any([a, b]) and all([a])", {"a": True, "b": False}, True),
    ],
)
def test_it_works(text: str, names: dict[str, object], answer: object) -> None:
    assert evaluate(text, names) == answer


# What the words and marks of JUEL mean: Jakarta Expression Language 5.0, sections 1.6 to 1.11 and 1.14.
@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("a && b", False), ("a || b", True), ("!b", True), ("!a || !b", True), ("not b", True), ("a and !b", True),
        ("!b == a", True), ("a or b and b", True), ("(a or b) and b", False), ("!!a", True), ("not not a", True),
        ("n eq 7", True), ("n ne 7", False), ("n lt 8", True), ("n le 7", True), ("n gt 7", False), ("n ge 8", False),
        ("n div 2", 3.5), ("n mod 4", 3), ("n % 4", 3), ("1/2 == 0.5", True), ("nrOfDone/nrOf >= 0.5", True),
        ("2 + 3 * 4", 14), ("(2 + 3) * 4", 20), ("10 - 4 - 3", 3), ("24 / 4 / 3", 2.0), ("7 - -2", 9), ("-n + 1", -6),
        ("1.5e3 * 2", 3000.0), ("'退' + '回'", "退回"), ("a ? 1 : 2", 1), ("b ? 1 : a ? 2 : 3", 2), ("b ? 1 : b ? 2 : 3", 3),
        ("1 if b else 2 if a else 3", 2), ("a ? (1 if b else 5) : 3", 5), ("(a ? b : a) == false", True),
        ("empty none", True), ("empty ''", True), ("empty []", True), ("empty 0", False),
        ("not empty list", True), ("empty order.note", True), ("empty order.missing", True), ("!empty order.lines", True),
        ("order.price", 250), ("order['price']", 250), ("order.lines[1].name", "笔"), ("order['in']", 1),
        ("list.size()", 3), ("order.lines.isEmpty()", False), ("list.contains(2)", True), ("'abc'.contains('b')", True),
        ("order.contains('price')", True), ("'退回'.size() == 2", True), ("[].isEmpty()", True),
        ("count(list, 2)", 1), ("contains(list, 9)", False), ("contains('abc', 'bc')", True), ("abs(-3)", 3), ("sum(list)", 6),
        ("min(list)", 1), ("max('a', 'b')", "b"), ("len(order)", 4), ("all([])", True), ("any([])", False), ("sum([])", 0),
        ("round(2.5)", 3), ("round(-2.5)", -3), ("round(2.675, 2)", 2.68), ("round(1.25, 1)", 1.3), ("round(7)", 7),
        ("'a' < 'b'", True), ("1 < 2 < 3", True), ("3 > 2 > 2", False), ("'2' == 2", False), ("none == null", True),
        ("None == null and True == true and False == false", True), ("n != none", True), ("'b' in 'abc'", True),
        ("'price' in order", True), ("2 not in list", False), (r"'it\'s' + "+r'"\\"', "it's\\"), ("1000000000000000000", 10**18),
        ("[1, [2, 3]][1][0]", 2), ("0", 0), ("0.0", 0.0), ("'#{x}'", "#{x}"), ("${'}'}", "}"), ("return == 'a'", True),
    ],
)  # fmt: skip
def test_the_words_and_marks_of_both_worlds(text: str, answer: object) -> None:
    names = {
        "a": True, "b": False, "n": 7, "nrOf": 5, "nrOfDone": 3, "none": None, "list": [1, 2, 3], "order": ORDER, "return": "a",
    }  # fmt: skip
    result = evaluate(text, names)
    assert (result, type(result)) == (answer, type(answer))


@pytest.mark.parametrize(
    "text",
    [
        "not a == b", "not a in list", "not n + 1 == 2", "! a in list", "a == b == a", "1 < n == true", "a != b != a", "1 in list in list",
        "1 if a else b ? 1 : 2", "a ? 1 : 2 if b else 3", "-7 % 3", "7 % -3", "007", "list[-1]", "list[true]", "list[1.0]", "'abc'[0]",
        "'false' and a", "1 or a", "n ? 1 : 2", "!n", "not 'x'", "any([1])", "a + 1", "sum([a])", "true < false", "[1] < [2]", "a = b",
        "order.price = 1", "a <> b", "a === b", "+1", "1 +", "a b", "a,", "[1,]", "len(list,)", "()", "a ? b", "a : b", "a if b",
        "not", "empty", "order.", ".a", "order.in", "list.size", "list.size(1)", "list.get(0)", "list.contains()", "len()", "count(list)",
        "min()", "min([])", "min(1, 'a')", "round(1, 2, 3)", "round(1, -1)", "round(1, 13)", "round('1')", "abs(true)", "len(7)", "any(7)",
        "contains(7, 7)", "contains('a', 7)", "7 in 'a7'", "1 / 0", "1 % 0", "1 / 0.0", "none + 1", "none.x", "none[0]", "n.x", "n[0]",
        "list['0']", "order[0]", "order[none]", "list[3]", "order.missing", "order.price.x.y", "missing", "'a' * 2", "list * 2", "list + list", "-'a'",
        "'a' - 'a'", "'a' + 1", "999999999 * 999999999 * 999", "9e307 * 100", "1e999", "1000000000000000001", "1.", "1.2.3", "0x10", "1_0",
        "12abc", "'a", "'a\\n'", "'a' 'b'", "a; b", "a # b", "a // b", "a /* b */", "${a} && ${b}", "PT${n}H", "${a", "a}", "$a", "{a}",
        "", "   ", "${}", "${ }",
    ],
)  # fmt: skip
def test_what_can_be_misread_or_makes_no_sense_is_refused(text: str) -> None:
    names = {"a": True, "b": False, "n": 7, "none": None, "list": [1, 2, 3], "order": ORDER}
    with pytest.raises(ExpressionError):
        evaluate(text, names)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nothing_here == 1", "nothing_here has no value"),
        ("order.prise > 1", "order.prise has no value"),
        ("order.note.length", "order.note is null, a value is needed"),
        ("order.note > 1", "order.note is null, a value is needed"),
        ("1 <= 2 < none", "none is null, a value is needed"),
        ("none + 1", "none is null, a value is needed"),
        ("lines[7].n", "lines[7] has no value"),
        ("'a' < 1", "'a' and 1 have no order: they are not of one kind"),
        ("a = 1", "a single = does not compare: write =="),
        ("not a == b", "not … == can be read in two ways: set brackets"),
        ("a （b）", "write ( instead of the look-alike （ (U+FF08)"),
        ("a == “b”", 'write " instead of the look-alike “ (U+201C)'),
        ("ａ == 1", "ａ only looks like a: type it anew"),
        ("a\u200b == 1", "the invisible character U+200B is not allowed"),
        ("a & b", "& (U+0026) has no meaning in an expression"),
        ("open('x')", "there is no function open"),
        ("x.getClass()", "there is no function .getClass()"),
        ("a ==", "the expression breaks off"),
        ("a b", "b is not expected here"),
        ("len(1, 2)", "the function len does not take 2 values"),
        ("len(none)", "len takes a text, a list or a mapping"),
        ("'yes' and a", "'yes' is neither true nor false: compare it with something"),
        ("a" * 501, "longer than 500 characters"),
        ("object", "object holds something that is not plain data"),
    ],
)
def test_a_refusal_names_the_thing(text: str, sentence: str) -> None:
    names = {"order": ORDER, "lines": [], "none": None, "a": True, "b": True, "object": object()}
    with pytest.raises(ExpressionError) as refused:
        evaluate(text, names)
    assert str(refused.value) == sentence


def test_a_refusal_is_said_in_the_language_of_the_reader() -> None:
    with pytest.raises(ExpressionError) as refused:
        evaluate("甲 > 1", {"甲": None})
    whole = "The diagram cannot go on at {element}: {problem}. Nothing was changed; tell the administrator."
    assert "甲 为空（null）" in translate("zh", whole, element="x", problem=refused.value)
    assert "甲 is null" in translate("en", whole, element="x", problem=refused.value)


def test_spaces_around_are_not_counted() -> None:
    assert evaluate("\n" * 600 + "1" + " " * 600, {}) == 1


def test_names_of_functions_cannot_be_taken_over_by_data() -> None:
    assert evaluate("len(a) + len", {"len": 5, "a": [1, 2]}) == 7


def test_constants_cannot_be_taken_over_by_data() -> None:
    assert evaluate("true && !false && null == None", {"true": False, "false": True, "null": 1, "None": 2}) is True


def test_a_function_is_no_value() -> None:
    with pytest.raises(ExpressionError, match="len has no value"):
        evaluate("[len]", {})


def test_the_caller_may_hand_in_functions() -> None:
    days = {"days": lambda n: timedelta(days=n)}
    assert evaluate("days(n)", {"n": 3, "days": 1}, days) == timedelta(days=3)
    assert evaluate("days(2) > days(1)", {}, days) is True
    with pytest.raises(ExpressionError, match="there is no function days"):
        evaluate("days(3)", {})
    with pytest.raises(ExpressionError, match=r"days\(…\) cannot be worked out"):
        evaluate("days('x', 2)", {}, days)
    with pytest.raises(ValueError, match="cannot be replaced: len"):
        evaluate("1", {}, {"len": len})


def test_what_a_handed_function_refuses_is_not_dressed_up() -> None:
    sentence = "The year is not known."

    def unknown(_n: int) -> int:
        raise Invalid(sentence)

    with pytest.raises(Invalid, match="not known"):
        evaluate("days(1)", {}, {"days": unknown})


def test_what_a_handed_function_gives_must_be_plain() -> None:
    with pytest.raises(ExpressionError, match="not plain data"):
        evaluate("days()", {}, {"days": object})


@pytest.mark.parametrize("left", [datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1)])
def test_moments_have_an_order_only_among_their_kind(left: date) -> None:
    names = {"a": left, "b": left + timedelta(days=1)}
    assert evaluate("a < b && a == a", names) is True
    with pytest.raises(ExpressionError, match="not of one kind"):
        evaluate("a < b", {"a": left, "b": datetime(2026, 1, 1)})  # noqa: DTZ001 - the naive one is the point


@pytest.mark.parametrize(("value", "verdict"), [(True, True), (False, False), (None, False)])
def test_a_condition_holds_or_not(value: object, verdict: bool) -> None:
    assert holds("${ready}", {"ready": value}) is verdict


@pytest.mark.parametrize("value", ["true", "false", "", 0, 1, [], [0]])
def test_a_condition_that_is_no_verdict_is_refused(value: object) -> None:
    with pytest.raises(ExpressionError, match="neither true nor false"):
        holds("${ready}", {"ready": value})


def test_conditions_stop_where_they_are_settled() -> None:
    assert evaluate("false && missing", {}) is False
    assert evaluate("true || missing", {}) is True
    assert evaluate("true ? 1 : missing", {}) == 1


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("a.b[c] == 'd' && len(e) > f", {"a", "c", "e", "f"}),
        ("${x ? y : [z, -w, empty v, not (u in t)]}", {"x", "y", "z", "w", "v", "u", "t"}),
        ("1 + 1", set()),
        ("审核结果 == '退回' or true", {"审核结果"}),
        ("a.size() + b * 2", {"a", "b"}),
    ],
)
def test_the_names_an_expression_reads(text: str, used: set[str]) -> None:
    assert names_used(text) == used


def test_the_names_of_an_expression_that_calls_handed_functions() -> None:
    assert names_used("working_days(n)", ("working_days",)) == {"n"}


def test_an_expression_is_compiled_once() -> None:
    assert compiled("a == 'once'") is compiled("a == 'once'")
    assert compiled("a == 'once'")({"a": "once"}) is True


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("PT${n}H", "PT5H"),
        ("R${n}/P${n / 5}D", "R5/P1D"),
        ("${half}", "0.5"),
        ("${small}", "0.0000001"),
        ("办理 #{name}：${ok ? '是' : '否'}", "办理 甲科：是"),
        ("${ok} ${'}'} ${\"{\"}", "true } {"),
        ("${at}", "2026-03-12T09:00:00+00:00"),
        ("plain $ text # with } braces {", "plain $ text # with } braces {"),
        ("", ""),
        ("${days(n)}", "5d"),
    ],
)
def test_a_template_is_filled(template: str, text: str) -> None:
    names = {"n": 5, "half": 0.5, "small": 1e-7, "name": "甲科", "ok": True, "at": datetime(2026, 3, 12, 9, tzinfo=UTC)}
    assert render(template, names, {"days": lambda n: f"{n}d"}) == text


@pytest.mark.parametrize(
    "template",
    ["${", "PT${n", "${none}", "${list}", "${order}", "${missing}", "${${n}}", "${}", "${'}", r"\${n}", "${n", "${big}${big}", "x" * 10_001, "${a{b}"],
    ids=lambda template: template[:12],
)
def test_a_template_that_cannot_be_filled_is_refused(template: str) -> None:
    with pytest.raises(ExpressionError):
        render(template, {"n": 5, "none": None, "list": [1], "order": {}, "big": "x" * 9_000, "a": 1})


def test_the_names_a_template_reads() -> None:
    assert names_in_template("PT${n}H ${working_days(m)} or #{x.y}", ["working_days"]) == {"n", "m", "x"}
    assert names_in_template("PT5H") == frozenset()
    with pytest.raises(ExpressionError):
        names_in_template("PT${n+}H")


# The part of the language that is Python too: written out with the brackets our grammar asks for, Python must agree.
NUMBERS = {"a": 3, "b": 0.5, "c": -2}
BOOLEANS = {"p": True, "q": False}
TEXTS = {"s": "退回", "t": "b"}


def _joined(operands: st.SearchStrategy[str], marks: list[str]) -> st.SearchStrategy[str]:
    return st.builds("({} {} {})".format, operands, st.sampled_from(marks), operands)


numbers = st.recursive(
    st.sampled_from([*NUMBERS, "1", "7", "2.25"]),
    lambda inner: _joined(inner, ["+", "-", "*", "/"])
    | st.builds("max({}, {})".format, inner, inner)
    | st.builds("sum([{}, abs({})])".format, inner, inner)
    | st.builds("(-{})".format, inner),
    max_leaves=6,
)
texts = st.sampled_from([*TEXTS, "'b'", '"退回"', "(s + t)"])
conditions = st.recursive(
    st.sampled_from([*BOOLEANS, "True", "False"])
    | _joined(numbers, ["<", "<=", ">", ">=", "==", "!="])
    | _joined(texts, ["<", ">=", "==", "!=", "in", "not in"])
    | st.builds("({} < {} <= {})".format, numbers, numbers, numbers)
    | st.builds("({} in [{}, {}])".format, numbers, numbers, numbers),
    lambda inner: _joined(inner, ["and", "or"])
    | st.builds("(not {})".format, inner)
    | st.builds("({} if {} else {})".format, inner, inner, inner)
    | st.builds("any([{}, {}])".format, inner, inner),
    max_leaves=8,
)


@given(conditions | numbers | texts)
def test_python_agrees_where_both_speak(text: str) -> None:
    names: Mapping[str, Any] = NUMBERS | BOOLEANS | TEXTS
    try:
        answer = evaluate(text, names)
    except ExpressionError as error:
        refused = error
    else:
        expected = eval(text, {"__builtins__": {"max": max, "sum": sum, "abs": abs, "any": any}}, dict(names))
        assert (answer, type(answer)) == (expected, type(expected))
        return
    assert refused.message in {"division by zero", "longer than {most} characters", "nested too deeply", "the result is too large"}


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    return value is None or type(value) in {str, int, float, bool, dict}


@given(st.text(max_size=80) | st.text(alphabet="ab01.,()[]{}'\"!=<>&|?:+-*/% $#\\_" + string.ascii_letters, max_size=60))
def test_no_text_does_anything_but_answer_plain_data_or_be_refused(text: str) -> None:
    try:
        parse(text)
        answer = evaluate(text, {"a": [1, {"b": "c"}], "b": {"a": None}, "c": 2})
    except ExpressionError:
        return
    assert _is_plain(answer)
