"""The prose of the demonstration: reports, plans and records long enough to be counted, in invented words."""

from random import Random

from workflows.demo.pictures import MARK

_OPENINGS = (
    "今年以来，{department}围绕“{topic}”这一要求，坚持问题导向，把工作做在平时、抓在细处。",
    "按照全市创建工作统一部署，{department}对照“{topic}”逐项分解，明确到岗、落实到人。",
    "{department}高度重视“{topic}”工作，年初制定计划，每月调度，每季度开展一次自查。",
)
_MEASURES = (
    "一是健全机制。成立由分管负责同志牵头的工作小组，建立问题清单、责任清单和销号清单，做到件件有着落。",
    "二是摸清底数。组织工作人员分片走访，登记重点点位46处，逐一拍照建档，发现问题当天转办。",
    "三是集中整治。先后开展专项行动5次，出动工作人员320余人次，整改各类问题87个，整改率为96.6%（数据来源：本单位工作台账）。",
    "四是发动群众。通过入户宣传、社区议事会等方式征求意见132条，采纳并落实118条，群众参与度明显提高。",
    "五是加强培训。举办业务培训4期，参训人员210人次，现场解答疑难问题，统一工作标准。",
    "六是强化督导。实行周巡查、月通报，对连续两次发现同类问题的责任人进行约谈，形成闭环管理。",
    "七是典型带动。总结推广人民桥社区、学府路社区等基层做法，组织现场观摩2次。",
    "八是部门联动。与相邻单位建立信息互通、问题共商机制，联合处置交叉问题15件。",
)
_FACTS = (
    "从效果看，第三季度群众满意度抽样调查得分92.4分，比上半年提高3.1分（数据来源：市统计部门抽样调查）。",
    "目前相关点位设施完好率稳定在98%以上，群众来电反映同类问题的数量比去年同期下降四成。",
    "截至上月底，年度任务已完成九成以上，其余事项均明确了完成时间和责任人。",
    "实地回访中，多数居民表示环境有变化、办事更方便，也提出了延长服务时间等建议。",
)
_ENDINGS = (
    "下一步，将继续巩固成果，完善长效机制，把群众满意作为检验工作的标准。",
    "下一步，将针对薄弱环节补短板、强弱项，推动工作由集中整治向常态管理转变。",
)
#: Below this length a report is written shorter rather than padded out.
_SHORTFALL = 0.94


def report(dice: Random, department: str, topic: str, length: int) -> list[str]:
    """Write the paragraphs of a report of about `length` signs, never more than a twentieth over it."""
    opening = dice.choice(_OPENINGS).format(department=department, topic=topic)
    ending = dice.choice(_ENDINGS)
    left = length - len(opening) - len(ending)
    body: list[str] = []
    for sentence in _shuffled(dice, _MEASURES) + _shuffled(dice, _FACTS) * 3:
        if left >= length * (1 - _SHORTFALL) and len(sentence) <= left + length // 20:
            body.append(sentence)
            left -= len(sentence)
    middle = (len(body) + 1) // 2
    return [opening, "".join(body[:middle]), "".join(body[middle:]), ending]


def plan(department: str, topic: str) -> list[str]:
    """Write the paragraphs of a plan, a record or a summary."""
    return [
        f"为落实“{topic}”要求，结合{department}实际，制定本材料。",
        "一、工作目标：对照测评标准补齐短板，做到责任明确、措施具体、成效可查。",
        "二、工作安排：第一阶段动员部署、摸清底数；第二阶段集中推进、边查边改；第三阶段总结评估、建章立制。",
        "三、责任分工：分管负责同志总牵头，办公室负责协调调度，各科室按职责分工落实，资料员负责收集归档。",
        "四、工作要求：实事求是，不搞形式，不增加基层负担；资料随做随存，注明时间、地点和来源。",
    ]


def roll(dice: Random, title: str) -> list[list[str]]:
    """Write the rows of a table: a head, some lines and their total."""
    places = ("人民桥社区", "学府路社区", "云锦社区", "江畔社区", "解放街社区", "文化宫社区", "东湖社区", "西苑社区")
    numbers = [dice.randint(12, 96) for _ in places]
    rows = [[str(line), place, str(number), MARK] for line, (place, number) in enumerate(zip(places, numbers, strict=True), 1)]
    return [[f"云江市{title}（{MARK}）", "", "", ""], ["序号", "单位（点位）", "数量", "备注"], *rows, ["合计", "", str(sum(numbers)), ""]]


def _shuffled(dice: Random, sentences: tuple[str, ...]) -> list[str]:
    # The numbered measures stay in order: which are left out is chance.
    kept = set(dice.sample(range(len(sentences)), len(sentences) - 1))
    return [sentence for place, sentence in enumerate(sentences) if place in kept]
