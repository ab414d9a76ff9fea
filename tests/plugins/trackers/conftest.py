"""A small training that trackers watch."""

import numpy as np
import pytest

import glassnet as gn

X = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)


class Reporter(gn.Callback):
    """Reports a figure when the epoch is in the history already."""

    @gn.run_hookimpl(trylast=True)
    def on_epoch_end(self, run):
        run.report("half_epoch", run.epoch / 2)


class Stop(gn.Callback):
    """Ends a run as Ctrl-C does, after a step."""

    step: int = gn.option(help="after this step")

    def on_batch_end(self, run):
        if run.step == self.step:
            run.save_state()
            raise KeyboardInterrupt


@pytest.fixture
def fit():
    """Return a function that trains a network with callbacks, and returns it."""

    def run(*callbacks, epochs=3, network=None, **options):
        network = network or gn.Network("dense(3) tanh dense(2) softmax").build((4,), seed=1)
        network.fit(
            X,
            Y,
            loss="crossentropy",
            optimizer="sgd(lr=0.05)",
            metrics=["accuracy"],
            epochs=epochs,
            batch_size=10,
            validation=0.2,
            callbacks=list(callbacks),
            progress=False,
            **options,
        )
        return network

    return run
