"""Each printed line of arithmetic is computed again from its printed numbers, for every component that ships."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet.registry.registry import registry
from glassnet_explanations.arithmetic.backward_lines import BackwardLines
from glassnet_explanations.arithmetic.forward_lines import ForwardLines
from glassnet_explanations.arithmetic.layer_graph import LayerGraph
from glassnet_explanations.arithmetic.line import Line

ALL_DIGITS = 17
SHAPES: list[tuple[int, ...]] = [(4,), (3, 4), (6, 6, 1), (6, 6, 4)]
FUNCTIONS = {**{name: getattr(np, name) for name in dir(np) if not name.startswith("_")}, "max": max, "min": min}


def computed(expression: str) -> float:
    """Compute a printed expression."""
    text = expression.replace("·", "*").replace("^", "**")
    with np.errstate(all="ignore"):
        return float(eval(text, {"__builtins__": {}}, FUNCTIONS))


def size_of(line: Line) -> float:
    """The size of the terms of a line, before they cancel."""
    text = line.pattern.format(*(repr(abs(term.value)) for term in line.terms))
    return abs(computed(text.replace(" - ", " + ")))


def check(line: Line, precision: float) -> None:
    again = computed(line.numbers(ALL_DIGITS))
    tolerance = precision * max(abs(line.value), size_of(line) if " + " in line.pattern or " - " in line.pattern else 0)
    assert again == pytest.approx(line.value, rel=0, abs=tolerance), line.text(ALL_DIGITS)


def check_lines(graph: LayerGraph, precision: float = 1e-12) -> Iterator[str]:
    """Check all lines that lead to some elements, and yield their labels."""
    forward, backward = ForwardLines(graph), BackwardLines(graph)
    for index in {0, graph.output.size // 2, graph.output.size - 1}:
        lines = forward.of_output(index)
        assert lines[-1].value == graph.output.flat[index]
        for line in lines:
            check(line, precision)
            yield line.label
    for entry in graph.entries:
        if entry.statement is None:
            index = int(np.abs(entry.gradient).argmax())
            for line in backward.of_given(entry.name, index):
                check(line, precision)
                yield line.label


def explained(spec: str, shape: tuple[int, ...] | None = None) -> gn.Network | None:
    """Return a network that begins with a layer, for the first shape of samples that it takes."""
    for each in [shape] if shape is not None else SHAPES:
        try:
            return gn.Network([*gn.Network(spec).layers, "flatten", "dense(2)"]).build(each, seed=0, dtype="float64")
        except gn.ShapeError:
            continue
    return None


def examples(*kinds: str) -> list[tuple[str, tuple[int, ...] | None]]:
    found = []
    for kind in kinds:
        for name in registry.names(kind):
            cls = registry.resolve(kind, name)
            found += [each if isinstance(each, tuple) else (each, None) for each in cls.examples or (name,)]
    return found


@pytest.mark.parametrize(("spec", "shape"), examples("layer", "activation"))
def test_lines_of_layers_are_computed_again(spec: str, shape: tuple[int, ...] | None):
    net = explained(spec, shape)
    assert net is not None
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (3, *net.input_shape)) if net.integer_input else rng.normal(size=(3, *net.input_shape))
    if "mask=True" in spec:
        x[:2, -1] = 0  # padding
    explanation = gn.explain(net, x, rng.normal(size=(3, 2)), loss="mse", optimizer="sgd", step=1)
    graph = explanation.layers[0].graph
    assert graph is not None
    np.testing.assert_allclose(graph.output, explanation.layers[0].values["output"], rtol=1e-12, atol=1e-14)
    # Noise is drawn in 32 bits.
    assert list(check_lines(graph, 1e-6 if "noise" in spec else 1e-12))


@pytest.mark.parametrize("spec", sorted(set(registry.names("loss"))))
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.5]])
def test_lines_of_losses_are_computed_again(spec: str, weights: list[float] | None):
    loss = gn.create("loss", spec)
    form = loss.target_types[0]
    rng = np.random.default_rng(1)
    y = {
        "values": rng.normal(size=(3, 2)),
        "labels": np.array([0, 1, 1]),
        "one_hot": np.eye(2)[[0, 1, 1]],
        "distribution": np.array([[0.2, 0.8], [0.5, 0.5], [0.9, 0.1]]),
        "binary": np.array([[0.0], [1.0], [1.0]]),
        "probabilities": rng.uniform(size=(3, 2)),
        "signs": np.array([[-1.0], [1.0], [1.0]]),
        "positive": rng.uniform(1, 2, (3, 2)),
        "counts": rng.integers(0, 4, (3, 2)).astype(float),
    }[form]
    last = {"distribution": "softmax", "probabilities": "sigmoid"}.get(loss.prediction_type, "linear")
    net = gn.Network([f"dense({1 if form in ('binary', 'signs') else 2})", last]).build(4, seed=0, dtype="float64")
    explanation = gn.explain(net, rng.normal(size=(3, 4)), y, loss=loss, optimizer="sgd", sample_weight=weights)
    part = explanation.loss_part
    assert part.graph is not None
    assert float(part.graph.output) == pytest.approx(float(part.values["loss"]), rel=1e-12)
    assert list(check_lines(part.graph))
    (predictions,) = [entry.gradient for entry in part.graph.entries if entry.name == "predictions"]
    np.testing.assert_allclose(predictions, part.gradients["predictions"], rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("optimizer", sorted(set(registry.names("optimizer"))))
def test_a_row_of_the_update_adds_up(optimizer: str):
    net = gn.Network("dense(2, constraint=max_norm(0.5)) tanh dense(1)").build(2, seed=0)
    given = {"loss": "mse", "optimizer": optimizer, "regularizer": "l2", "schedule": "cosine", "step": 1, "steps": 3}
    explanation = gn.explain(net, [[0.0, 1.0], [1.0, 1.0]], [[1.0], [0.0]], **given)
    from glassnet_explanations.page.contents import update_table

    for name in explanation.updates:
        for _, before, *terms, change, after in update_table(
            explanation, name, list(range(explanation.updates[name]["total"].size))
        ).rows:
            assert sum(terms) == pytest.approx(change, rel=1e-12, abs=1e-16)
            assert before + change == pytest.approx(after, rel=1e-15)


class Gate(gn.Layer):
    """A layer of somebody else, without a backward: a product of two parts of the input."""

    formula = "y = tanh(a) w b,  a and b are the halves of x"

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        return (shape[0] // 2,)

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        return {"w": gn.Parameter((shape[0] // 2,), initializer="ones")}

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, None]:
        first, second = np.split(x, 2, axis=-1)
        squashed = np.tanh(first)
        return squashed * params["w"] * second, None


class LogCosh(gn.Loss):
    """A loss of somebody else."""

    formula = "L = mean of log(cosh(p - t))"

    def forward(self, y_pred: gn.Array, y_true: gn.Array) -> float:
        return np.mean(np.log(np.cosh(y_pred - y_true)))


def swish() -> gn.Activation:
    """Return the activation of the example plugin."""
    path = Path(__file__).parents[3] / "examples" / "glassnet-swish" / "glassnet_swish" / "__init__.py"
    spec = importlib.util.spec_from_file_location("example_swish", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.Swish()


def test_lines_of_other_peoples_components_are_computed_again():
    net = gn.Network([Gate(), swish(), "dense(1)"]).build(4, seed=0, dtype="float64")
    x = np.random.default_rng(2).normal(size=(2, 4))
    explanation = gn.explain(net, x, [[1.0], [0.0]], loss=LogCosh(), optimizer="sgd")
    labels = [set(check_lines(part.graph)) for part in (*explanation.layers, explanation.loss_part)]
    assert {"squashed[0, 0]", "y[1, 1]", "dw[0]", "dx[0, 0]"} & labels[0] >= {"squashed[0, 0]", "y[1, 1]"}
    assert float(explanation.loss_part.graph.output) == pytest.approx(explanation.loss)


def test_a_sum_of_many_terms_names_the_largest_and_adds_the_others():
    net = gn.Network("dense(1)").build(100, seed=0, dtype="float64")
    x = np.arange(100.0)[np.newaxis]
    line = ForwardLines(gn.explain(net, x, [[1.0]], loss="mse", optimizer="sgd").layers[0].graph).of_output(0)[-1]
    assert line.symbols.count("weights") == 7
    assert "(93 more)" in line.symbols
    assert computed(line.numbers(ALL_DIGITS)) == pytest.approx((x @ net.parameters["0.weights"]).item(), rel=1e-12)


def test_elements_are_named_as_the_author_named_them():
    net = gn.Network([Gate()]).build(4, seed=0, dtype="float64")
    graph = gn.explain(net, [[1.0, 2.0, 3.0, 4.0]], [[0.0, 0.0]], loss="mse", optimizer="sgd").layers[0].graph
    first, *_, last = ForwardLines(graph).of_output(1)
    assert first.text() == "squashed[0, 1] = tanh(x[0, 1]) = tanh(2) = 0.96403"
    assert last.text() == "y[0, 1] = v2[0, 1] · x[0, 3] = 0.96403 · 4 = 3.8561"
    assert [line.label for line in ForwardLines(graph).of_output(1, levels=1)] == ["y[0, 1]"]


def test_a_layer_that_cannot_be_traced_is_shown_without_arithmetic():
    class Opaque(gn.Activation):
        """A layer that leaves NumPy."""

        def forward(self, x: gn.Array) -> gn.Array:
            return np.array([[float(value) for value in row] for row in x])

        def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
            return dy

    net = gn.Network([Opaque(), "dense(1)"]).build(2, seed=0)
    explanation = gn.explain(net, [[1.0, 2.0]], [[0.0]], loss="mse", optimizer="sgd")
    assert explanation.layers[0].graph is None
    assert "cannot be followed" in explanation.to_markdown()


@pytest.mark.parametrize("function", [np.mean, np.var, np.std, np.sum, np.prod, np.max, np.min])
@pytest.mark.parametrize("size", [3, 30])
def test_lines_of_reductions_are_computed_again(function, size: int):
    class Reduced(gn.Layer):
        """One number of each sample."""

        def output_shape(self, shape: gn.Shape) -> gn.Shape:
            return (1,)

        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, None]:
            return function(x, axis=1, keepdims=True), None

    net = gn.Network([Reduced(), "dense(1)"]).build(size, seed=0, dtype="float64")
    x = np.random.default_rng(0).normal(size=(2, size))
    graph = gn.explain(net, x, [[1.0], [0.0]], loss="mse", optimizer="sgd").layers[0].graph
    assert graph is not None
    assert list(check_lines(graph))
    line = ForwardLines(graph).of_output(1)[-1]
    assert line.value == pytest.approx(function(x[1]))
    assert len(line.terms) < 20 or function in (np.max, np.min, np.prod)


def test_the_output_of_a_layer_within_a_layer_is_its_y():
    net = gn.Network("residual([dense(2), tanh])").build(2, seed=0, dtype="float64")
    net.parameters["0.0.bias"] = [0.5, -0.25]
    x = np.array([[1.0, -2.0]])
    lines = {line.label: line.value for line in gn.explain(net, x, x, loss="mse", optimizer="sgd").unfold("0.y[0, 1]")}
    inner = x @ net.parameters["0.0.weights"] + [0.5, -0.25]
    assert lines["0.0.y[0, 1]"] == pytest.approx(inner[0, 1], rel=1e-15)
    assert lines["0.1.y[0, 1]"] == pytest.approx(np.tanh(inner[0, 1]), rel=1e-15)
