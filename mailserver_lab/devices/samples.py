"""Files that readers can attach who have none at hand: made here, the same every time.

A long table says the same things again and again, so zip makes it small. A photograph that is not compressed has grain in
every pixel, which no zip can guess: what makes it small is fewer pixels and JPEG.
"""

from __future__ import annotations

import functools
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from ..locale import Lang, Text

ROWS = 22_000
WIDTH, HEIGHT = 960, 640
_GRAIN = 0x1F  # of each octet of the picture: the bits that are noise


@dataclass(frozen=True, slots=True)
class Sample:
    """A file that is made when it is asked for."""

    name: Text
    make: Callable[[Lang], bytes]


@functools.cache
def _table(lang: Lang) -> bytes:
    """Sales by day, shop and product, as CSV with the mark by which Excel knows UTF-8."""
    chance = random.Random(2026)
    head = Text("日付,店舗,商品,数量,単価,金額", "date,shop,product,count,price,total")[lang]
    shops = Text(
        "札幌,仙台,新宿,横浜,名古屋,京都,神戸,福岡", "Leeds,York,Bath,Oxford,Dover,Cardiff,Derby,Exeter"
    )[lang].split(",")
    goods = Text(
        "便せん,封筒,切手シート,はがき,万年筆,インク,スタンプ",
        "paper,envelopes,stamps,postcards,fountain pen,ink,rubber stamp",
    )[lang].split(",")
    rows = [head]
    for n in range(ROWS):
        day = date(2025, 4, 1) + timedelta(days=n * 365 // ROWS)
        product, count = chance.getrandbits(16) % len(goods), chance.getrandbits(5) + 1
        price = 80 + 170 * product
        rows.append(f"{day},{shops[n % len(shops)]},{goods[product]},{count},{price},{count * price}")
    return ("\ufeff" + "\r\n".join(rows) + "\r\n").encode()


@functools.cache
def _photograph(lang: Lang) -> bytes:
    """Hills below an evening sky, with the grain of a camera: a bitmap of 24 bits a pixel, not compressed."""
    chance = random.Random(2026)
    far = [250 + (x * (WIDTH - x)) // 2_200 for x in range(WIDTH)]  # heights of the hills, from below
    near = [150 + abs((x + 240) % 640 - 320) // 3 for x in range(WIDTH)]
    grain = int.from_bytes(bytes([_GRAIN]) * WIDTH * 3)
    rows = []
    for y in range(HEIGHT):  # a bitmap begins with its lowest row; a pixel is blue, green, red
        sky = bytes((_shade(y, 96, 192), _shade(y, 128, 160), _shade(HEIGHT - y, 96, 220)))
        sun = 80 * 80 - (y - 400) * (y - 400)
        row = b"".join(
            b"\x20\x60\x40" if y < near[x]
            else b"\x60\x80\x60" if y < far[x]
            else b"\x80\xc0\xe0" if (x - 640) * (x - 640) < sun
            else sky
            for x in range(WIDTH)
        )  # fmt: skip
        noise = int.from_bytes(chance.randbytes(WIDTH * 3)) & grain
        rows.append(
            (int.from_bytes(row) + noise).to_bytes(WIDTH * 3)
        )  # no colour is so light that one octet runs over
    pixels = b"".join(rows)
    head = struct.pack("<2sIHHI", b"BM", 54 + len(pixels), 0, 0, 54)
    return (
        head
        + struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 24, 0, len(pixels), 2_835, 2_835, 0, 0)
        + pixels
    )


def _shade(y: int, low: int, high: int) -> int:
    """From `low` to `high` along the height."""
    return low + (high - low) * y // HEIGHT


SAMPLES = {
    "table": Sample(Text("売上の一覧.csv", "sales.csv"), _table),
    "photograph": Sample(Text("社員旅行の写真.bmp", "outing.bmp"), _photograph),
}
