"""Scenes of the demonstration under the open sky: streets, crossings, markets, estates, building sites, parks."""

from workflows.demo.drawing import (
    HEIGHT,
    VEST,
    WHITE,
    WIDTH,
    Canvas,
    banner,
    person,
    shade,
    sky,
    skyline,
    tree,
    windows,
    words,
)

_SHOPS = ("云江超市", "便民药店", "江畔书屋", "老街面馆", "晨光文具", "惠民果蔬", "平安粮油", "四季花店", "金桥五金", "清泉茶庄")
_SIGNS = ((46, 96, 140), (150, 54, 48), (60, 116, 84), (132, 92, 44), (88, 70, 120))
_SLOGANS = ("讲文明 树新风", "爱国 敬业 诚信 友善", "共建文明云江", "节约用水 从我做起", "绿色出行 文明礼让")
_CARS = ((196, 60, 54), (232, 232, 230), (66, 92, 132), (58, 60, 66), (202, 188, 150))


def street(canvas: Canvas) -> None:
    """Draw a swept street with shops, trees and people on the pavement."""
    sky(canvas, 700)
    skyline(canvas, 560, 420)
    x = -canvas.dice.uniform(0, 200)
    while x < WIDTH:
        wide = canvas.dice.uniform(240, 340)
        canvas.draw.rectangle((x, 520, x + wide, 800), fill=canvas.tint((212, 202, 190)))
        canvas.draw.rectangle((x + 10, 540, x + wide - 10, 612), fill=canvas.dice.choice(_SIGNS))
        words(canvas, (x + wide / 2, 576), canvas.dice.choice(_SHOPS), 44)
        canvas.draw.rectangle((x + 24, 634, x + wide - 24, 800), fill=canvas.tint((120, 146, 160), 20))
        x += wide
    shade(canvas, (0, 800, WIDTH, 900), (196, 190, 182), (176, 170, 164))
    shade(canvas, (0, 900, WIDTH, HEIGHT), (112, 114, 118), (84, 86, 92))
    for dash in range(-100, WIDTH, 260):
        canvas.draw.rectangle((dash, 1040, dash + 150, 1054), fill=(232, 228, 214))
    for x in range(int(canvas.dice.uniform(40, 200)), WIDTH, 420):
        tree(canvas, (x, 860), 420)
    for _ in range(canvas.dice.randint(3, 6)):
        person(canvas, (canvas.dice.uniform(80, 1520), canvas.dice.uniform(850, 900)), 250)
    sweeper = canvas.dice.uniform(300, 1300)
    person(canvas, (sweeper, 960), 300, (234, 132, 44))
    canvas.draw.line((sweeper + 46, 800, sweeper + 90, 958), fill=(140, 108, 72), width=9)


def crossing(canvas: Canvas) -> None:
    """Draw a crossing with zebra stripes, waiting cars and somebody on duty."""
    sky(canvas, 640)
    skyline(canvas, 640, 460)
    shade(canvas, (0, 640, WIDTH, HEIGHT), (118, 120, 124), (86, 88, 94))
    for stripe in range(9):
        left = 90 + stripe * 165
        canvas.draw.polygon(((left + 40, 860), (left + 120, 860), (left + 90, 1090), (left - 20, 1090)), fill=(238, 236, 228))
    for _ in range(canvas.dice.randint(2, 4)):
        car(canvas, canvas.dice.uniform(60, 1300), canvas.dice.uniform(740, 800))
    post = canvas.dice.choice((140, 1430))
    canvas.draw.rectangle((post - 8, 300, post + 8, 860), fill=(96, 100, 106))
    canvas.draw.rounded_rectangle((post - 44, 250, post + 44, 470), 16, fill=(44, 46, 50))
    for number, lamp in enumerate(((210, 60, 50), (92, 84, 50), (60, 84, 62))):
        canvas.draw.ellipse((post - 26, 266 + number * 66, post + 26, 318 + number * 66), fill=lamp)
    for _ in range(canvas.dice.randint(4, 7)):
        person(canvas, (canvas.dice.uniform(200, 1400), canvas.dice.uniform(900, 1080)), 290)
    person(canvas, (canvas.dice.uniform(300, 1300), 1150), 380, (206, 224, 60))


