"""Scenes of the demonstration under a roof: class rooms, clinics, counters, libraries, lectures, canteens, boards."""

from workflows.demo.drawing import (
    HEIGHT,
    INK,
    VEST,
    WHITE,
    WIDTH,
    Canvas,
    banner,
    from_behind,
    person,
    room,
    seated,
    shade,
    tree,
    windows,
    words,
)

_WOOD = (186, 146, 104)


def classroom(canvas: Canvas) -> None:
    """Draw a class in front of its blackboard."""
    room(canvas, (238, 234, 222), (188, 170, 148))
    canvas.draw.rectangle((260, 170, 1180, 560), fill=(150, 112, 76))
    canvas.draw.rectangle((280, 190, 1160, 540), fill=(44, 84, 72))
    words(canvas, (720, 320), canvas.dice.choice(("做文明有礼的好少年", "心理健康第一课", "节约从点滴做起", "安全出行 你我同行")), 72, (240, 240, 228))
    words(canvas, (720, 440), canvas.dice.choice(("主题班会", "家长课堂", "课后服务")), 48, (226, 214, 150))
    windows(canvas, (1240, 140, 1580, 640), 2, 2)
    person(canvas, (canvas.dice.uniform(320, 1100), 800), 430)
    for row in range(3):
        size = 92 + row * 34
        for number in range(5 - row):
            x = 800 + (number - (4 - row) / 2) * size * 2.9 + canvas.dice.uniform(-14, 14)
            y = 850 + row * 150
            canvas.draw.rectangle((x - size, y - 6, x + size, y + 26), fill=canvas.tint(_WOOD))
            from_behind(canvas, (x, y + size * 0.75), size)


def clinic(canvas: Canvas) -> None:
    """Draw the hall of a clinic with its information desk and a helper in a red vest."""
    room(canvas, (226, 238, 240), (206, 212, 214))
    canvas.draw.rounded_rectangle((520, 110, 1080, 210), 16, fill=(54, 128, 150))
    words(canvas, (800, 160), canvas.dice.choice(("导诊服务台", "社区卫生服务中心", "健康咨询处")), 58)
    canvas.draw.rectangle((200, 170, 330, 300), fill=WHITE)
    canvas.draw.rectangle((250, 190, 280, 280), fill=(206, 60, 56))
    canvas.draw.rectangle((220, 220, 310, 250), fill=(206, 60, 56))
    for x in (640, 800, 960):
        seated(canvas, (x, 640), 150, WHITE)
    canvas.draw.rounded_rectangle((480, 620, 1120, 820), 30, fill=canvas.tint((236, 240, 240)))
    canvas.draw.rectangle((480, 640, 1120, 664), fill=(54, 128, 150))
    for number in range(4):
        x = canvas.dice.choice((60, 1180)) + number * 90
        canvas.draw.rounded_rectangle((x, 860, x + 76, 960), 12, fill=(96, 150, 176))
        canvas.draw.rectangle((x + 8, 960, x + 68, 1010), fill=(120, 126, 132))
    for _ in range(canvas.dice.randint(3, 5)):
        person(canvas, (canvas.dice.uniform(150, 1450), canvas.dice.uniform(980, 1120)), 380)
    person(canvas, (canvas.dice.uniform(400, 1200), 1060), 400, VEST)


def counter(canvas: Canvas) -> None:
    """Draw a service hall with numbered counters and people who wait."""
    room(canvas, (234, 232, 226), (198, 194, 188))
    banner(canvas, (300, 80, 1300, 160), canvas.dice.choice(("为人民服务", "马上就办 办就办好", "微笑服务 文明窗口")))
    for number in range(4):
        x = 90 + number * 370
        canvas.draw.rectangle((x, 220, x + 330, 290), fill=(48, 84, 128))
        words(canvas, (x + 165, 255), f"{number + 1} 号窗口", 42)
        seated(canvas, (x + 165, 620), 170, canvas.tint((58, 74, 104), 6))
        canvas.draw.rectangle((x + 190, 520, x + 290, 590), fill=INK)
        canvas.draw.rectangle((x, 600, x + 330, 640), fill=canvas.tint(_WOOD))
        canvas.draw.rectangle((x, 640, x + 330, 800), fill=canvas.tint((216, 210, 200)))
        canvas.draw.rectangle((x + 20, 560, x + 110, 598), fill=(250, 246, 230))
    for number in range(canvas.dice.randint(4, 7)):
        person(canvas, (140 + number * 210 + canvas.dice.uniform(-40, 40), canvas.dice.uniform(980, 1130)), 390)


