"""Attempts to make an expression do more than answer: each is refused, in little time and little memory."""

import json
import sys
from subprocess import run

import pytest

from engine.expressions import ExpressionError, evaluate, names_used, parse, render

NAMES = {"a": [1], "b": 2, "x": {"k": 1}, "s": "text", "len": 5, "big": "m" * 10_000, "many": list(range(20_000)), "huge": 10**400}

WALKS = [
    "().__class__.__base__.__subclasses__()", "a.__class__", "a['__class__']", "a['__class__'].mro", "x['__class__']", "x.__class__",
    "x['__init__']['__globals__']", "''.__class__.__mro__[1]", "len.__self__", "len.__globals__", "a.append", "a.append(1)", "s.upper()",
    "s.join(['a'])", "s.format(a)", "''.join(['a'])", "'{0.__class__}'.format(a)", "'%s' % a", "'%999999999d' % 1", "f'{a}'", "f'{a.__class__}'",
    "rb'x'", "x.keys()", "x.get('k')", "x.k.__add__(1)", "x.k.real", "b.bit_length()", "a[0:1]", "a[::1]", "a.0", "(a).b.c", "s.size.__call__()",
]  # fmt: skip
CALLS = [
    "__import__('os').system('true')", "open('/etc/passwd')", "eval('1')", "exec('1')", "compile('1', '', 'eval')", "getattr(a, 'b')",
    "setattr(a, 'b', 1)", "globals()", "locals()", "vars()", "dir()", "type(a)", "object()", "super()", "print(1)", "input()", "breakpoint()",
    "hasattr(x, 'k')", "range(10)", "str(1)", "int('1')", "list(a)", "dict()", "map(len, a)", "filter(None, a)", "sorted(a)", "repr(a)",
    "memoryview(s)", "pow(9, 99999)", "divmod(1, 1)", "len(a, key=1)", "max(*a)", "max(a, key=len)", "len(**x)", "len()(1)", "(len)(a)",
    "[len][0](a)", "len(len)", "any(len)", "x.k()", "x['k']()", "'len'(a)", "1(2)", "exit()", "quit()", "help()", "working_days(3)",
]  # fmt: skip
JUEL = [
    "''.class.forName('java.lang.Runtime')", "''.getClass().forName('java.lang.Runtime')", "T(java.lang.Runtime).getRuntime().exec('id')",
    "T(java.lang.System)", "new java.lang.String('a')", "java.lang.System.exit(0)", "execution.getVariable('a')", "execution.setVariable('a', 1)",
    "${${}}", "${${a}}", "#{#{a}}", "${a}${b}", "${", "#{", "}", "${a}}", "${{a}}", "a -> a", "(x -> x)(1)", "a instanceof b", "a ?: b", "a?.b",
    "a; b", "a = 1", "a += 1", "a ~ b", "a = (b = 1)", "param['x']", "sessionScope", "@bean.run()", "s.size().class", "x.isEmpty().class",
]  # fmt: skip
PYTHON = [
    "[i for i in a]", "{i: 1 for i in a}", "(i for i in a)", "lambda: 1", "(lambda: 1)()", "(b := 1)", "*a", "**x", "await a", "yield a",
    "yield", "import os", "from os import path", "del a", "b'bytes'", "1j", "...", "{1, 2}", "{'a': 1}", "a is b", "a is not b", "a @ b", "a & b",
    "a | b", "a ^ b", "~b", "b << 99999", "b >> 1", "9 // 1", "2 ** 99999999", "9**9**9", "+1", "_private", "__builtins__", "__name__", "a._b",
    "a\\\n.b", "'a' 'b'", "'''a'''", "'\\x41'", "'\\u0041'", "'\\N{DIGIT ONE}'", "'\\101'", "'\\n'", "r'\\d'", "a # comment", "a // comment",
    "a /* comment */", "a if b", "if a: b", "a\n==\nb\n;", "0b1", "0o7", "0xff", "1_000", "١", "１", "match a", "print >> a", "`a`", "a!", "<>",
]  # fmt: skip
LOOK_ALIKES = [
    "ｌｅｎ(a)", "ｌｅｎ.__class__", "＿＿import＿＿('os')", "𝓁ℯ𝓃(a)", "𝐥𝐞𝐧(a)", "ａ == 1", "ª", "ﬁ", "ℌ", "x２", "㍿", "\ufa10 == 1", "a＝＝b", "（a）",
    "a“b”", "‘a’", "a；b", "a，b", "a\u200b", "a\u200c", "a\u200db", "le\u00adn(a)", "\ufeffa", "a\u202e", "'a\u202eb'", "'\u200b'", "a\u2028b",
    "'a\u2028b'", "a\u0301", "a\u00a0b", "a\u3000b", "\u2024a", "a․b", "\x00", "a\x00b", "'\x00'", "a\x1bb", "'\ud800'", "\U000f0000", "\ue000",
    "'\x7f'", "a\x85b", "len\u200b(a)", "а.k", "ⅹ.k", "x\u2044k",
]  # fmt: skip
SIZES = [
    "'a' * 999999999", "[1] * 999999999", "a * b", "s * b", "big + big", "big + 'x' + big", "999999999999 * 999999999999",
    "1e308 * 10", "1e308 + 1e308", "1e999", "-1e999", "9" * 20, "9" * 500, "1e" + "9" * 100, "0." + "1" * 600, "huge + 1", "huge * huge", "-huge",
    "abs(huge)", "sum([huge, 1])", "huge < 1", "huge", "many", "any(many)", "count(many, 1)", "max(many)", "sum(many)", "round(1e300, 99)",
    "(" * 100_000, "(" * 100_000 + "a" + ")" * 100_000, "[" * 100_000 + "]" * 100_000, "!" * 100_000 + "a", "-" * 100_000 + "b",
    "not " * 100_000 + "a", "empty " * 100_000 + "a", "a" + ".b" * 100_000, "a" + "[0]" * 100_000, "1" + "+1" * 100_000, "len(" * 100_000,
    "a?" * 100_000, "'" + "\\" * 100_000, "a" * 100_000_000, "(" * 240 + "a" + ")" * 240, "[" * 240 + "]" * 240, "!" * 400 + "true",
    "-" * 400 + "b", "not " * 100 + "true", "empty " * 80 + "a", "x" + ".k" * 200, "a" + "[0]" * 150, "len(" * 100 + "a" + ")" * 100,
    "true?1:" * 60 + "1", "1 if false else " * 30 + "1" + " if true" * 2, "a[" * 120 + "0" + "]" * 120, "x.contains(" * 40 + "1" + ")" * 40,
    "(" * 41 + "1" + ")" * 41, "'" * 499, '"' * 499, "\\" * 400, "$" * 400, "${" * 200 + "}" * 200,
]  # fmt: skip
ATTEMPTS = [*WALKS, *CALLS, *JUEL, *PYTHON, *LOOK_ALIKES, *SIZES]

