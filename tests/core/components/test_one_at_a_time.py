"""One network is trained by one call at a time; a second one is an error, and changes nothing."""

import copy
import pickle
import threading

import numpy as np
import pytest

import glassnet as gn

X = np.linspace(-1, 1, 40, dtype=np.float32).reshape(20, 2)
Y = np.arange(20) % 2
HOW = {"loss": "cce", "optimizer": "adam", "seed": 3}


def network():
    return gn.Network("dense(4) tanh dense(2) softmax")


class Doing(gn.Callback):
    """Calls a function at the first batch."""

    what: object = gn.option()

    def on_batch_start(self, run):
        if run.step == 0:
            self.what()


CHANGES = {
    "fit": lambda net: net.fit(X, Y, **HOW, epochs=2),
    "build": lambda net: net.build((2,), seed=8),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("where", ["callback", "thread"])
def test_a_network_in_training_is_not_changed_by_another_call(where, change):
    def try_it():
        try:
            CHANGES[change](net)
        except gn.GlassnetError as error:
            errors.append(error)

    def in_a_thread():
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()

    errors = []
    net, alone = network(), network()
    alone.fit(X, Y, **HOW, epochs=3)
    history = net.fit(X, Y, **HOW, epochs=3, callbacks=[Doing(try_it if where == "callback" else in_a_thread)])
    assert [type(error) for error in errors] == [gn.InUseError]
    assert str(errors[0]).startswith(f"{change}() would change the network while another call")
    assert net.flat_parameters.tobytes() == alone.flat_parameters.tobytes()
    assert net.history is history


def test_two_threads_that_fit_one_network_give_one_result_and_one_error():
    together = threading.Barrier(2)
    outcomes = []
    net, alone = network().build((2,), seed=3), network().build((2,), seed=3)
    alone.fit(X, Y, **HOW, epochs=300)

    def work():
        together.wait()
        try:
            outcomes.append(len(net.fit(X, Y, **HOW, epochs=300).epochs))
        except gn.InUseError:
            outcomes.append("in use")

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [300, "in use"]
    assert net.flat_parameters.tobytes() == alone.flat_parameters.tobytes()


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_a_fit_that_fails_leaves_the_network_free(error):
    def fail():
        raise error

    net = network()
    with pytest.raises(error):
        net.fit(X, Y, **HOW, callbacks=[Doing(fail)])
    with pytest.raises(gn.OptionError):
        net.fit(X, Y, loss="cce", optimizer="adam", verbose=1)
    assert len(net.fit(X, Y, **HOW).epochs) == 1


@pytest.mark.parametrize(
    "twin", [gn.Network.copy, copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))]
)
def test_a_copy_made_in_training_can_be_trained_and_the_network_be_used(twin):
    def train_a_copy():
        trained.append(len(twin(net).fit(X, Y, **HOW, epochs=2).epochs))
        net.predict(X)
        net.evaluate(X, Y, loss="cce")

    trained = []
    net = network()
    net.fit(X, Y, **HOW, epochs=2, callbacks=[Doing(train_a_copy)])
    assert trained == [2]