def library(canvas: Canvas) -> None:
    """Draw shelves full of books and readers at long tables."""
    room(canvas, (236, 226, 208), (176, 142, 108))
    for x in range(40, 1560, 390):
        canvas.draw.rectangle((x, 120, x + 350, 760), fill=canvas.tint((138, 100, 68)))
        for shelf in range(5):
            high, place = 140 + shelf * 124, x + 14.0
            while place < x + 330:
                wide, tall = canvas.dice.uniform(12, 28), canvas.dice.uniform(70, 104)
                colour = canvas.tint(canvas.dice.choice(((150, 60, 52), (56, 96, 130), (196, 164, 92), (90, 120, 84), (214, 206, 190))), 24)
                canvas.draw.rectangle((place, high + 108 - tall, place + wide, high + 108), fill=colour)
                place += wide + 2
    for row in range(2):
        y = 880 + row * 200
        for number in range(4 + row):
            seated(canvas, (220 + number * (1200 / (3 + row)) + canvas.dice.uniform(-30, 30), y), 150 + row * 30)
        canvas.draw.polygon(((60, y), (1540, y), (1580, y + 70), (20, y + 70)), fill=canvas.tint(_WOOD))
        for _ in range(6):
            left = canvas.dice.uniform(120, 1420)
            canvas.draw.polygon(((left, y + 14), (left + 90, y + 14), (left + 98, y + 50), (left - 8, y + 50)), fill=(248, 246, 238))


def lecture(canvas: Canvas) -> None:
    """Draw a hall with a speaker under a banner."""
    room(canvas, (214, 202, 190), (128, 96, 78))
    shade(canvas, (120, 60, 1480, 640), (150, 52, 48), (120, 38, 38))
    titles = ("道德讲堂", "身边好人故事会", "创建知识培训会", "健康知识讲座", "移风易俗 喜事新办", "创建工作推进会")
    banner(canvas, (260, 100, 1340, 220), canvas.dice.choice(titles))
    canvas.draw.rectangle((120, 640, 1480, 720), fill=canvas.tint((166, 124, 86)))
    speaker = canvas.dice.uniform(500, 1100)
    person(canvas, (speaker, 660), 330)
    canvas.draw.rectangle((speaker - 70, 500, speaker + 70, 660), fill=canvas.tint(_WOOD))
    for row in range(4):
        size = 70 + row * 26
        for number in range(9 - row):
            x = 800 + (number - (8 - row) / 2) * size * 2.1 + canvas.dice.uniform(-8, 8)
            from_behind(canvas, (x, 860 + row * 105), size)


def canteen(canvas: Canvas) -> None:
    """Draw a canteen with a reminder on the wall and people at tables."""
    room(canvas, (242, 236, 220), (204, 196, 182))
    canvas.draw.rounded_rectangle((420, 110, 1180, 300), 20, fill=(86, 136, 84))
    words(canvas, (800, 205), canvas.dice.choice(("光盘行动 从我做起", "适量取餐 杜绝浪费", "粒粒皆辛苦")), 70)
    canvas.draw.rectangle((100, 420, 1500, 560), fill=(206, 214, 216))
    for dish in range(140, 1460, 150):
        canvas.draw.ellipse((dish, 440, dish + 120, 520), fill=canvas.tint(canvas.dice.choice(((206, 150, 70), (120, 160, 80), (186, 84, 60))), 20))
    for row in range(2):
        for number in range(3 + row):
            x, y = 260 + number * (1080 / (2 + row)), 860 + row * 210
            seated(canvas, (x - 60, y), 150)
            seated(canvas, (x + 80, y), 150)
            canvas.draw.ellipse((x - 170, y - 10, x + 190, y + 90), fill=canvas.tint((232, 226, 214)))
            canvas.draw.rounded_rectangle((x - 90, y + 10, x - 10, y + 50), 8, fill=(176, 184, 190))
            canvas.draw.rounded_rectangle((x + 40, y + 10, x + 120, y + 50), 8, fill=(176, 184, 190))


