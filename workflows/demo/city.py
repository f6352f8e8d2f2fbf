"""Who lives in 云江市: its departments, their people and the groups its task table speaks of. All of it is invented."""

from dataclasses import dataclass
from datetime import datetime
from importlib import resources

from models.people import Role
from workflows.demo.pictures import BEIJING

TABLE_FILE = "云江市创建全国文明城市工作任务分解表.txt"
#: One password for everybody: the city is there to be looked at, not to be guarded.
PASSWORD = "yunjiang2026"  # noqa: S105 - printed in the terminal and on the sign-in page on purpose

URBAN, SCHOOLS, HOUSING, TRAFFIC = "市城管局", "市教育局", "市住建局", "市公安局交警支队"
MARKETS, CULTURE, HEALTH, WELFARE = "市市场监管局", "市文广旅局", "市卫健委", "市民政局"
DEPARTMENTS = (URBAN, SCHOOLS, HOUSING, TRAFFIC, MARKETS, CULTURE, HEALTH, WELFARE)
GROUPS: dict[str, tuple[str, ...]] = {
    "各责任单位": DEPARTMENTS,
    "各窗口单位": (TRAFFIC, MARKETS, HEALTH, WELFARE),
}


@dataclass(frozen=True)
class DemoPerson:
    """One inhabitant who signs in; `department` is empty for those who work for the city as a whole."""

    login: str
    name: str
    role: Role
    department: str
    password: str = PASSWORD


#: The office that signs as itself: on covers, sheets and certificates.
OFFICE = "云江市创建文明城市办公室"

PEOPLE = (
    DemoPerson("xuwen", "许闻", Role.ADMINISTRATOR, ""),
    DemoPerson("shenyun", "沈昀", Role.CREATION_OFFICE, ""),
    DemoPerson("guyuan", "顾远", Role.CREATION_OFFICE, ""),
    DemoPerson("luochengde", "罗承德", Role.LEADER, ""),
    DemoPerson("jiangming", "江明", Role.AUDITOR, ""),
    DemoPerson("linxiaoyu", "林晓雨", Role.COLLECTOR, URBAN),
    DemoPerson("zhouguoping", "周国平", Role.DEPARTMENT_REVIEWER, URBAN),
    DemoPerson("hejing", "何静", Role.COLLECTOR, SCHOOLS),
    DemoPerson("wangshulan", "王淑兰", Role.DEPARTMENT_REVIEWER, SCHOOLS),
    DemoPerson("tanglei", "唐磊", Role.COLLECTOR, HOUSING),
    DemoPerson("zhenghaibo", "郑海波", Role.DEPARTMENT_REVIEWER, HOUSING),
    DemoPerson("maxiaolong", "马小龙", Role.COLLECTOR, TRAFFIC),
    DemoPerson("gaojianjun", "高建军", Role.DEPARTMENT_REVIEWER, TRAFFIC),
    DemoPerson("yetong", "叶彤", Role.COLLECTOR, MARKETS),
    DemoPerson("dengzhiqiang", "邓志强", Role.DEPARTMENT_REVIEWER, MARKETS),
    DemoPerson("sumengqi", "苏梦琪", Role.COLLECTOR, CULTURE),
    DemoPerson("fanwenbin", "范文斌", Role.DEPARTMENT_REVIEWER, CULTURE),
    DemoPerson("luyao", "陆瑶", Role.COLLECTOR, HEALTH),
    DemoPerson("caihongmei", "蔡红梅", Role.DEPARTMENT_REVIEWER, HEALTH),
    DemoPerson("qianyifan", "钱一帆", Role.COLLECTOR, WELFARE),
    DemoPerson("pengxiuying", "彭秀英", Role.DEPARTMENT_REVIEWER, WELFARE),
)


def person(role: Role, department: str = "") -> DemoPerson:
    """Give the first inhabitant in a role, in a department where the role belongs to one."""
    return next(one for one in PEOPLE if (one.role, one.department) == (role, department))


#: One sign-in for each role, in the order a visitor should try them.
SIGN_INS = (
    person(Role.COLLECTOR, URBAN),
    person(Role.DEPARTMENT_REVIEWER, URBAN),
    person(Role.CREATION_OFFICE),
    person(Role.LEADER),
    person(Role.AUDITOR),
    person(Role.ADMINISTRATOR),
)


def campaign_name(beginning: datetime) -> str:
    """Name the campaign after the year its work begins in."""
    return f"{beginning.astimezone(BEIJING).year}年云江市创建全国文明城市"


def table_bytes() -> bytes:
    """Give the task table of the city, as the office would choose it from its disk."""
    return (resources.files("workflows") / "demo" / "yunjiang.txt").read_bytes()
