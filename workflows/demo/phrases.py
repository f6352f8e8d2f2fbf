"""What the people of the demonstration write: places, captions, statements, remarks, reasons of a return."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from workflows.demo import city
from workflows.demo.pictures import BEIJING

PLACES: dict[str, tuple[str, ...]] = {
    city.URBAN: ("滨江路人民桥段", "解放街东段", "云锦路与学府路口", "文化宫广场北侧", "东湖公园西门公厕", "西苑背街二巷"),
    city.SCHOOLS: ("云江市实验小学", "云江市第三中学", "学府路小学南门", "市特殊教育学校", "云锦初级中学"),
    city.HOUSING: ("江畔花园小区", "云锦苑二期工地", "纺织厂家属院", "东湖新村3号楼", "学府路地下通道"),
    city.TRAFFIC: ("人民桥东路口", "学府路斑马线", "火车站站前广场", "云锦路公交站", "交警支队车管所大厅"),
    city.MARKETS: ("城北农贸市场", "滨江路餐饮街", "解放街百货商场", "市政务服务中心二楼", "西苑菜市场"),
    city.CULTURE: ("市图书馆", "市文化馆一楼展厅", "云江博物馆", "翠屏山景区入口", "江畔社区文化中心"),
    city.HEALTH: ("市人民医院门诊楼", "学府路社区卫生服务中心", "市中医院导诊台", "西苑社区卫生服务站", "市妇幼保健院"),
    city.WELFARE: ("人民桥社区养老服务站", "婚姻登记处颁证厅", "江畔社区日间照料中心", "市救助管理站", "云锦社区居委会"),
}
#: The first words found in a rule choose the scenes of its photographs.
_SCENES = (
    ("节约用餐", "canteen"),
    ("景区", "park park volunteers"),
    ("图书馆|文化服务|文化场馆", "library library lecture"),
    ("厕所|背街", "street estate"),
    ("周边", "street crossing"),
    ("医院|医疗", "clinic clinic volunteers"),
    ("道德讲堂|讲座|听取|知晓率|学习宣传", "lecture lecture library"),
    ("宣传栏|公示|公益广告设|公共场所公益广告|大厅在显著", "notice_board notice_board counter"),
    ("志愿|节日|结对|进社区|移风易俗|婚", "volunteers volunteers lecture"),
    ("窗口|无障碍", "counter counter clinic"),
    ("禁烟", "counter canteen"),
    ("围挡", "hoarding"),
    ("斑马线|路口|停放|护学|拥堵", "crossing crossing street"),
    ("集贸|餐饮|明厨", "market"),
    ("小区|充电|垃圾分类", "estate"),
    ("心理|学校|校园|课后", "classroom classroom library"),
    ("养老|儿童|困境", "care care canteen"),
)
_USUAL = {city.SCHOOLS: "classroom", city.HEALTH: "clinic", city.CULTURE: "library", city.WELFARE: "care"}
_ELSEWHERE = "street street estate"
_PEOPLE = ("志愿者和社区居民", "单位干部职工", "青年志愿者8人", "社区工作者和群众代表")
_OTHER_FIELDS: dict[str, tuple[str, ...]] = {
    "项目名称": ("云锦苑二期项目", "东湖新村三标段", "滨江综合体项目"),
    "店名": ("老街面馆", "江畔人家", "巷子口小馆", "四季饺子店"),
}
_STATEMENTS = (
    "按要求提交佐证资料，照片均为近期现场拍摄，请审核。",
    "本项工作已按计划完成，资料齐全，请审核。",
    "资料已逐项核对，数据来源见台账，请审核。",
)
_STATEMENTS_AGAIN = ("已按退回意见更换并补充，请再次审核。", "已对照意见逐条修改，请复核。")
_REVIEWED = ("情况属实，同意上报。", "材料齐全，同意。", "已核对台账原件，同意报市创文办。", "同意。")
_APPROVED = ("符合要求，同意归档。", "资料完整、说明清楚，同意。", "同意。")
_PHOTO_REASONS = (
    "其中一张照片画面偏暗，看不清具体点位，请补拍后重新上传。",
    "两张照片角度重复，体现不出整体情况，请更换一张不同点位的照片。",
    "有一张照片不是近期拍摄，请换成整改后的照片。",
)
_PAPER_REASONS = (
    "材料没有写明形成时间和责任人，请补充完整后再报。",
    "内容偏重过程，缺少数据和来源，请补充后再报。",
    "扫描件右下角不清晰，看不出落款日期，请重新扫描。",
)
_OFFICE_REASONS = (
    "照片与其他单位雷同，请提供本单位组织活动的现场照片。",
    "佐证与测评标准对应不够，请更换一份更有针对性的材料。",
)
EXCUSE = "本单位为配合单位，该项材料由牵头单位统一提供。"
SOURCE = "数据来源：本单位台账"
_NOON = 12


@dataclass(frozen=True)
class Shot:
    """What a photograph is of: the place, the matter, and when it was taken."""

    place: str
    topic: str
    taken_at: datetime


def scene_of(dice: Random, text: str, department: str) -> str:
    """Choose what a photograph of a rule shows."""
    for words, scenes in _SCENES:
        if any(word in text for word in words.split("|")):
            return dice.choice(scenes.split())
    return dice.choice(_USUAL.get(department, _ELSEWHERE).split())


def caption(dice: Random, field: str, about: Shot) -> str:
    """Fill in one caption field of a photograph."""
    if field == "时间":
        local = about.taken_at.astimezone(BEIJING)
        return f"{local.year}年{local.month}月{local.day}日{'上午' if local.hour < _NOON else '下午'}"
    if field == "地点":
        return about.place
    if field == "人物":
        return dice.choice(_PEOPLE)
    return dice.choice(_OTHER_FIELDS[field]) if field in _OTHER_FIELDS else about.topic


def statement(dice: Random, number: int) -> str:
    """Give the words a round is handed in with; `number` is that of the round, from 1."""
    return dice.choice(_STATEMENTS if number == 1 else _STATEMENTS_AGAIN)


def reviewed(dice: Random) -> str:
    """Give the words of a reviewer who agrees."""
    return dice.choice(_REVIEWED)


def approved(dice: Random) -> str:
    """Give the words of the office when it agrees."""
    return dice.choice(_APPROVED)


def reason(dice: Random, kind: str, *, office: bool = False) -> str:
    """Give the reason of a return for a requirement of a kind."""
    if office:
        return dice.choice(_OFFICE_REASONS)
    if kind == "photo_min":
        return dice.choice(_PHOTO_REASONS)
    return _PAPER_REASONS[2] if kind == "scan" else dice.choice(_PAPER_REASONS[:2])
