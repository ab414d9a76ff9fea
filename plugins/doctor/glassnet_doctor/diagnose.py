"""``gn.diagnose(net, x, y)``: all rules on one network."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from glassnet.components.loss import Loss
from glassnet.components.services import explained
from glassnet.errors import GlassnetError, warn
from glassnet.network import Network
from glassnet.registry.registry import create, registry
from glassnet_doctor.case import Case
from glassnet_doctor.finding import Finding, Findings
from glassnet_doctor.record import RECORDS
from glassnet_doctor.rule import Rule
from glassnet_splits.split import Split, as_split


@explained
def diagnose(
    network: Network,
    x: Split | Any,
    y: Any = None,
    *,
    loss: Loss | str | None = None,
    validation: Split | tuple[Any, Any] | None = None,
) -> Findings:
    """Say why a network does not learn.

    After `fit` the rules also use what that training recorded. The network stays as it is.

    Parameters
    ----------
    network
        Any network, trained or not; one that is not built is built on a copy.
    x, y
        The training data: samples and targets, or a split alone.
    loss
        What is minimised: by default that of the last training, else the loss that suits the last layer.
    validation
        Other data, ``(x, y)`` or a split: some rules compare them with the training data.

    Returns
    -------
    Findings
        A list of findings, the most certain one first; empty for a healthy network. Each has the attributes ``rule``,
        ``certainty`` (0..1), ``evidence`` (numbers by name), ``remedy``, ``where``, ``problem`` and ``reference``.

    Raises
    ------
    DataError, ShapeError
        If the data do not fit the network or the loss.

    Examples
    --------
    >>> import glassnet as gn
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(100, 2)).astype("float32")
    >>> net = gn.Network("dense(8, weight_init=zeros) tanh dense(1)").build(2)
    >>> gn.diagnose(net, x, x[:, :1])[0].rule
    'all_weights_equal'
    """
    split = _split(network, x, y)
    pair = validation if isinstance(validation, tuple) else (validation, None)
    other = None if validation is None else _split(network, *pair)
    return examine(case_of(network, split, loss, other))


def _split(network: Network, x: Any, y: Any) -> Split:
    """Return samples and targets; rows are transformed as in the training."""
    if network.reads_rows(x):
        split: Split = network.preprocessing.split(x, y)
        return split
    return as_split(x, y)


def case_of(network: Network, split: Split, loss: Loss | str | None, validation: Split | None) -> Case:
    """Return what the rules look at."""
    measured = network.evaluation_config
    known = create("loss", loss) if loss is not None else measured.loss if measured is not None else None
    if network.is_built:
        twin = network.copy()
        twin.inputs = network.inputs
    else:
        twin = Network(network.layers).build(split.x.shape[1:])
    record = RECORDS.get(network)
    return Case(twin, split, loss=known, validation=validation, record=record, history=network.history)


def examine(case: Case) -> Findings:
    """Return what all installed rules find; symptoms only if no rule finds a cause.

    A rule that fails is left out with a warning, and hides no other.
    """
    rules: list[Rule] = [create("rule", name) for name in registry.names("rule")]
    known = [each for each in rules if case.knows(*each.needs)]
    found = _found_by([each for each in known if not each.is_symptom], case)
    if found or case.was_only_tried:
        return Findings(found)
    return Findings(_found_by([each for each in known if each.is_symptom], case))


def _found_by(rules: list[Rule], case: Case) -> list[Finding]:
    found: list[Finding] = []
    failed = []
    for rule in rules:
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                found += rule.examine(case)
        except GlassnetError:
            raise  # of the data, which no rule can look at
        except Exception as error:
            failed.append(f"the rule {rule.title()} failed with {type(error).__name__}: {error}")
    for each in failed:
        warn(f"{each}; report it to the author of the rule")
    return found
