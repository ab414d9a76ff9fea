"""Each schedule over 1,000 steps against PyTorch's; the values are made by make_values/schedules.py."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import glassnet as gn

VALUES = dict(np.load(Path(__file__).parent / "values" / "schedules.npz"))
STEPS = 1000
BASE = 0.3
SPECS = [name for name in VALUES if name not in ("steps", "losses", "plateaus")]


@pytest.mark.parametrize("spec", SPECS)
def test_every_step_size_is_pytorchs(spec):
    schedule = gn.create("schedule", spec)
    sizes = [schedule.lr(int(step), STEPS, BASE) for step in VALUES["steps"]]
    np.testing.assert_allclose(sizes, VALUES[spec], rtol=1e-10, atol=1e-14)


def test_drops_on_plateaus_fall_where_pytorchs_do():
    schedule = gn.schedules.reduce_on_plateau(factor=0.8, patience=12, min_delta=0.001)
    memory = SimpleNamespace()
    run = SimpleNamespace(validation=object(), state_of=lambda _: memory, lr_scale=1.0, logs={})
    run.metrics = {}
    schedule.on_run_start(run)
    sizes = []
    for loss in VALUES["losses"]:
        run.logs = {"val_loss": float(loss)}
        schedule.on_validation_end(run)
        sizes.append(schedule.lr(0, STEPS, BASE) * run.lr_scale)
    assert len(set(sizes)) > 5, "the losses must stall several times"
    np.testing.assert_allclose(sizes, VALUES["plateaus"], rtol=1e-10)
