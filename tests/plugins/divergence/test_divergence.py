"""A training that arrives at NaN or infinity stops, says where, and leaves a finite network."""

import math
import pickle
import warnings

import numpy as np
import pytest

import glassnet as gn

X = np.random.default_rng(0).normal(size=(8, 2))
Y = X @ np.array([[1.0], [2.0]])


def built(layers="dense(1)", inputs=2):
    return gn.Network(layers).build((inputs,), seed=0)


def diverged(net=None, x=X, y=Y, **options):
    """Fit, and return the error in which it has to end."""
    net = net or built()
    with pytest.raises(gn.NonFiniteError) as caught:
        net.fit(x, y, **{"loss": "mse", "optimizer": "sgd(lr=0.01)", "batch_size": 4, "epochs": 3, **options})
    assert np.isfinite(net.flat_parameters).all()
    return caught.value


def place(error):
    return tuple(error.diverged[name] for name in ("epoch", "step", "operation", "layer"))


class Changed(gn.Callback):
    """Puts a number into an array of the network in one step."""

    hook: str = gn.option(help="when")
    at: int = gn.option(help="the step")
    name: str = gn.option(help="the array")
    value: str = gn.option(help="the number, such as inf")

    def on_after_backward(self, run):
        if self.hook == "on_after_backward" and run.step + 1 == self.at:
            place, name = self.name.split(".")
            run.network.gradient_views[place][name][...] = float(self.value)

    def on_batch_end(self, run):
        if self.hook == "on_batch_end" and run.step == self.at:
            run.network.parameters[self.name].fill(float(self.value))


# --- the place ---------------------------------------------------------------------------------------


def test_a_step_size_that_is_too_large_ends_at_the_step_of_the_formula():
    """The error e of one sample at x=1 is multiplied by 1 - 4 lr = -4e10 in each step.

    It is 1, -4e10, 1.6e21, and the square of the last is more than float32 holds.
    """
    net = gn.Network("dense(1, weight_init=zeros)").build((1,))
    error = diverged(net, np.ones((1, 1)), [[-1.0]], optimizer="sgd(lr=1e10)", batch_size=1, epochs=9)
    assert place(error) == (3, 3, "forward", "the loss mean_squared_error")
    assert error.diverged["values"]["outputs"][0] == pytest.approx(1.6e21, rel=1e-5)
    assert error.diverged["values"]["learning rate"] == 1e10
    assert float(net.flat_parameters.sum()) == pytest.approx(1.6e21, rel=1e-5)
    assert net.history["loss"] == pytest.approx([1, 1.6e21], rel=1e-5)
    for part in ("epoch 3", "step 3", "forward", "learning rate 1e+10", "the step size is too large", "after step 2"):
        assert part in str(error)


def test_an_update_that_overflows_puts_the_network_back():
    net = built()
    before = net.flat_parameters.tobytes()
    error = diverged(net, optimizer="sgd(lr=1e39)", batch_size=8)
    assert place(error) == (1, 1, "update", "layer 0 'dense(1)'")
    assert net.flat_parameters.tobytes() == before
    assert "before the first step" in str(error)


def test_parameters_that_no_loss_shows_are_found_at_the_next_step():
    """A bias of minus infinity in front of relu gives zeros."""
    changed = Changed("on_batch_end", 3, "0.bias", "-inf")
    error = diverged(built("dense(4) relu dense(1)"), callbacks=[changed])
    assert place(error) == (2, 3, "update", "layer 0 'dense(4)'")
    assert "'0.bias' is -inf" in str(error)
    assert "from the end of epoch 1" in str(error)


@pytest.mark.parametrize("optimizer", ["sgd", "lion", "adam", "accumulate(sgd, steps=4)", "ema(lion)", "lbfgs"])
@pytest.mark.parametrize("value", ["inf", "nan"])
def test_a_gradient_stops_before_the_optimizer_reads_it(optimizer, value):
    net = built()
    vectors = []

    class Noted(gn.Callback):
        def on_batch_end(self, run):
            vectors.append(run.network.flat_parameters.tobytes())

    error = diverged(net, optimizer=optimizer, callbacks=[Changed("on_after_backward", 2, "0.bias", value), Noted()])
    assert place(error) == (1, 2, "backward", "layer 0 'dense(1)'")
    assert f"the gradient of '0.bias' is {value}" in str(error)
    assert net.flat_parameters.tobytes() == vectors[0]
    assert len(vectors) == 1