def car(canvas: Canvas, x: float, y: float) -> None:
    """Put a car seen from the side; x, y is its lower left corner."""
    body = canvas.tint(canvas.dice.choice(_CARS))
    canvas.draw.rounded_rectangle((x + 40, y - 120, x + 210, y - 50), 34, fill=body)
    canvas.draw.rounded_rectangle((x + 60, y - 108, x + 190, y - 60), 18, fill=(166, 190, 204))
    canvas.draw.rounded_rectangle((x, y - 74, x + 260, y - 18), 24, fill=body)
    for wheel in (56, 200):
        canvas.draw.ellipse((x + wheel - 28, y - 48, x + wheel + 28, y + 8), fill=(38, 38, 42))
        canvas.draw.ellipse((x + wheel - 12, y - 32, x + wheel + 12, y - 8), fill=(170, 172, 176))


def market(canvas: Canvas) -> None:
    """Draw a market hall with stalls in rows."""
    shade(canvas, (0, 0, WIDTH, 520), (214, 220, 222), (236, 232, 222))
    for beam in range(0, WIDTH, 200):
        canvas.draw.line((beam, 0, 800 + (beam - 800) * 0.5, 300), fill=(176, 184, 188), width=10)
    shade(canvas, (0, 700, WIDTH, HEIGHT), (188, 180, 170), (160, 152, 144))
    for row, (low, size) in enumerate(((660, 0.8), (960, 1.2))):
        for number in range(3):
            _stall(canvas, 40 + number * 530 + row * 20, low, size)
    banner(canvas, (380, 60, 1220, 140), canvas.dice.choice(("诚信经营 童叟无欺", "划行归市 整洁有序", "放心消费在云江")))
    for _ in range(canvas.dice.randint(4, 6)):
        person(canvas, (canvas.dice.uniform(120, 1500), canvas.dice.uniform(1080, 1160)), 340)


def _stall(canvas: Canvas, x: float, low: float, size: float) -> None:
    wide = 430 * size
    stripe = canvas.dice.choice(_SIGNS)
    for number in range(8):
        left = x + number * wide / 8
        colour = stripe if number % 2 else (244, 240, 232)
        canvas.draw.polygon(
            ((left + 8, low - 270 * size), (left + wide / 8 + 8, low - 270 * size), (left + wide / 8, low - 210 * size), (left, low - 210 * size)),
            fill=colour,
        )
    canvas.draw.rectangle((x, low - 90 * size, x + wide, low), fill=canvas.tint((176, 146, 112)))
    for _ in range(60):
        left, high = x + canvas.dice.uniform(10, wide - 40 * size), low - canvas.dice.uniform(92, 132) * size
        goods = canvas.dice.choice(((206, 62, 48), (230, 152, 46), (104, 160, 70), (150, 90, 150), (236, 208, 90)))
        canvas.draw.ellipse((left, high, left + 34 * size, high + 34 * size), fill=canvas.tint(goods))


