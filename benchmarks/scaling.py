"""How training on many ranks scales: ``python -m benchmarks.scaling --step 0.005 --parameters 670000``.

A step of N ranks takes the time to compute on a rank's batch, to put the vector together and take it apart, and to sum
it over the ranks. For the sum there are two ways, and MPI takes the faster one for the size of the vector: Thakur,
Rabenseifner and Gropp (2005), Optimization of Collective Communication Operations in MPICH. With p = log2 N rounded up,
S bytes, latency a and bandwidth b of the network, and c seconds a byte to add two vectors:

- recursive doubling: p (a + S / b + c S), for short vectors;
- a reduce-scatter and an allgather: 2 p a + 2 (N - 1) / N S / b + (N - 1) / N c S, for long ones.

``--measure`` times what the formula needs, and the steps of 2 ranks to compare it with; ``--write`` puts both into
docs/scaling.md, and draws the curves.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs

from benchmarks.machine import description
from benchmarks.results import Results
from benchmarks.rounds import ratio

DOCS = Path(__file__).parents[1] / "docs"
SAVED, PAGE, PICTURE = DOCS / "scaling.json", DOCS / "scaling.md", DOCS / "images" / "scaling.svg"
RANKS = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
# Beside the gradient a step sends loss, weights, signals and the totals of a few metrics.
FIGURES = 16


@attrs.frozen
class Link:
    """A network between ranks: seconds until a message arrives, and bytes a second."""

    latency: float
    bandwidth: float


LINKS = {
    "gigabit": Link(50e-6, 117e6),
    "25 gigabit": Link(15e-6, 2.9e9),
    "InfiniBand": Link(1.5e-6, 24e9),
}
# Seconds to add a byte of float32 to another, in memory.
ADD = 0.15e-9
# Seconds of Python around the sum in a step: the callback, the figures, the request to MPI.
OVERHEAD = 0.1e-3
# The networks of the curves, whose steps docs/performance.md has: name, parameters, and steps that were timed together.
NETWORKS = {
    "784-128-64-10": (109_386, 937),
    "784-512-512-10": (669_706, 234),
    "784-2048-2048-10": (5_824_522, 30),
    "convolutional": (12_810, 100),
}


def sum_seconds(size: float, ranks: int, link: Link, add: float = ADD) -> float:
    """Return how long the sum of a vector of `size` bytes over `ranks` takes."""
    if ranks == 1:
        return 0.0
    rounds, part = math.ceil(math.log2(ranks)), (ranks - 1) / ranks
    doubling = rounds * (link.latency + size / link.bandwidth + add * size)
    scattered = 2 * rounds * link.latency + 2 * part * size / link.bandwidth + part * add * size
    return min(doubling, scattered)


def packing_seconds(parameters: int, add: float = ADD) -> float:
    """Return how long it takes to multiply a gradient by a weight and to divide it again, in memory."""
    return OVERHEAD + 2 * add * 4 * parameters


def efficiency(step: float, parameters: int, ranks: int, link: Link) -> float:
    """Return which part of a step of `ranks` is computing, each on as large a batch as one process has."""
    return step / (step + _together(parameters, ranks, link))


def speedup(step: float, parameters: int, ranks: int, link: Link) -> float:
    """Return how many times faster one batch of a fixed size is learned from if the ranks divide it."""
    return step / (step / ranks + _together(parameters, ranks, link))


def _together(parameters: int, ranks: int, link: Link) -> float:
    if ranks == 1:
        return 0.0
    return packing_seconds(parameters) + sum_seconds(4 * (parameters + FIGURES), ranks, link)


def measured(ranks: int = 2) -> dict[str, Any]:
    """Return the seconds of sums and steps on some ranks of this machine."""
    command = [Path(sys.executable).with_name("mpiexec"), "-n", str(ranks), sys.executable, "-m"]
    done = subprocess.run([*command, "benchmarks.scaling_worker"], capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told | {"run": description()}


def predicted(network: dict[str, Any], sums: dict[str, list[float]]) -> list[float]:
    """Return the seconds that the formula predicts for a step of 2 ranks of this machine, round by round."""
    together = sum_seconds(4 * (network["parameters"] + FIGURES), 2, fitted(sums), add=0.0)
    return [sum(alone) + together for alone in zip(network["computing"], network["packing"], strict=True)]


def fitted(sums: dict[str, list[float]]) -> Link:
    """Return the latency, and the bandwidth with the time to add, that follow from measured sums over 2 ranks."""
    seconds = {int(size): statistics.median(each) for size, each in sums.items()}
    small, large = min(seconds), max(seconds)
    # Over 2 ranks a sum takes a latency or two, and the vector goes both ways at once.
    bandwidth = (large - small) / (seconds[large] - seconds[small])
    return Link(seconds[small], bandwidth)


def steps() -> dict[str, tuple[float, int]]:
    """Return seconds of a step and number of parameters of each network of the curves."""
    known = Results.read(DOCS / "performance.json").of("training")
    return {
        name: (statistics.median(known[name]["seconds"]["glassnet"]) / timed, parameters)
        for name, (parameters, timed) in NETWORKS.items()
    }


def draw(path: Path) -> None:
    """Draw the efficiency over the number of ranks, a panel a link and a line a network."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "glassnet", "font.size": 9}):
        figure, panels = plt.subplots(1, len(LINKS), figsize=(9, 3.2), layout="constrained", sharey=True)
        for panel, (name, link) in zip(panels, LINKS.items(), strict=True):
            for network, (step, parameters) in steps().items():
                values = [100 * efficiency(step, parameters, ranks, link) for ranks in RANKS]
                label = f"{network}, {1000 * step:.2g} ms"
                panel.plot(RANKS, values, marker="o", markersize=3, label=label)
            panel.set(title=name, xlabel="ranks", xscale="log", ylim=(0, 100), xticks=(2, 16, 128, 1024))
            panel.set_xticks((2, 16, 128, 1024), ("2", "16", "128", "1,024"))
            panel.minorticks_off()
            panel.grid(alpha=0.3)
        panels[0].set_ylabel("% of the time that is computing")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def table(results: dict[str, Any]) -> str:
    """Return the tables of the page: efficiencies, and predictions beside what 2 ranks took."""
    rows = ["| network | link | " + " | ".join(f"{ranks:,}" for ranks in RANKS) + " |"]
    rows.append("| --- " * (len(RANKS) + 2) + "|")
    for network, (step, parameters) in steps().items():
        for name, link in LINKS.items():
            values = [f"{100 * efficiency(step, parameters, ranks, link):.0f} %" for ranks in RANKS]
            rows.append(f"| {network}, {1000 * step:.2g} ms | {name} | " + " | ".join(values) + " |")
    rows += ["", "| network | 2 ranks computing at once | predicted step | measured step | predicted / measured |"]
    rows.append("| --- " * 5 + "|")
    for network in results["networks"]:
        told = predicted(network, results["sums"])
        cells = [f"{1000 * statistics.median(each):.3g} ms" for each in (network["computing"], told, network["step"])]
        rows.append(f"| {network['layers']} | {' | '.join(cells)} | {ratio(told, network['step'])} |")
    run = results["run"]
    rows += ["", f"Measured on {run['cpu']}, {run['cores']} cores, {run['date'][:10]}: {results['remark']}"]
    return "\n".join(rows) + "\n"


