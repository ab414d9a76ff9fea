"""A component that returns something else than it should is named, with what it returned and what to return."""

import operator
import re

import numpy as np
import pytest

import glassnet as gn

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = (X[:, :1] > 0).astype(np.float32)
WEIGHTS = np.linspace(0.1, 1, 40)
FIT = {"loss": "mse", "optimizer": "sgd(lr=0.01)", "progress": False}

WRONG = {
    "None": lambda array: None,
    "list": lambda array: array.tolist(),
    "float": lambda array: float(np.sum(array)),
    "str": lambda array: "x",
}
SHAPES = {
    r"shape \(\d+,\)": lambda array: array[:-1],
    r"shape \(\d+, 2\)": lambda array: np.stack([array, array], -1),
    r"shape \(\)": np.sum,
}


def squares(y_pred, y_true):
    return ((y_pred - y_true) ** 2).mean(axis=tuple(range(1, y_pred.ndim)))


def loss_with(change, method):
    """Return a loss that is the mean squared error but for what one of its methods returns."""

    class Wrong(gn.Loss):
        def backward(self, y_pred, y_true):
            dy = 2 * (y_pred - y_true) / y_pred.size
            return change(dy) if method == "backward" else dy

    class OfSamples(Wrong):
        def per_sample(self, y_pred, y_true):
            return change(squares(y_pred, y_true))

    class Mean(Wrong):
        def forward(self, y_pred, y_true):
            mean = squares(y_pred, y_true).mean()
            return change(mean[np.newaxis]) if method == "forward" else float(mean)

    return OfSamples() if method == "per_sample" else Mean()


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("use", ["fit", "evaluate"])
@pytest.mark.parametrize("got", [*WRONG, *SHAPES])
def test_a_loss_of_each_sample_is_one_number_a_sample(got, use, weights):
    loss = loss_with({**WRONG, **SHAPES}[got], "per_sample")
    net = gn.Network("dense(4) relu dense(1)").build(3)
    rows, options = (32, FIT) if use == "fit" else (40, {})
    with pytest.raises(
        gn.ShapeError, match=rf"^per_sample\(\) of .* returned {got}; return one number a .* \({rows},\)"
    ):
        getattr(net, use)(X, Y, **{**options, "loss": loss}, sample_weight=weights)


@pytest.mark.parametrize("got", [*WRONG, *SHAPES])
def test_a_loss_of_real_steps_is_one_number_a_step(got):
    words = np.array([[1, 2, 0, 0], [1, 3, 2, 0]])
    net = gn.Network("embedding(5, 2, padding=0) lstm(3, return_sequences=True, mask=True) dense(1)")
    loss = loss_with({**WRONG, **SHAPES}[got], "per_sample")
    with pytest.raises(gn.ShapeError, match=rf"^per_sample\(\) of .* returned {got}; return one number a .* \(5,\)"):
        net.fit(words, np.ones((2, 4, 1)), **{**FIT, "loss": loss})


def test_a_column_of_losses_is_one_number_a_sample():
    column = loss_with(lambda losses: losses[:, np.newaxis], "per_sample")
    net = gn.Network("dense(1)").build(3)
    for weights in (None, WEIGHTS):
        measured = net.evaluate(X, Y, loss=column, sample_weight=weights)
        assert measured["loss"] == net.evaluate(X, Y, loss="mse", sample_weight=weights)["loss"]


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("got", WRONG)
def test_the_gradient_of_a_loss_is_an_array(got, weights):
    loss = loss_with(WRONG[got], "backward")
    with pytest.raises(gn.ShapeError, match=rf"^backward\(\) of .* returned {got}; return \(32, 1\), as y_pred$"):
        gn.Network("dense(1)").fit(X, Y, **{**FIT, "loss": loss}, sample_weight=weights)


@pytest.mark.parametrize("change", [lambda mean: None, lambda mean: [1.0], lambda mean: "x", lambda mean: np.ones(3)])
def test_the_mean_of_a_loss_is_a_number(change):
    loss, net = loss_with(change, "forward"), gn.Network("dense(1)").build(3)
    for use in (lambda: net.fit(X, Y, **{**FIT, "loss": loss}), lambda: net.evaluate(X, Y, loss=loss)):
        with pytest.raises(gn.ShapeError, match=r"^forward\(\) of .* returned no number; return the mean loss as one$"):
            use()


