"""Two editions of a task table: the one the cast works on, and that of the next year, with a rule of every fate."""

from dataclasses import dataclass
from uuid import UUID

from cast import Cast
from sqlalchemy import select

from models.breakdown import BreakdownTable, Rule, TaskBreakdown
from models.editions import RulePair
from workflows.breakdown import editions
from workflows.breakdown.document import read_bytes
from workflows.breakdown.edition_workbook import status_of
from workflows.breakdown.importing import campaign_named, import_document

NEXT_CAMPAIGN = "2027年创建文明城市"
#: STREETS asks for three photos, POSTERS is gone, VOLUNTEERS has a number and no department, DUTY stays, a platform is new.
NEXT_TABLE = """共性任务分解表（10分）
\t测评内容
\t考核细则
\t分值
\t责任科室
\t佐证材料

\t街面秩序
\t街面整洁，无乱贴乱画。
\t2
\t甲科、乙科
\t至少3张照片，注明时间、地点。

\t队伍建设
\t2、组织志愿服务活动。
\t4
\t
\t提供工作总结。

\t日常管理
\t各科室落实值班制度。
\t1
\t各科（室）
\t提供值班表。

\t便民服务
\t设立市民建议征集平台，建议七日内答复。
\t3
\t丙科
\t提供平台截图。
"""
NEXT_STREETS, NEXT_VOLUNTEERS, NEXT_DUTY, PLATFORM = "CJ-2027-0001", "CJ-2027-0002", "CJ-2027-0003", "CJ-2027-0004"


@dataclass(frozen=True)
class TwoEditions:
    """Both tables in one database, and their comparison."""

    cast: Cast
    older: UUID
    newer: UUID
    edition: UUID

    def rule(self, part: str, *, newer: bool = False) -> UUID:
        """Give the rule in whose text `part` stands, of the older table or the newer one."""
        table = self.newer if newer else self.older
        query = select(Rule.id).join(BreakdownTable).where(BreakdownTable.breakdown_id == table, Rule.text.contains(part))
        with self.cast.reading() as session:
            return session.scalars(query).one()

    def pair(self, part: str) -> RulePair:
        """Give the pair, parted or not, whose newer rule has `part` in its text, as it is stored now."""
        query = select(RulePair).where(RulePair.edition_id == self.edition, RulePair.newer_rule_id == self.rule(part, newer=True))
        with self.cast.reading() as session:
            return session.scalars(query).one()

    def lines(self) -> list[tuple[str, str | None, str | None, list[str], str | None]]:
        """Give the comparison line by line: what became of it, both texts, what differs, the state of the pair."""
        with self.cast.reading() as session:
            return [
                (
                    status_of(row),
                    row.older.text if row.older else None,
                    row.newer.text if row.newer else None,
                    row.pair.changes if row.pair else [],
                    row.pair.state if row.pair else None,
                )
                for row in editions.rows_of(session, editions.get_edition(session, self.edition))
            ]

    def confirm_sure(self) -> int:
        """Let the office confirm every pair that is not doubtful."""
        with self.cast.work("zhao") as unit:
            return editions.confirm_sure(unit, self.edition)


def import_next(cast: Cast) -> UUID:
    """Import the table of the next year."""
    data = NEXT_TABLE.encode()
    with cast.work("zhao") as unit:
        return import_document(unit, campaign_named(unit, NEXT_CAMPAIGN), "次年.txt", data, read_bytes("次年.txt", data)).breakdown_id


def compared(cast: Cast) -> TwoEditions:
    """Import the table of the next year and compare it."""
    with cast.reading() as session:
        older = session.scalars(select(TaskBreakdown.id)).one()
    newer = import_next(cast)
    with cast.work("zhao") as unit:
        edition = editions.open_edition(unit, older, newer).id
    return TwoEditions(cast, older, newer, edition)
