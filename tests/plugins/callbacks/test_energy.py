"""The energy of epochs, from counters in a folder like that of Linux."""

import pytest

import glassnet as gn
from glassnet_callbacks import energy


@pytest.fixture
def counters(tmp_path, monkeypatch):
    monkeypatch.setattr(energy, "_COUNTERS", tmp_path)

    def count(name, microjoules, most=1_000_000_000):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "energy_uj").write_text(f"{microjoules}\n")
        (tmp_path / name / "max_energy_range_uj").write_text(f"{most}\n")

    return count


class Take(gn.Callback):
    """Lets two processors count in each epoch: the first 2 J, the second 3 J, and a part of the first 1 J."""

    def on_batch_end(self, run):
        count, epoch = COUNT[0], run.epoch + 1
        count("intel-rapl:0", 999_000_000 + 2_000_000 * epoch - (1_000_000_000 if epoch >= 1 else 0))
        count("intel-rapl:1", 3_000_000 * epoch)
        count("intel-rapl:0:0", 1_000_000 * epoch)


COUNT = []


def fit(*callbacks):
    network = gn.Network("dense(1)")
    x = [[0.0], [1.0]]
    return network.fit(x, x, loss="mse", optimizer="sgd", epochs=3, callbacks=list(callbacks), progress=False)


def test_joules_of_all_processors_are_added_also_if_a_counter_is_full(counters):
    COUNT[:] = [counters]
    counters("intel-rapl:0", 999_000_000)
    counters("intel-rapl:1", 0)
    history = fit(Take(), "energy")
    assert history["energy_joules"] == pytest.approx([5, 5, 5])


def test_nothing_is_reported_without_counters(counters):
    assert [*fit("energy")] == ["loss"]


def test_counters_of_the_administrator_alone_are_left_out(counters, tmp_path):
    counters("intel-rapl:0", 5)
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("")
    assert [*fit("energy")] == ["loss"]