def layers_with(change, method):
    """Return a layer and an activation that return their input and gradient but for what one method returns."""
    forward, backward = (change if method == name else np.copy for name in ("forward", "backward"))

    class Whole(gn.Layer):
        def forward(self, params, x, ctx):
            return forward(x), None

        def backward(self, params, cache, dy, grads, ctx):
            return backward(dy)

    class Function(gn.Activation):
        def forward(self, x):
            return forward(x)

        def backward(self, dy, x, y):
            return backward(dy)

    return Whole(), Function()


USES = {
    "fit": lambda net: net.fit(X, Y, **FIT),
    "evaluate": lambda net: net.evaluate(X, Y, loss="mse"),
    "predict": lambda net: net.predict(X),
}


@pytest.mark.parametrize("is_last", [False, True], ids=["between", "last"])
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("got", WRONG)
def test_the_output_of_a_layer_is_an_array(got, use, is_last):
    for layer in layers_with(WRONG[got], "forward"):
        net = gn.Network(["dense(1)", layer] if is_last else ["dense(3)", layer, "dense(1)"]).build(3)
        wanted = "an array" if isinstance(layer, gn.Activation) else r"\(y, cache\) with an array y"
        with pytest.raises(gn.ShapeError, match=rf"^forward\(\) of {layer!r} returned {got}; return {wanted}$"):
            USES[use](net)


@pytest.mark.parametrize("got", WRONG)
def test_the_gradient_of_a_layer_is_an_array(got):
    for layer in layers_with(WRONG[got], "backward"):
        with pytest.raises(gn.ShapeError, match=rf"^backward\(\) of {layer!r} returned {got}; return the gradient by"):
            gn.Network(["dense(3)", layer, "dense(1)"]).fit(X, Y, **FIT)


def test_a_first_layer_may_return_no_gradient():
    for layer in layers_with(lambda dy: None, "backward"):
        history = gn.Network([layer, "dense(1)"]).fit(X, Y, **FIT, epochs=30)
        assert history["loss"][-1] < history["loss"][0]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("returned", [None, 1.0, np.ones((40, 3)), "abc"])
def test_a_layer_returns_output_and_cache(use, returned):
    class Alone(gn.Layer):
        def forward(self, params, x, ctx):
            return returned

    net = gn.Network(["dense(3)", Alone(), "dense(1)"]).build(3)
    with pytest.raises(gn.GlassnetError, match=r"returned no pair; return \(y, cache\)$|forward returns|code"):
        USES[use](net)


@pytest.mark.parametrize("got", ["None", "list", "str"])
def test_the_step_size_of_a_schedule_is_a_number(got):
    class Wrong(gn.Schedule):
        def lr(self, step, total_steps, base_lr):
            return WRONG[got](np.ones(3))

    with pytest.raises(gn.ShapeError, match=rf"^lr\(\) of .* returned {got}; return one number$"):
        gn.Network("dense(1)").fit(X, Y, **FIT, schedule=Wrong())


@pytest.mark.parametrize("got", ["None", "list", "str"])
def test_the_penalty_of_a_regularizer_is_a_number(got):
    class Wrong(gn.Regularizer):
        def penalty(self, w):
            return WRONG[got](w)

        def gradient(self, w):
            return w

    with pytest.raises(gn.ShapeError, match=r"^penalty\(\) of .* returned no number; return the penalty as one$"):
        gn.Network("dense(1)").fit(X, Y, **FIT, regularizer=Wrong())


def test_an_error_within_a_component_stays_as_it_is():
    class Broken(gn.Layer):
        def forward(self, params, x, ctx):
            return x + np.ones(7), None

        def backward(self, params, cache, dy, grads, ctx):
            return dy

    net = gn.Network(["dense(3)", Broken(), "dense(1)"]).build(3)
    with pytest.raises(ValueError, match="could not be broadcast together") as caught:
        net.predict(X)
    assert not isinstance(caught.value, gn.GlassnetError)


@pytest.mark.parametrize("got", ["None", "list"])
def test_the_layer_that_returned_is_named_where_a_mask_passes(got):
    layer, _ = layers_with(WRONG[got], "forward")
    net = gn.Network(["embedding(9, 3, padding=0)", layer, "lstm(3, mask=True)", "dense(1)"]).build(6)
    with pytest.raises(gn.ShapeError, match=rf"^forward\(\) of {layer!r} returned {got}; "):
        net.predict(np.arange(24).reshape(4, 6) % 9)