def test_a_gradient_that_a_callback_repairs_does_not_stop():
    class Repaired(gn.Callback):
        def on_after_backward(self, run):
            np.nan_to_num(run.network.gradients, copy=False, posinf=0)

    net = built()
    callbacks = [Changed("on_after_backward", 2, "0.bias", "inf"), Repaired()]
    history = net.fit(X, Y, loss="mse", optimizer="sgd", batch_size=4, epochs=2, callbacks=callbacks)
    assert len(history.epochs) == 2


def test_a_loss_that_a_train_step_reports_stops():
    class Reports(gn.Callback):
        def train_step(self, run):
            return math.nan if run.step == 4 else 1.0

    error = diverged(callbacks=[Reports()])
    assert error.diverged["epoch"] == 3
    assert error.diverged["step"] == 5
    assert error.diverged["operation"] == "train_step"


class Half(gn.Layer):
    """Computes in float16, which holds numbers up to 65,504."""

    def forward(self, params, x, ctx):
        return np.square(x.astype(np.float16)).astype(x.dtype), x

    def backward(self, params, cache, dy, grads, ctx):
        return dy * 2 * cache


class Root(gn.Layer):
    """The root, whose slope at 0 is infinite."""

    def forward(self, params, x, ctx):
        return np.sqrt(np.abs(x)), x

    def backward(self, params, cache, dy, grads, ctx):
        return dy * np.sign(cache) / (2 * np.sqrt(np.abs(cache)))


class Log(gn.Loss):
    """Minus the logarithm of the outputs."""

    def forward(self, y_pred, y_true):
        return float(-np.log(y_pred).mean())

    def backward(self, y_pred, y_true):
        return -1 / (y_pred * y_pred.size)


def test_a_layer_that_overflows_a_type_of_its_own_is_named():
    net = built(["dense(2, weight_init=ones)", Half(), "dense(1)"])
    error = diverged(net, np.full((4, 2), 200.0), np.zeros((4, 1)))
    assert place(error) == (1, 1, "forward", f"layer 1 '{Half()!r}'")
    assert error.diverged["values"]["input"] == [400, 400]
    assert "a number overflows its type" in str(error)


def test_a_layer_within_a_layer_is_named_by_its_place():
    net = gn.Network([gn.layers.residual(["dense(2, weight_init=ones)", Half()]), "dense(1)"]).build((2,))
    error = diverged(net, np.full((4, 2), 200.0), np.zeros((4, 1)))
    assert place(error) == (1, 1, "forward", f"layer 0.1 '{Half()!r}'")


def test_a_backward_that_divides_by_zero_is_named():
    net = built(["dense(2, weight_init=zeros)", Root(), "dense(1, weight_init=ones)"])
    error = diverged(net)
    assert place(error) == (1, 1, "backward", f"layer 1 '{Root()!r}'")
    assert error.diverged["values"]["input"] == [0, 0]


def test_the_logarithm_of_zero_is_named_as_the_cause():
    error = diverged(built("dense(1, weight_init=zeros) relu"), loss=Log())
    assert place(error) == (1, 1, "forward", f"the loss {Log()!r}")
    assert "logarithm of zero" in str(error)
    assert error.diverged["values"]["outputs"] == [0, 0]


def test_a_penalty_that_overflows_is_named():
    net = built()
    net.flat_parameters[:] = 1e25
    error = diverged(net, X * 0, Y * 0, loss="mae", regularizer="l2(0.1)")
    assert place(error)[:3] == (1, 1, "penalty")
    assert error.diverged["values"]["parameters"] == pytest.approx([1e25, 1e25], rel=1e-6)


def test_inputs_that_are_not_scaled_are_named_as_the_cause():
    assert "the inputs are not scaled" in str(diverged(x=X * 1e30))
    assert "the targets are not scaled" in str(diverged(y=Y * 1e30))


def test_state_that_overflows_stops_after_the_epoch():
    error = diverged(built("batch_norm dense(1)"), X * 1e30)
    assert place(error)[2:] == ("forward", "layer 0 'batch_norm'")
    assert "state '0.running_variance' is inf" in str(error)


