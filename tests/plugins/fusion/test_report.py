"""What `plugins show` says is fused of a component."""

import pytest

import glassnet as gn
from glassnet_fusion.report import fusion_of

TOLD = {
    ("layer", gn.layers.layer_norm): "forward: yes; backward: yes",
    ("layer", gn.layers.dropout): "forward: yes; backward: yes",
    ("layer", gn.layers.batch_norm): "yes, by the accelerator fused_batch_norm",
    ("layer", gn.layers.lstm): "between its products: step, step back",
    ("layer", gn.layers.self_attention): "between its products: softmax",
    ("layer", gn.layers.dense): "no: its accelerator is written by hand",
    ("layer", gn.layers.flatten): "no: it holds layers, or moves its inputs",
    ("regularizer", gn.regularizers.l1_l2): "gradient: yes",
    ("constraint", gn.constraints.max_norm): "projection: yes",
    ("optimizer", gn.optimizers.adam): "update: yes",
    ("metric", gn.metrics.accuracy): "",
}


@pytest.mark.parametrize(("kind", "component"), TOLD, ids=lambda each: getattr(each, "__name__", each))
def test_what_is_fused_is_told_of_each_component(kind, component):
    assert fusion_of(kind, component) == TOLD[kind, component]
