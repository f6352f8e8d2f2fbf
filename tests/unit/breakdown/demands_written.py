"""How demands are written here, in one short line each, so that a table of them can be read by people.

`photo_min 5张 min 每个讲堂 [时间、地点] @6月底前 «至少5张照片»`: kind, figure (3-5 for a range) with its unit, bound,
what it is counted by, captions or pages, `~每季度` how often, deadline, source phrase.
"""

from workflows.breakdown.shapes import NamedRequirement


def written(one: NamedRequirement) -> str:
    """Write a demand in one line."""
    figure = "" if one.value is None else f"{one.value.normalize():f}"
    if one.upper is not None:
        figure += f"-{one.upper.normalize():f}"
    parts = [
        one.kind,
        figure and f"{figure}{one.unit or ''}",
        one.bound,
        one.per,
        one.period and f"~{one.period}",
        one.fields and f"[{'、'.join(one.fields)}]",
        one.deadline and f"@{one.deadline}",
        f"«{one.source_phrase}»",
    ]
    return " ".join(part for part in parts if part)