def notice_board(canvas: Canvas) -> None:
    """Draw a notice board with its posters, outside a building."""
    shade(canvas, (0, 0, WIDTH, 820), canvas.tint((206, 210, 208)), (226, 224, 216))
    for y in range(0, 820, 64):
        canvas.draw.line((0, y, WIDTH, y), fill=(194, 194, 188), width=3)
    shade(canvas, (0, 820, WIDTH, HEIGHT), (186, 182, 176), (160, 158, 154))
    canvas.draw.rectangle((160, 150, 1440, 860), fill=(120, 126, 130))
    canvas.draw.rectangle((184, 260, 1416, 836), fill=(240, 240, 236))
    banner(canvas, (184, 170, 1416, 250), canvas.dice.choice(("创建文明城市宣传栏", "便民服务公示栏", "公益广告", "公示公告栏")))
    for number in range(8):
        x, y = 214 + number % 4 * 300, 290 + number // 4 * 270
        paper = canvas.dice.choice(((252, 248, 236), (234, 244, 240), (250, 236, 228), (236, 240, 250)))
        canvas.draw.rectangle((x, y, x + 270, y + 240), fill=paper)
        head = canvas.dice.choice(((186, 60, 50), (52, 104, 150), (70, 128, 84), (180, 120, 40)))
        canvas.draw.rectangle((x, y, x + 270, y + 56), fill=head)
        words(canvas, (x + 135, y + 28), canvas.dice.choice(("文明公约", "办事指南", "收费公示", "志愿服务", "健康知识", "平安建设", "好人榜")), 36)
        for line in range(5):
            canvas.draw.rectangle((x + 22, y + 80 + line * 30, x + canvas.dice.uniform(150, 248), y + 90 + line * 30), fill=(170, 172, 176))
    for place in (70, 1530):
        tree(canvas, (place, 960), 460)
    for _ in range(canvas.dice.randint(1, 3)):
        person(canvas, (canvas.dice.uniform(250, 1350), 1120), 430)


def care(canvas: Canvas) -> None:
    """Draw a day room for the elderly with helpers."""
    room(canvas, (244, 232, 214), (206, 176, 142))
    windows(canvas, (100, 140, 620, 620), 3, 2)
    canvas.draw.rounded_rectangle((780, 140, 1480, 250), 18, fill=(168, 100, 62))
    words(canvas, (1130, 195), canvas.dice.choice(("幸福食堂", "日间照料中心", "康复活动室", "温馨之家")), 64)
    canvas.draw.rectangle((760, 560, 1500, 584), fill=(182, 140, 96))
    for number in range(3):
        x, y = 300.0 + number * 500, 960.0 + number % 2 * 90
        for side in (-120, 0, 120):
            seated(canvas, (x + side, y - 20), 140)
        canvas.draw.ellipse((x - 230, y - 40, x + 230, y + 80), fill=canvas.tint(_WOOD))
        for _ in range(4):
            cup = x + canvas.dice.uniform(-160, 150)
            canvas.draw.rounded_rectangle((cup, y - 10, cup + 34, y + 34), 6, fill=WHITE)
    person(canvas, (canvas.dice.uniform(500, 700), 880), 400, VEST)
    person(canvas, (canvas.dice.uniform(950, 1150), 870), 390, VEST)


def volunteers(canvas: Canvas) -> None:
    """Draw a row of volunteers in front of their tent."""
    shade(canvas, (0, 0, WIDTH, 760), (178, 206, 226), (236, 238, 234))
    shade(canvas, (0, 760, WIDTH, HEIGHT), (172, 184, 142), (190, 184, 172))
    for place in (90, 360, 1260, 1520):
        tree(canvas, (place, 800), canvas.dice.uniform(420, 560))
    canvas.draw.polygon(((420, 380), (1180, 380), (1080, 250), (520, 250)), fill=VEST)
    for post in (450, 1150):
        canvas.draw.rectangle((post - 8, 380, post + 8, 840), fill=(220, 220, 222))
    banner(canvas, (470, 400, 1130, 480), canvas.dice.choice(("志愿服务 奉献爱心", "文明云江 有你有我", "学雷锋志愿服务站")))
    canvas.draw.rectangle((520, 660, 1080, 820), fill=(206, 60, 52))
    words(canvas, (800, 740), canvas.dice.choice(("便民服务", "义诊咨询", "政策宣传", "爱心义剪")), 64)
    count = canvas.dice.randint(5, 8)
    for number in range(count):
        person(canvas, (180 + number * 1240 / (count - 1), 1090 + number % 2 * 40), 430, canvas.tint(VEST, 8))