def test_an_average_that_overflows_stops():
    """The sum of ten numbers of 1e38 with weights that fall slowly is more than float32 holds."""
    net = built()
    net.flat_parameters[:] = 1e38
    error = diverged(net, X * 0, Y * 0, loss="mae", optimizer="ema(sgd(lr=1e-9), decay=0.99)", batch_size=1)
    assert "in the average that the optimizer keeps" in str(error)
    assert place(error)[:3] == (1, 8, "update")


def test_a_large_network_with_small_batches_says_when_it_looked():
    """11,017 parameters at 16 samples a step: one look in 8 steps, and one when the epoch ends after 6."""
    net = built("dense(1000) relu dense(8) relu dense(1)")
    changed = Changed("on_batch_end", 2, "0.bias", "-inf")
    x = np.random.default_rng(1).normal(size=(96, 2))
    error = diverged(net, x, x[:, :1], batch_size=16, callbacks=[changed])
    assert place(error)[:3] == (1, 6, "update")
    assert "looked at after step 0" in str(error)


def test_threads_that_look_together_stop_at_the_same_place(team, monkeypatch):
    finite_team = pytest.importorskip("glassnet_accelerators.finite_team")
    looks, look = [], finite_team.finds_both_finite
    monkeypatch.setattr(finite_team, "FOR_A_THREAD", 1)
    monkeypatch.setattr(finite_team, "finds_both_finite", lambda *both: looks.append(look(*both)) or looks[-1])
    monkeypatch.setattr("glassnet_parallel.thread_pool._Rest.TOO_LATE", 1e9)
    team(2)
    errors = []
    for least in (1, 10**9):
        monkeypatch.setattr("glassnet_divergence.watch._SHARED", least)
        net = built("dense(3) relu dense(1)")
        errors.append(diverged(net, callbacks=[Changed("on_after_backward", 3, "2.bias", "nan")]))
    assert looks == [True, True, False]
    assert str(errors[0]) == str(errors[1])
    assert place(errors[0]) == place(errors[1])


def test_a_schedule_that_gives_nan_is_named_as_the_cause():
    class Bad(gn.Schedule):
        def lr(self, step, total_steps, lr):
            return math.nan if step == 2 else lr

    error = diverged(schedule=Bad())
    assert place(error)[:3] == (2, 3, "update")
    assert "gives a step size that is not finite" in str(error)


# --- what goes on ------------------------------------------------------------------------------------


def test_a_line_search_that_meets_infinity_recovers():
    net = built()
    history = net.fit(X, Y, loss="mse", optimizer="lbfgs(lr=1e22, most_halvings=90)", batch_size=8, epochs=5)
    assert history["loss"][-1] < history["loss"][0]


def test_finite_numbers_whose_product_overflows_do_not_stop():
    net = built()
    net.flat_parameters[:] = 1e25
    net.fit(np.full((4, 2), 1e10), np.zeros((4, 1)), loss="mae", optimizer="sgd(lr=1e-9)")


def test_a_validation_loss_that_is_infinite_warns_and_goes_on():
    net = built()
    of_loss = pytest.warns(
        gn.GlassnetWarning, match="the validation loss is inf in epoch 1, and all parameters are finite"
    )
    with of_loss, pytest.warns(gn.GlassnetWarning, match="scale validation x as the samples of the training"):
        history = net.fit(X, Y, loss="mse", optimizer="sgd(lr=0.01)", validation=(X * 1e30, Y))
    assert len(history.epochs) == 1


def test_lr_finder_goes_beyond_where_training_diverges():
    net = built()
    before = net.flat_parameters.tobytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gn.GlassnetWarning)
        finder = "lr_finder(highest=1e38, breaks_out=1e30)"
        net.fit(X, Y, loss="mse", optimizer="sgd", batch_size=1, epochs=3, callbacks=[finder])
    assert net.flat_parameters.tobytes() == before


def test_with_continue_it_trains_to_the_end_and_warns():
    net = built()
    with pytest.warns(gn.GlassnetWarning, match="the loss is"):
        history = net.fit(X, Y, loss="mse", optimizer="sgd(lr=1e30)", epochs=4, on_divergence="continue")
    assert len(history.epochs) == 4
    assert not np.isfinite(net.flat_parameters).all()