#: Everything at once under hard limits: 10 seconds of processor time, 1 GB of address space, of which the interpreter with
#: its libraries takes most.
CHILD = """
import json, resource, sys
from engine.expressions import ExpressionError, evaluate, render
attempts, names = json.load(sys.stdin)
deep = []
for _ in range(100_000):
    deep = [deep]
twin = []
for _ in range(100_000):
    twin = [twin]
names |= {"deep": deep, "twin": twin}
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
refused = 0
for attempt in [*attempts, "deep == twin", "deep in [twin]", "count([deep], twin)"]:
    try:
        evaluate(attempt, names)
    except ExpressionError:
        refused += 1
for template in ["${'m'}" * 100_000, "${" * 100_000, "${'" * 100_000, "x" * 10_000_000, "${big}" * 1_600]:
    try:
        render(template, names)
    except ExpressionError:
        refused += 1
print(refused)
sys.stdout.flush()
# Taking 100 000 nested lists apart is the interpreter's business, not the language's.
import os
os._exit(0)
"""


def _named(attempt: str) -> str:
    return f"{attempt[:20]!a}-{len(attempt)}"


def test_there_is_enough_to_refuse() -> None:
    assert len(set(ATTEMPTS)) == len(ATTEMPTS)
    assert len(ATTEMPTS) > 250


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=_named)
def test_an_attempt_is_refused(attempt: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(attempt, NAMES)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=_named)
def test_an_attempt_fills_no_template(attempt: str) -> None:
    with pytest.raises(ExpressionError):
        render("${" + attempt + "}", NAMES)


def test_all_attempts_are_refused_within_hard_limits() -> None:
    done = run(
        [sys.executable, "-c", CHILD], input=json.dumps([ATTEMPTS, NAMES]), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, str(len(ATTEMPTS) + 3 + 5)), done.stderr[-2000:]


def test_data_nested_without_end_is_not_compared() -> None:
    deep: list[object] = []
    twin: list[object] = []
    for _ in range(100_000):
        deep, twin = [deep], [twin]
    with pytest.raises(ExpressionError, match="nested too deeply"):
        evaluate("deep == twin", {"deep": deep, "twin": twin})


def test_choices_side_by_side_are_not_deep() -> None:
    assert evaluate("+".join(["(false?1:false?2:3)"] * 24), {}) == 72


def test_an_index_that_looks_like_an_attribute_is_only_a_key() -> None:
    assert evaluate("x['__class__'] + x.upper", {"x": {"__class__": "mine", "upper": "!"}}) == "mine!"


def test_data_with_a_behaviour_of_its_own_is_never_touched() -> None:
    class Trap:
        def __eq__(self, other: object) -> bool:
            raise AssertionError

        def __hash__(self) -> int:
            raise AssertionError

        def __bool__(self) -> bool:
            raise AssertionError

    for text in ("t == 1", "t and true", "empty t", "len(t)", "t.k", "x.t == 1", "[t]", "a[0] != 1"):
        with pytest.raises(ExpressionError, match="not plain data"):
            evaluate(text, {"t": Trap(), "x": {"t": Trap()}, "a": [Trap()]})


@pytest.mark.parametrize("work_out", [parse, names_used])
def test_reading_alone_refuses_too(work_out: object) -> None:
    assert callable(work_out)
    with pytest.raises(ExpressionError):
        work_out("().__class__")
