"""Checkpoints of a run that was broken off, which is continued from each."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from tests.attack.inputs import Input, Shown, Target, edited, flipped, forged, packed, sealed, unpacked
from tests.attack.mutations import damaged_bytes

_X = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
_Y = (_X[:, 0] > 0).astype(np.int64)


class Stopper(gn.Callback):
    """Breaks the run off behind step 3, once."""

    def on_batch_end(self, run: gn.Run) -> None:
        if run.step == 3 and not (run.folder / "broken off").exists():
            (run.folder / "broken off").touch()
            run.save_state()
            raise KeyboardInterrupt


class Checkpoints(Target):
    share = 0.5

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        gn.register("callback", "stopper", Stopper)
        self.broken, self.run = folder / "broken", folder / "run"
        with contextlib.suppress(KeyboardInterrupt):
            self._fit(self.broken)
        self.content = (self.broken / "checkpoint.safetensors").read_bytes()
        self.saved = self.open(Input(self.content)).value
        self.hard = [
            Input(self._one_parameter(), "one parameter", must_be_refused=True),
            Input(edited(self.content, epoch=-5), "epoch -5", must_be_refused=True),
            Input(edited(self.content, epoch=1.5), "epoch 1.5", must_be_refused=True),
            Input(edited(self.content, step=-1), "step -1", must_be_refused=True),
            Input(edited(self.content, batch_in_epoch=10**6), "batch 1,000,000", must_be_refused=True),
            Input(edited(self.content, lr_scale="1"), "lr_scale '1'", must_be_refused=True),
            Input(edited(self.content, training=None), "nothing about the training", must_be_refused=True),
            Input(flipped(self.content), "one bit of the last number", was_saved=True),
            Input(self.content.replace(b'"F32"', b'"F\x7f2"', 1), "a control character", was_saved=True),
        ]

    def _fit(self, folder: Path, **resumed: Any) -> None:
        network = gn.Network("dense(3) batch_norm relu dropout(0.2) dense(2) softmax")
        network.fit(
            *(_X, _Y),
            loss="cce",
            optimizer="adam",
            metrics=["accuracy"],
            schedule="exponential",
            callbacks=["early_stopping(monitor='loss')", "stopper"],
            epochs=3,
            folder=folder,
            progress=False,
            **resumed,
        )

    def _one_parameter(self) -> bytes:
        header, body = unpacked(self.content)
        name = next(name for name in header if "parameters" in name)
        start, _ = header[name]["data_offsets"]
        removed = header[name]["data_offsets"][1] - start - 4
        header[name].update(shape=[1], data_offsets=[start, start + 4])
        for other, each in header.items():
            if other not in ("__metadata__", name) and each["data_offsets"][0] > start:
                each["data_offsets"] = [offset - removed for offset in each["data_offsets"]]
        return sealed(packed(json.dumps(header), body[: start + 4] + body[start + 4 + removed :]))

    def damaged(self, chance: random.Random) -> Input:
        if chance.random() < 0.6:
            return Input(damaged_bytes(self.content, chance), was_saved=True)
        return Input(forged(self.content, chance))

    def open(self, given: Input) -> Shown:
        shutil.rmtree(self.run, ignore_errors=True)
        shutil.copytree(self.broken, self.run)
        (self.run / "checkpoint.safetensors").write_bytes(given.content)
        self._fit(self.run, resume_from=self.run)
        return Shown([(self.run / name).read_bytes() for name in ("model.safetensors", "history.csv")])