def estate(canvas: Canvas) -> None:
    """Draw a housing estate with a green, four bins and a charging shed."""
    sky(canvas, 700)
    for number in range(4):
        x, tall = number * 410 - 30, canvas.dice.uniform(380, 560)
        canvas.draw.rectangle((x, 720 - tall, x + 360, 720), fill=canvas.tint((226, 206, 178)))
        windows(canvas, (x + 20, 740 - tall, x + 340, 700), 5, int(tall // 80))
    shade(canvas, (0, 720, WIDTH, 900), (142, 178, 112), (124, 164, 100))
    shade(canvas, (0, 900, WIDTH, HEIGHT), (196, 192, 186), (170, 166, 162))
    for x in range(60, WIDTH, 300):
        tree(canvas, (x + canvas.dice.uniform(-40, 40), 860), 300)
    start, helper = canvas.dice.choice(((120, 810), (840, 780)))
    bins = (((58, 110, 172), "可回收物"), ((92, 146, 82), "厨余垃圾"), ((188, 66, 58), "有害垃圾"), ((112, 116, 122), "其他垃圾"))
    for number, (colour, label) in enumerate(bins):
        left = start + number * 160
        canvas.draw.rounded_rectangle((left, 880, left + 136, 1070), 16, fill=colour)
        canvas.draw.rectangle((left - 6, 866, left + 142, 892), fill=canvas.tint(colour, 20))
        words(canvas, (left + 68, 970), label, 30)
    for _ in range(canvas.dice.randint(2, 4)):
        person(canvas, (canvas.dice.uniform(100, 1500), 1130), 320)
    person(canvas, (helper, 1110), 330, VEST)


def hoarding(canvas: Canvas) -> None:
    """Draw the fence of a building site with public notices, a crane behind."""
    sky(canvas, 900)
    mast = canvas.dice.uniform(300, 1300)
    canvas.draw.rectangle((mast - 14, 120, mast + 14, 700), fill=(222, 166, 40))
    canvas.draw.rectangle((mast - 420, 120, mast + 220, 142), fill=(222, 166, 40))
    canvas.draw.line((mast - 330, 142, mast - 330, 420), fill=(70, 70, 74), width=4)
    left = canvas.dice.uniform(100, 900)
    canvas.draw.rectangle((left, 300, left + 460, 760), fill=canvas.tint((188, 186, 182)))
    windows(canvas, (left + 20, 320, left + 440, 740), 6, 5)
    for number in range(4):
        x = number * 400
        canvas.draw.rectangle((x, 560, x + 396, 980), fill=canvas.tint((70, 128, 104), 10) if number % 2 else canvas.tint((60, 104, 148), 10))
        canvas.draw.rounded_rectangle((x + 40, 620, x + 356, 880), 14, fill=(244, 242, 236))
        slogan = canvas.dice.choice(_SLOGANS)
        for line, part in enumerate(slogan.split(" ")[:2]):
            words(canvas, (x + 198, 690 + line * 110), part, min(64, 290 // len(part)), (170, 44, 40))
    shade(canvas, (0, 980, WIDTH, HEIGHT), (190, 186, 180), (150, 148, 146))
    for _ in range(canvas.dice.randint(1, 3)):
        person(canvas, (canvas.dice.uniform(150, 1450), 1130), 330)


def park(canvas: Canvas) -> None:
    """Draw hills, a lake and a pavilion, with volunteers in red vests."""
    sky(canvas, 620)
    for depth in range(3):
        colour = ((150, 176, 186), (118, 156, 146), (92, 138, 112))[depth]
        points = [(x, 480 + depth * 50 - canvas.dice.uniform(0, 160)) for x in range(0, WIDTH + 200, 200)]
        canvas.draw.polygon((*points, (WIDTH, 720), (0, 720)), fill=colour)
    shade(canvas, (0, 660, WIDTH, 900), (150, 190, 204), (112, 162, 182))
    shade(canvas, (0, 880, WIDTH, HEIGHT), (140, 172, 106), (172, 166, 140))
    x = canvas.dice.uniform(200, 1200)
    canvas.draw.polygon(((x - 60, 640), (x + 300, 640), (x + 200, 540), (x + 40, 540)), fill=(150, 60, 48))
    for post in (0, 80, 160, 240):
        canvas.draw.rectangle((x + post - 8, 640, x + post + 8, 890), fill=(132, 52, 42))
    for place in (80, 420, 1180, 1500):
        tree(canvas, (place, 980), 380)
    board = canvas.dice.uniform(500, 900)
    canvas.draw.rectangle((board, 820, board + 280, 960), fill=(112, 82, 58))
    words(canvas, (board + 140, 890), canvas.dice.choice(("文明旅游", "爱护花草", "有序游览")), 56, WHITE)
    for number in range(canvas.dice.randint(3, 5)):
        coat = VEST if number < canvas.dice.randint(1, 3) else None
        person(canvas, (canvas.dice.uniform(120, 1480), canvas.dice.uniform(1060, 1150)), 330, coat)