CALLS = {
    "too many arguments": (lambda self, x: (x, None), "positional argument"),
    "too few arguments": (
        lambda self, params, x, ctx, mode: (x, None),
        "missing 1 required positional argument: 'mode'",
    ),
    "compiled": (staticmethod(operator.matmul), "expected 2 arguments, got 3"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("use", USES)
def test_an_error_of_the_call_itself_stays_as_it_is(call, use):
    forward, message = CALLS[call]
    layer = type("Broken", (gn.Layer,), {"forward": forward, "backward": lambda self, *given: given[2]})()
    net = gn.Network(["dense(3)", layer, "dense(1)"]).build(3)
    with pytest.raises(TypeError, match=message) as caught:
        USES[use](net)
    assert not isinstance(caught.value, gn.GlassnetError)


@pytest.mark.parametrize("use", ["fit", "evaluate"])
def test_an_error_of_the_call_of_a_loss_stays_as_it_is(use):
    methods = {"forward": lambda self, y_pred: 1.0, "backward": lambda self, y_pred, y_true: y_pred}
    loss = type("Broken", (gn.Loss,), methods)()
    net = gn.Network("dense(1)").build(3)
    with pytest.raises(TypeError, match="takes 2 positional arguments but 3 were given") as caught:
        getattr(net, use)(X, Y, **({**FIT, "loss": loss} if use == "fit" else {"loss": loss}))
    assert not isinstance(caught.value, gn.GlassnetError)


def metric_that_computes(figure):
    class Wrong(gn.Metric):
        def reset(self):
            pass

        def update(self, y_true, y_pred, sample_weight=None):
            pass

        def compute(self):
            return figure

    return Wrong()


MEASURES = {
    "fit": lambda net, metric: net.fit(X, Y, **FIT, metrics=[metric]),
    "validation": lambda net, metric: net.fit(X, Y, **FIT, metrics=[metric], validation=(X, Y)),
    "evaluate": lambda net, metric: net.evaluate(X, Y, loss="mse", metrics=[metric]),
    "evaluate after fit": lambda net, metric: net.fit(X, Y, **FIT) and net.evaluate(X, Y, metrics=[metric]),
}


@pytest.mark.parametrize("use", MEASURES)
@pytest.mark.parametrize("figure", [None, [0.5], [0.5, 1.0], (0.5,), "x", {"a": 1.0}, {1.0}, object], ids=repr)
def test_the_figure_of_a_metric_is_a_number_or_an_array(use, figure):
    got = "None" if figure is None else type(figure).__name__
    message = rf"^compute\(\) of wrong returned {got}; return one number, or a table as an array$"
    with pytest.raises(gn.ShapeError, match=message):
        MEASURES[use](gn.Network("dense(1)").build(3), metric_that_computes(figure))


@pytest.mark.parametrize("figure", [0.5, np.float32(0.5), *(np.full((1,) * axes, 0.5) for axes in range(3))])
def test_one_number_in_any_form_goes_into_the_history_as_a_number(figure):
    net, metric = gn.Network("dense(1)").build(3), metric_that_computes(figure)
    history = net.fit(X, Y, **FIT, metrics=[metric], validation=(X, Y))
    assert [type(each) for each in history["wrong"] + history["val_wrong"]] == [float, float]
    assert history["wrong"] == history["val_wrong"] == [0.5]
    assert net.evaluate(X, Y) == {"loss": history["val_loss"][0], "wrong": 0.5}


def test_a_table_is_in_evaluate_and_not_in_the_history():
    net, metric = gn.Network("dense(1)").build(3), metric_that_computes(np.eye(2))
    assert "wrong" not in net.fit(X, Y, **FIT, metrics=[metric])
    assert net.evaluate(X, Y)["wrong"].tolist() == [[1, 0], [0, 1]]


def test_an_error_within_compute_stays_as_it_is():
    class Broken(type(metric_that_computes(0))):
        def compute(self):
            return float([])

    for use in MEASURES.values():
        with pytest.raises(TypeError, match="float") as caught:
            use(gn.Network("dense(1)").build(3), Broken())
        assert not isinstance(caught.value, gn.GlassnetError)


# What a layer returns for an input of shape (40, 3), and the shape of it.
WRONG_SHAPES = {
    "a row less": (lambda x: x[:-1], "(39, 3)"),
    "rows twice": (lambda x: np.repeat(x, 2, axis=0), "(80, 3)"),
    "one row for all": (lambda x: x.mean(axis=0, keepdims=True), "(1, 3)"),
    "no rows": (lambda x: x.mean(axis=0), "(3,)"),
    "a scalar": (lambda x: x.sum(), "()"),
    "one number a sample": (lambda x: x.mean(axis=1), "(40,)"),
    "one column": (lambda x: x.mean(axis=1, keepdims=True), "(40, 1)"),
    "columns and rows": (lambda x: x.T, "(3, 40)"),
    "flat": (lambda x: x.ravel(), "(120,)"),
    "one axis more": (lambda x: x[..., np.newaxis], "(40, 3, 1)"),
    "a column more": (lambda x: np.hstack([x, x[:, :1]]), "(40, 4)"),
}
SHAPED = {
    "last": lambda layer: [layer],
    "before dense": lambda layer: [layer, "dense(3)"],
    "behind dense": lambda layer: ["dense(3)", "relu", layer],
    "between": lambda layer: ["dense(3)", layer, "tanh", "layer_norm", "dense(3)"],
    "before relu": lambda layer: [layer, "relu"],
    "before a fused loss": lambda layer: ["dense(3)", layer, "softmax"],
    "in a residual": lambda layer: [gn.layers.residual([layer, "tanh"])],
    "in a sequence": lambda layer: [gn.layers.sequential([layer]), "dense(3)"],
}
ROWS = X[:, :3]
THREE = np.abs(np.tile(Y, 3)) + 0.5
SHAPE_USES = {
    "fit": lambda net: net.fit(ROWS, THREE, **{**FIT, "batch_size": 40}),
    "evaluate": lambda net: net.evaluate(ROWS, THREE, loss="mse"),
    "predict": lambda net: net.predict(ROWS),
}


@pytest.mark.parametrize("use", SHAPE_USES)
@pytest.mark.parametrize("place", SHAPED)
@pytest.mark.parametrize("got", WRONG_SHAPES)
def test_an_output_has_the_shape_that_the_layer_says(got, place, use):
    change, shape = WRONG_SHAPES[got]
    for layer in layers_with(change, "forward"):
        net = gn.Network(SHAPED[place](layer)).build(3)
        message = (
            rf"^forward\(\) of {layer!r} returned shape {re.escape(shape)}; return shape \(40, 3\) for an input of "
            r"shape \(40, 3\), as output_shape\(\) says$"
        )
        with pytest.raises(gn.ShapeError, match=message):
            SHAPE_USES[use](net)


@pytest.mark.parametrize("place", [each for each in SHAPED if each not in ("last", "before dense", "in a sequence")])
@pytest.mark.parametrize("got", WRONG_SHAPES)
def test_the_gradient_of_a_layer_has_the_shape_of_its_input(got, place):
    change, shape = WRONG_SHAPES[got]
    for layer in layers_with(change, "backward"):
        net = gn.Network(["dense(3)", *SHAPED[place](layer)]).build(3)
        message = (
            rf"^backward\(\) of {layer!r} returned shape {re.escape(shape)}; return the gradient by the input, of its "
            r"shape \(40, 3\)$"
        )
        with pytest.raises(gn.ShapeError, match=message):
            net.fit(ROWS, THREE, **{**FIT, "batch_size": 40})


def test_a_layer_that_returns_another_shape_later_is_named():
    class Later(gn.Activation):
        calls = []

        def forward(self, x):
            self.calls.append(len(x))
            return x[:1] if len(self.calls) > 3 else x.copy()

        def backward(self, dy, x, y):
            return dy.copy()

    net = gn.Network(["dense(3)", Later(), "tanh", "dense(1)"])
    with pytest.raises(gn.ShapeError, match=r"^forward\(\) of later returned shape \(1, 3\); return shape \(10, 3\)"):
        net.fit(X, Y, **{**FIT, "batch_size": 10})


def test_a_short_last_batch_is_looked_at_too():
    class Always16(gn.Activation):
        def forward(self, x):
            return np.resize(x, (16, *x.shape[1:]))

        def backward(self, dy, x, y):
            return dy.copy()

    net = gn.Network(["dense(3)", Always16(), "dense(1)"])
    with pytest.raises(gn.ShapeError, match=r"^forward\(\) of always16 returned shape \(16, 3\); return shape \(8,"):
        net.fit(X, Y, **{**FIT, "batch_size": 16})


@pytest.mark.parametrize("got", WRONG_SHAPES)
@pytest.mark.parametrize("method", ["forward", "backward"])
def test_the_branch_that_returned_another_shape_is_named(method, got):
    change, _ = WRONG_SHAPES[got]
    for layer in layers_with(change, method):
        for branches in (["tanh", layer], [layer, "dense(3)", "tanh"]):
            net = gn.Network(["dense(3)", gn.layers.concat(branches), "dense(3)"])
            with pytest.raises(gn.ShapeError, match=rf"^{method}\(\) of .*{layer!r}.* returned shape .*; return "):
                net.fit(ROWS, THREE, **{**FIT, "batch_size": 40})


def initializer_that_samples(change):
    class Wrong(gn.Initializer):
        def sample(self, shape, fan_in, fan_out, rng):
            return change(np.ones(shape))

    return Wrong()


@pytest.mark.parametrize("got", [*WRONG, "a row", "turned", "one row"])
def test_the_first_values_have_the_shape_of_the_parameter(got):
    changes = {**WRONG, "list": lambda w: w[0].tolist(), "a row": lambda w: w[0], "turned": np.transpose}
    changes["one row"] = lambda w: w[:1]
    net = gn.Network([gn.layers.dense(4, weight_init=initializer_that_samples(changes[got]))])
    for use in (lambda: net.build(3), lambda: net.fit(X, np.ones((40, 4)), **FIT)):
        with pytest.raises(gn.ShapeError, match=r"^sample\(\) of wrong returned .*; return shape \(3, 4\)$"):
            use()


@pytest.mark.parametrize("got", [*WRONG, "a row", "one row", "a scalar", "flat"])
def test_the_gradient_of_a_penalty_has_the_shape_of_the_parameter(got):
    changes = {**WRONG, "a row": lambda w: w[0], "one row": lambda w: w[:1], "a scalar": np.sum, "flat": np.ravel}

    class Wrong(gn.Regularizer):
        def penalty(self, w):
            return 0.0

        def gradient(self, w):
            return changes[got](w)

    layers = ["dense(4)", "dense(1)"], [gn.layers.dense(4, regularizer=Wrong())]
    for given, options in ((layers[0], {"regularizer": Wrong()}), (layers[1], {})):
        with pytest.raises(
            gn.ShapeError, match=r"^gradient\(\) of wrong returned .*; return shape \(3, 4\), as w has$"
        ):
            gn.Network(given).fit(X, np.ones((40, 4 if options == {} else 1)), **FIT, **options)


@pytest.mark.parametrize("kind", [complex, object, str])
def test_the_output_of_a_layer_holds_real_numbers(kind):
    for layer in layers_with(lambda x: x.astype(kind), "forward"):
        with pytest.raises(
            gn.ShapeError, match=rf"^forward\(\) of {layer!r} returned elements of type .*; return real"
        ):
            gn.Network(["dense(3)", layer, "dense(1)"]).fit(X, Y, **{**FIT, "batch_size": 40})


@pytest.mark.parametrize("kind", [complex, object])
def test_the_gradient_of_a_loss_holds_real_numbers(kind):
    loss = loss_with(lambda dy: dy.astype(kind), "backward")
    with pytest.raises(gn.ShapeError, match=r"^backward\(\) of .* returned elements of type .*; return real numbers$"):
        gn.Network("dense(1)").fit(X, Y, **{**FIT, "loss": loss})


@pytest.mark.parametrize("given", [None, 3])
def test_the_shape_of_an_output_is_a_shape(given):
    layer = type("Wrong", (gn.Layer,), {"output_shape": lambda self, shape: given})()
    message = r"^output_shape\(\) of wrong returned no shape; return that of one sample, such as \(8,\)$"
    for use in (lambda net: net.build(3), lambda net: net.fit(X, Y, **FIT)):
        with pytest.raises(gn.ShapeError, match=message):
            use(gn.Network([layer, "dense(1)"]))


@pytest.mark.parametrize("given", [None, [], {"w": np.ones(3)}, {"w": None}])
def test_the_parameters_of_a_layer_are_described(given):
    layer = type("Wrong", (gn.Layer,), {"parameters": lambda self, shape: given})()
    with pytest.raises(
        gn.ShapeError, match=r"^parameters\(\) of wrong returned .*; return a gn.Parameter by each name$"
    ):
        gn.Network([layer, "dense(1)"]).build(3)


def test_a_batch_that_a_callback_sets_has_a_target_for_each_sample():
    class Wrong(gn.Callback):
        def on_batch_start(self, run):
            x, y = run.batch
            run.batch = x, y[:1]

    with pytest.raises(gn.DataError, match=r"^run.batch has 32 samples and 1 targets; give one a sample"):
        gn.Network("dense(1)").fit(X, Y, **FIT, callbacks=[Wrong()])


def test_a_network_whose_first_values_failed_is_not_built():
    net = gn.Network([gn.layers.dense(4, weight_init=initializer_that_samples(np.sum))])
    for _ in range(2):
        with pytest.raises(gn.ShapeError, match=r"^sample\(\) of wrong returned shape \(\)"):
            net.fit(X, np.ones((40, 4)), **FIT)
        assert not net.is_built