def page(text: str, results: dict[str, Any]) -> str:
    """Return the page with its tables in place."""
    before, _, rest = text.partition("<!-- measured -->\n")
    _, _, after = rest.partition("<!-- /measured -->")
    return f"{before}<!-- measured -->\n{table(results)}<!-- /measured -->{after}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--step", type=float, default=0.005, help="seconds of a step of one process")
    parser.add_argument("--parameters", type=int, default=669_706, help="number of parameters")
    parser.add_argument("--latency", type=float, help="seconds until a message arrives")
    parser.add_argument("--bandwidth", type=float, help="bytes a second")
    parser.add_argument("--ranks", type=int, default=RANKS[-1], help="the largest number of ranks")
    parser.add_argument("--measure", action="store_true", help="measure steps of 2 ranks on this machine")
    parser.add_argument("--remark", default="", help="what else is to be said of the measurement")
    parser.add_argument("--write", action="store_true", help="write docs/scaling.md and its picture")
    given = parser.parse_args()
    if given.measure:
        results = measured() | {"remark": given.remark}
        print(table(results))
        if given.write:
            SAVED.write_text(json.dumps(results, indent=1) + "\n")
    if given.write:
        results = json.loads(SAVED.read_text())
        PAGE.write_text(page(PAGE.read_text(), results))
        draw(PICTURE)
    if not (given.measure or given.write):
        own = given.latency is not None and given.bandwidth is not None
        links = {"yours": Link(given.latency, given.bandwidth)} if own else LINKS
        for ranks in (each for each in RANKS if each <= given.ranks):
            told = "  ".join(
                f"{name} {efficiency(given.step, given.parameters, ranks, link):4.0%}" for name, link in links.items()
            )
            print(f"{ranks:5} ranks  {told}")


if __name__ == "__main__":
    main()
