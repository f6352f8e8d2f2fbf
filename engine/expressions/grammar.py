"""Reads an expression by operator precedence. Where Python and JUEL read a text differently, brackets are demanded."""

from collections.abc import Callable, Collection

from engine.catalogue import N_
from engine.expressions.functions import ARITY, METHODS
from engine.expressions.limits import MAX_DEPTH, ExpressionError
from engine.expressions.nodes import Calculation, Call, Choice, Comparison, Constant, Item, ListOf, Logic, Name, Node, Prefixed
from engine.expressions.tokens import CONSTANT, END, MARK, NAME, Token, tokens

_CHOICE, _OR, _AND, _COMPARISON, _SUM, _PRODUCT, _PREFIX, _ITEM = range(1, 9)
_RANKS = {
    "?": _CHOICE, "if": _CHOICE, "or": _OR, "and": _AND,
    "==": _COMPARISON, "!=": _COMPARISON, "<": _COMPARISON, "<=": _COMPARISON, ">": _COMPARISON, ">=": _COMPARISON,
    "in": _COMPARISON, "not": _COMPARISON, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT,
    ".": _ITEM, "[": _ITEM,
}  # fmt: skip
_ORDER = {"<", "<=", ">", ">="}
_PREFIXES = {"!": "not", "not": "not", "-": "-", "empty": "empty"}


def read(text: str, functions: Collection[str] = ()) -> Node:
    """Read a bare expression that may call `functions` besides the built-in ones. Raises ExpressionError."""
    reader = _Reader(tokens(text), functions)
    if reader.token.kind == END:
        raise ExpressionError(N_("there is no expression"))
    node = reader.expression(0)
    if reader.token.kind != END:
        raise reader.unexpected()
    return node


