"""Draws the curves of cost."""

from __future__ import annotations

from pathlib import Path

from benchmarks.results import Result


def draw(curves: dict[str, Result], path: Path) -> None:
    """Draw each curve into a panel of one picture, the same bytes for the same figures."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    # Text stays text, which is small; without a salt and with a date, each picture would differ.
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "glassnet", "font.size": 9}):
        figure, panels = plt.subplots(2, 2, figsize=(9, 6.5), layout="constrained")
        handles = {}
        for panel, curve in zip(panels.flat, curves.values(), strict=False):
            for peer, seconds in curve["points"].items():
                scaled = [each * curve["scale"] for each in seconds]
                color = f"C{len(handles)}" if peer not in handles else handles[peer].get_color()
                (line,) = panel.plot(curve["values"], scaled, marker="o", markersize=3, color=color)
                handles.setdefault(peer, line)
            panel.set(title=curve["title"], xlabel=curve["x"], ylabel=curve["y"], xscale="log", yscale="log")
            panel.minorticks_off()
            panel.grid(alpha=0.3)
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=len(handles), frameon=False)
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)
