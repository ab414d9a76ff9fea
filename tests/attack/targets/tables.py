"""CSV tables."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

import glassnet as gn
from tests.attack.inputs import Input, Shown, Target, encoded
from tests.attack.mutations import damaged_text

_LINES = [
    "a,b,c,kind",
    *(f"{number},{number * number / 7},{'xyz'[number % 3]},{'pq'[number % 2]}" for number in range(30)),
]
_GOOD = "\n".join(_LINES) + "\n"
_CELLS = [
    *("1e400", "-nan", "+nan", "inf", "1_000", "٣", "\x00", "", '"', '"a\nb"', "x" * 100_000, "1e308", "-1e308", "nan"),
    *("0x10", "1,5", "１", " 3 ", "\ufeff", "true", "1e-400", "9" * 400, "\x1b[31m"),
]


class Tables(Target):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        # The reader of tables keeps threads, whose stacks do not belong to a file: they start before the limit.
        self.open(Input(_GOOD.encode()))
        self.hard = [
            Input(encoded("a,kind\n" + "1,p\n2,q\n" * 20 + f"{'x' * 100_000},p\n"), "a long cell among numbers"),
            Input(encoded("\x1b[31m,b,c,kind\n" + "\n".join(_LINES[1:])), "a control character"),
            Input(encoded("a,b,kind\n" + "1e308,1,p\n-1e308,2,q\n" * 20), "the largest numbers"),
            Input(encoded(f"a,kind\n{'x' * 120_000},p\n" + "yyyyyy,q\n" * 18_000), "one long cell"),
            Input(encoded("a,kind\n" + "".join(f"{'x' * 500}{number},{'pq'[number % 2]}\n" for number in range(2000)))),
        ]

    def damaged(self, chance: random.Random) -> Input:
        lines = list(_LINES)
        match chance.randrange(3):
            case 0:
                place = chance.randrange(len(lines))
                cells = lines[place].split(",")
                cells[chance.randrange(4)] = chance.choice(_CELLS)
                lines[place] = ",".join(cells)
            case 1:
                column, value = chance.randrange(4), chance.choice(_CELLS)
                lines[1:] = [
                    ",".join(value if number == column else cell for number, cell in enumerate(line.split(",")))
                    for line in lines[1:]
                ]
            case _:
                return Input(encoded(damaged_text(_GOOD, chance)))
        return Input(encoded("\n".join(lines)))

    def open(self, given: Input) -> Shown:
        path = self.folder / "table.csv"
        path.write_bytes(given.content)
        text = ""
        for target, task in (("kind", "auto"), ("a", "regression")):
            data = gn.datasets.csv(str(path), target, task=task).load()
            for split in (data.train, data.test):
                if not (np.isfinite(split.x).all() and np.isfinite(split.y).all()):
                    raise AssertionError("a table gives numbers that are not finite")
            text += f"{data.train.x.shape}"
        return Shown(text=text)
