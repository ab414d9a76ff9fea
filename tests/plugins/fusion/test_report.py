"""What `plugins show` says is fused of a component."""

from pathlib import Path

import pytest

import glassnet as gn
from glassnet.registry.registry import registry
from glassnet_fusion.report import fusion_of

TOLD = {
    ("layer", gn.layers.layer_norm): "forward: yes; backward: yes",
    ("layer", gn.layers.dropout): "forward: yes; backward: yes",
    ("layer", gn.layers.batch_norm): "yes, by the accelerator fused_batch_norm",
    ("layer", gn.layers.lstm): "between its products: step, step back",
    ("layer", gn.layers.self_attention): "between its products: softmax",
    ("layer", gn.layers.dense): "no: its accelerator is written by hand",
    ("layer", gn.layers.max_pool2d): "yes, by the accelerator fused_max_pool2d",
    ("layer", gn.layers.flatten): "no: it holds layers, or moves its inputs",
    ("regularizer", gn.regularizers.l1_l2): "gradient: yes",
    ("constraint", gn.constraints.max_norm): "projection: yes",
    ("optimizer", gn.optimizers.adam): "update: yes",
    ("metric", gn.metrics.accuracy): "",
}


@pytest.mark.parametrize(("kind", "component"), TOLD, ids=lambda each: getattr(each, "__name__", each))
def test_what_is_fused_is_told_of_each_component(kind, component):
    assert fusion_of(kind, component) == TOLD[kind, component]


def test_the_page_has_what_is_fused_of_each_layer():
    page = (Path(__file__).parents[3] / "docs/fusion.md").read_text("utf-8")
    rows = [
        f"| {entry.name} | {fusion_of('layer', registry.load(entry))} |"
        for entry in sorted(registry.entries("layer"), key=lambda each: each.name)
        if entry.distribution == "glassnet" and not entry.is_by_hand
    ]
    assert [row for row in rows if row not in page] == []