def test_another_word_is_an_error_of_options():
    with pytest.raises(gn.OptionError, match="on_divergence must be one of 'raise', 'continue'"):
        built().fit(X, Y, loss="mse", optimizer="sgd", on_divergence="ignore")


# --- what stays --------------------------------------------------------------------------------------


@pytest.mark.parametrize("callbacks", [[], ["checkpoint(steps=1)"], ["early_stopping(monitor='loss')"]])
def test_a_folder_keeps_finite_epochs_model_and_state(tmp_path, callbacks):
    net = built("dense(4) relu dense(1)")
    changed = Changed("on_batch_end", 5, "0.bias", "-inf")
    error = diverged(net, callbacks=[changed, *callbacks], folder=tmp_path / "run")
    assert place(error)[:3] == (3, 5, "update")
    assert gn.load(tmp_path / "run/model.safetensors").flat_parameters.tobytes() == net.flat_parameters.tobytes()
    assert len((tmp_path / "run/history.csv").read_text().splitlines()) == 1 + 2
    assert str(tmp_path / "run") in str(error)


@pytest.mark.parametrize("optimizer", ["sgd(lr=1e30)", "ema(sgd(lr=1e30))", "accumulate(sgd(lr=1e30), steps=2)"])
def test_with_continue_the_folder_keeps_what_is_finite(tmp_path, optimizer):
    net = built()
    with pytest.warns(gn.GlassnetWarning):
        net.fit(
            *(X, Y),
            loss="mse",
            optimizer=optimizer,
            epochs=4,
            batch_size=4,
            folder=tmp_path / "run",
            callbacks=["checkpoint(steps=1)"],
            on_divergence="continue",
        )
    assert not np.isfinite(net.flat_parameters).all()
    assert np.isfinite(gn.load(tmp_path / "run/model.safetensors").flat_parameters).all()


def test_a_network_that_is_not_finite_replaces_no_finite_file(tmp_path):
    net = built()
    file = tmp_path / "model.safetensors"
    net.save(file)
    before = file.read_bytes()
    net.flat_parameters[:] = math.nan
    with pytest.raises(gn.NonFiniteError, match=r"parameter '0.weights' is nan, and .* holds a finite network"):
        net.save(file)
    assert file.read_bytes() == before
    net.save(tmp_path / "other.safetensors")
    net.save(tmp_path / "other.safetensors")


def test_a_run_with_a_bad_network_removes_no_other_run(tmp_path):
    net = built()
    net.fit(X, Y, loss="mse", optimizer="sgd", folder=tmp_path / "run")
    before = (tmp_path / "run/model.safetensors").read_bytes()
    net.flat_parameters[:] = math.inf
    with pytest.raises(gn.NonFiniteError, match="before the first step"):
        net.fit(X, Y, loss="mse", optimizer="sgd", folder=tmp_path / "run", overwrite=True)
    assert (tmp_path / "run/model.safetensors").read_bytes() == before


def test_early_stopping_takes_no_bad_network_for_the_best():
    """The accuracy of NaN is 1 here: all labels are 0. It is 0 before."""
    net = gn.Network("dense(2, weight_init=zeros, bias=True)").build((2,))
    net.parameters["0.bias"][:] = [-5, 5]
    stopping = "early_stopping(monitor='val_accuracy', patience=9)"
    changed = Changed("on_batch_end", 2, "0.bias", "nan")
    labels = np.zeros(8, int)
    options = {"loss": "categorical_crossentropy", "optimizer": "sgd(lr=1e-9)", "metrics": "accuracy"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gn.GlassnetWarning)
        net.fit(
            *(X, labels),
            **options,
            batch_size=8,
            epochs=3,
            validation=(X, labels),
            callbacks=[changed, stopping],
            on_divergence="continue",
        )
    assert np.isfinite(net.flat_parameters).all()


def test_predict_warns_if_the_network_is_not_finite():
    net = built("dense(2) softmax")
    net.flat_parameters[:] = math.nan
    with pytest.warns(gn.GlassnetWarning, match="parameter '0.weights' is nan, so outputs are NaN or infinite"):
        net.predict(X)


