"""Random block-structured diagrams: sequences, choices, forks, loops, sub-processes, instances, messages at borders."""

from random import Random

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="urn:test">'
)
BRANCH = '<extensionElements><camunda:properties><camunda:property name="scope" value="${loopCounter}"/></camunda:properties></extensionElements>'


class RandomDiagram:
    """One process made at random; the same seed makes the same process."""

    def __init__(self, seed: int, depth: int = 3) -> None:
        self._random = Random(seed)
        self._number = 0
        self._repeating = 0
        self.messages: list[str] = []
        body: list[str] = []
        first, last = self._block(body, depth, in_loop=False)
        body += [_event("startEvent", "begin"), _event("endEvent", "finish"), _flow("begin", first), _flow(last, "finish")]
        declared = "".join(f'<message id="{name}" name="{name}"/>' for name in self.messages)
        self.xml = f'{_HEAD}{declared}<process id="p" isExecutable="true">{"".join(body)}</process></definitions>'.encode()

    def _new(self, stem: str) -> str:
        self._number += 1
        return f"{stem}{self._number}"

    def _block(self, body: list[str], depth: int, *, in_loop: bool) -> tuple[str, str]:
        """Add a block; give its first and last element."""
        makers = [self._task, self._task]
        if depth > 0:
            makers += [self._sequence, self._choice, self._again, self._inner]
            # SpiffWorkflow 3.2 joins too early, or trips, when a join is reached again by a loop.
            if not self._repeating:
                makers.append(self._fork)
            if not in_loop:
                makers += [self._instances, self._interrupted]
        return self._random.choice(makers)(body, depth - 1, in_loop=in_loop)

    def _task(self, body: list[str], _depth: int, *, in_loop: bool) -> tuple[str, str]:
        name = self._new("t")
        body.append(f'<userTask id="{name}">{BRANCH if in_loop else ""}</userTask>')
        return name, name

    def _sequence(self, body: list[str], depth: int, *, in_loop: bool) -> tuple[str, str]:
        first, last = self._block(body, depth, in_loop=in_loop)
        for _ in range(self._random.randint(1, 2)):
            following, end = self._block(body, depth, in_loop=in_loop)
            body.append(_flow(last, following))
            last = end
        return first, last

    def _choice(self, body: list[str], depth: int, *, in_loop: bool) -> tuple[str, str]:
        asked, _ = self._task(body, depth, in_loop=in_loop)
        split, merge = self._new("x"), self._new("m")
        one, other = self._block(body, depth, in_loop=in_loop), self._block(body, depth, in_loop=in_loop)
        default = f"{split}-{other[0]}"
        body += [f'<exclusiveGateway id="{split}" default="{default}"/>', f'<exclusiveGateway id="{merge}"/>']
        body += [_flow(asked, split), _flow(split, one[0], f'{asked} == "a"'), _flow(split, other[0])]
        body += [_flow(one[1], merge), _flow(other[1], merge)]
        return asked, merge

    def _again(self, body: list[str], depth: int, *, in_loop: bool) -> tuple[str, str]:
        self._repeating += 1
        first, last = self._block(body, depth, in_loop=in_loop)
        self._repeating -= 1
        asked, _ = self._task(body, depth, in_loop=in_loop)
        enter, split, leave = self._new("m"), self._new("x"), self._new("m")
        body += [f'<exclusiveGateway id="{enter}"/>', f'<exclusiveGateway id="{split}" default="{split}-{leave}"/>']
        body += [f'<exclusiveGateway id="{leave}"/>', _flow(enter, first), _flow(last, asked), _flow(asked, split)]
        body += [_flow(split, enter, f'{asked} == "a"'), _flow(split, leave)]
        return enter, leave

    def _fork(self, body: list[str], depth: int, *, in_loop: bool) -> tuple[str, str]:
        split, join = self._new("f"), self._new("j")
        body += [f'<parallelGateway id="{split}"/>', f'<parallelGateway id="{join}"/>']
        for _ in range(self._random.randint(2, 3)):
            first, last = self._block(body, depth, in_loop=in_loop)
            body += [_flow(split, first), _flow(last, join)]
        return split, join

    def _inner(self, body: list[str], depth: int, *, in_loop: bool, loop: str = "") -> tuple[str, str]:
        name, inside = self._new("s"), list[str]()
        first, last = self._block(inside, depth, in_loop=in_loop)
        begin, end = self._new("b"), self._new("e")
        inside += [_event("startEvent", begin), _event("endEvent", end), _flow(begin, first), _flow(last, end)]
        body.append(f'<subProcess id="{name}">{loop}{"".join(inside)}</subProcess>')
        return name, name

    def _instances(self, body: list[str], depth: int, *, in_loop: bool) -> tuple[str, str]:
        del in_loop
        one_by_one = self._random.choice(["true", "false"])
        loop = (
            f'<multiInstanceLoopCharacteristics isSequential="{one_by_one}">'
            f"<loopCardinality>{self._random.randint(1, 3)}</loopCardinality></multiInstanceLoopCharacteristics>"
        )
        return self._inner(body, depth, in_loop=True, loop=loop)

    def _interrupted(self, body: list[str], depth: int, *, in_loop: bool) -> tuple[str, str]:
        name, _ = self._inner(body, depth, in_loop=in_loop)
        message, border, merge = self._new("msg"), self._new("w"), self._new("m")
        self.messages.append(message)
        first, last = self._block(body, depth, in_loop=in_loop)
        body += [
            f'<boundaryEvent id="{border}" attachedToRef="{name}"><messageEventDefinition messageRef="{message}"/></boundaryEvent>',
            f'<exclusiveGateway id="{merge}"/>',
            _flow(border, first), _flow(last, merge), _flow(name, merge),
        ]
        return name, merge


def _event(tag: str, name: str) -> str:
    return f'<{tag} id="{name}"/>'


def _flow(source: str, target: str, condition: str = "") -> str:
    inside = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'