class _Reader:
    """One pass over the tokens; `token` is the next one."""

    def __init__(self, found: list[Token], functions: Collection[str]) -> None:
        self._tokens = iter(found)
        self._functions = functions
        self._depth = 0
        self.token = next(self._tokens)

    def expression(self, floor: int) -> Node:
        """Read on while operators bind tighter than `floor`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(N_("nested too deeply"))
        node, steps = self._operand(), 0
        while (rank := self._rank()) > floor:
            node, steps = self._INFIX[rank](self, node), steps + 1
            if steps > MAX_DEPTH:  # a.b.c.d… nests, though nothing in it is bracketed
                raise ExpressionError(N_("nested too deeply"))
        self._depth -= 1
        return node

    def unexpected(self) -> ExpressionError:
        """Say that the next token cannot stand here."""
        if self.token.kind == END:
            return ExpressionError(N_("the expression breaks off"))
        if self.token.is_mark("="):
            return ExpressionError(N_("a single = does not compare: write =="))
        return ExpressionError(N_("{found} is not expected here"), found=self.token.source)

    def _rank(self) -> int:
        return _RANKS.get(self.token.value, 0) if self.token.kind == MARK else 0

    def _next(self) -> Token:
        token = self.token
        self.token = next(self._tokens, token)
        return token

    def _expect(self, mark: str) -> None:
        if not self.token.is_mark(mark):
            raise self.unexpected()
        self._next()

    def _operand(self) -> Node:
        token = self.token
        if token.kind == CONSTANT:
            return Constant(self._next().value)
        if token.kind == NAME:
            self._next()
            return self._call(token.value) if self.token.is_mark("(") else Name(token.value)
        if token.is_mark("("):
            return self._brackets()
        if token.is_mark("["):
            return ListOf(self._listed("[", "]"))
        if token.is_mark(*_PREFIXES):
            return self._prefixed()
        raise self.unexpected()

    def _brackets(self) -> Node:
        items = self._listed("(", ")")
        if not items:
            raise ExpressionError(N_("{found} is not expected here"), found="()")
        return items[0] if len(items) == 1 else ListOf(items)

    def _listed(self, opening: str, closing: str) -> tuple[Node, ...]:
        self._expect(opening)
        items: list[Node] = []
        while not self.token.is_mark(closing):
            if items:
                self._expect(",")
            items.append(self.expression(0))
        self._next()
        return tuple(items)

    def _prefixed(self) -> Node:
        token = self._next()
        node = Prefixed(_PREFIXES[token.value], self.expression(_PREFIX))
        # Python reads `not a == b` as not (a == b), JUEL as (not a) == b. `!` is JUEL's and `in` Python's.
        doubtful = self._rank() > _AND if token.value == "not" else token.value == "!" and self.token.is_mark("in", "not")
        if doubtful:
            found = f"{token.source} … {self.token.source}"
            raise ExpressionError(N_("{found} can be read in two ways: set brackets"), found=found)
        return node

    def _call(self, function: str) -> Node:
        arguments = self._listed("(", ")")
        least, most = ARITY.get(function, (0, None))
        if function not in ARITY and function not in self._functions:
            raise ExpressionError(N_("there is no function {name}"), name=function)
        if len(arguments) < least or (most is not None and len(arguments) > most):
            raise ExpressionError(N_("the function {name} does not take {n} values"), name=function, n=len(arguments))
        return Call(function, arguments)

    def _item(self, holder: Node) -> Node:
        if self._next().value == "[":
            key = self.expression(0)
            self._expect("]")
            return Item(holder, key)
        if self.token.kind != NAME:
            raise self.unexpected()
        name = self._next().value
        return self._method(holder, name) if self.token.is_mark("(") else Item(holder, Constant(name))

    def _method(self, holder: Node, name: str) -> Node:
        arguments = self._listed("(", ")")
        function, n = METHODS.get(name, ("", 0))
        if not function or len(arguments) != n:
            raise ExpressionError(N_("there is no function {name}"), name=f".{name}({', '.join('…' for _ in arguments)})")
        return Prefixed("empty", holder) if function == "empty" else Call(function, (holder, *arguments))

    def _compared(self, first: Node) -> Node:
        steps: list[tuple[str, Node]] = []
        while self._rank() == _COMPARISON:
            mark = self._next().value
            if mark == "not":
                self._expect("in")
                mark = "not in"
            steps.append((mark, self.expression(_COMPARISON)))
        # Python joins the pairs of a row, JUEL compares the first verdict with what follows; ordering a verdict is no use.
        if len(steps) > 1 and not {mark for mark, _ in steps} <= _ORDER:
            found = " … ".join(mark for mark, _ in steps)
            raise ExpressionError(N_("{found} can be read in two ways: set brackets"), found=found)
        return Comparison(first, tuple(steps))

    def _calculated(self, first: Node) -> Node:
        rank = self._rank()
        steps: list[tuple[str, Node]] = []
        while self._rank() == rank:
            steps.append((self._next().value, self.expression(rank)))
        return Calculation(first, tuple(steps))

    def _joined(self, first: Node) -> Node:
        mark, rank = self.token.value, self._rank()
        operands = [first]
        while self.token.is_mark(mark):
            self._next()
            operands.append(self.expression(rank))
        return Logic(mark, tuple(operands))

    def _chosen(self, left: Node) -> Node:
        mark = self._next().value
        if mark == "?":
            test, then = left, self.expression(0)
            self._expect(":")
        else:
            then, test = left, self.expression(_CHOICE)
            self._expect("else")
        other = self.expression(_CHOICE)
        if self._rank() != _CHOICE:
            return Choice(test, then, other)
        if not self.token.is_mark(mark):
            raise ExpressionError(N_("{found} can be read in two ways: set brackets"), found="… ? … if …")
        self._depth += 1
        other = self._chosen(other)
        self._depth -= 1
        return Choice(test, then, other)

    _INFIX: "dict[int, Callable[[_Reader, Node], Node]]" = {  # noqa: RUF012 - a table of the class, never changed
        _CHOICE: _chosen, _OR: _joined, _AND: _joined, _COMPARISON: _compared,
        _SUM: _calculated, _PRODUCT: _calculated, _ITEM: _item,
    }  # fmt: skip