def test_the_error_goes_to_another_process():
    error = pickle.loads(pickle.dumps(diverged(optimizer="sgd(lr=1e30)")))
    assert isinstance(error, ArithmeticError)
    assert place(error)[0] == 1
    assert str(error).startswith("training diverged in epoch 1")


def warned_by_fit(metric, y, y_of_validation, layers="dense(1) sigmoid", **options):
    x = np.random.default_rng(1).normal(size=(len(y), 3))
    z = np.random.default_rng(2).normal(size=(len(y_of_validation), 3))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = gn.Network(layers).fit(
            x,
            y,
            **{"loss": "bce", "optimizer": "sgd", "epochs": 3, "progress": False, **options},
            metrics=metric,
            validation=(z, y_of_validation),
        )
    return history, [str(each.message) for each in caught]


TWO, ONE = np.array([0, 1, 1, 0]), np.ones(4, int)


@pytest.mark.parametrize(("y", "z", "figure"), [(ONE, TWO, "auc"), (TWO, ONE, "val_auc"), (TWO, 1 - ONE, "val_auc")])
def test_a_figure_that_is_nan_is_explained_once(y, z, figure):
    history, told = warned_by_fit("auc", y, z)
    assert told == [
        f"{figure} is nan in epoch 1, and the loss is finite: it needs samples of two classes, with weights above 0"
    ]
    assert np.isnan(history[figure]).all()


def test_r2_of_one_sample_is_explained():
    _, told = warned_by_fit("r2", np.arange(4.0), [1.0], "dense(1)", loss="mse")
    assert told == ["val_r2 is nan in epoch 1, and the loss is finite: it needs two samples, with weights above 0"]


def test_a_metric_of_a_plugin_that_is_nan_is_told():
    class Strange(gn.Metric):
        def reset(self):
            pass

        def update(self, y_true, y_pred, sample_weight=None):
            pass

        def compute(self):
            return math.nan

    _, told = warned_by_fit([Strange()], TWO, TWO)
    advice = "and the loss is finite: see which batches its compute() can say nothing of"
    assert told == [f"strange is nan in epoch 1, {advice}", f"val_strange is nan in epoch 1, {advice}"]


def test_figures_that_are_numbers_are_not_told():
    for metric in ("auc", "f1", "precision", "recall", "accuracy", "r2", "confusion_matrix"):
        assert warned_by_fit(metric, TWO, TWO)[1] == []
    # Of one class scikit-learn gives these as numbers too.
    for metric in ("f1", "precision", "recall", "accuracy", "r2"):
        assert warned_by_fit(metric, ONE, 1 - ONE)[1] == []


def warned_by_evaluate(x, y, **options):
    net = built(inputs=2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        figures = net.evaluate(x, y, **{"loss": "mse", **options})
    return figures, [str(each.message) for each in caught]


def test_evaluate_explains_a_loss_that_overflows():
    for x, y in ((X * 1e30, Y), (X, Y * 1e30)):
        figures, told = warned_by_evaluate(x, y)
        assert figures["loss"] == math.inf
        assert told == [
            "the loss is inf, and all parameters are finite; see if the data are scaled as those of the training, and "
            "what the loss gives for outputs of 0"
        ]


def test_evaluate_explains_the_loss_of_a_network_that_is_not_finite():
    net = built(inputs=2)
    net.flat_parameters[0] = np.nan
    with pytest.warns(gn.GlassnetWarning, match=r"^the loss is nan and parameter '0.weights' has nan in 1 of"):
        net.evaluate(X, Y, loss="mse")


def test_evaluate_explains_a_figure_that_is_nan():
    figures, told = warned_by_evaluate(X, np.ones(8), metrics="auc")
    assert math.isnan(figures["auc"])
    assert told == ["auc is nan, and the loss is finite: it needs samples of two classes, with weights above 0"]
    assert warned_by_evaluate(X, np.arange(8) % 2, metrics="auc accuracy r2 confusion_matrix")[1] == []


def test_evaluate_leaves_errors_of_numpy_that_were_asked_for():
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
        built(inputs=2).evaluate(X * 1e30, Y, loss="mse")
