"""``gn.plot(kind, run_or_net, …)``: one plot of a network or of a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet_doctor.record import RECORDS
from glassnet_persistence.run_files import MODEL
from glassnet_plots.drawing import Drawing
from glassnet_plots.plot import Plot
from glassnet_plots.recording.record import RECORDINGS
from glassnet_plots.subject import Subject
from glassnet_splits.split import as_split


@gn.explained
def plot(
    kind: str | Plot,
    subject: gn.Network | str | os.PathLike[str],
    x: Any = None,
    y: Any = None,
    *,
    validation: Any = None,
    loss: gn.Loss | str | None = None,
    classes: Any = (),
    repeat: bool = False,
    **options: Any,
) -> Drawing:
    """Draw a network or its training.

    Parameters
    ----------
    kind
        The name of a plot, such as ``"loss_landscape"``, or a spec, or an instance; ``gn.plots`` lists them.
    subject
        A network, which stays as it is; or the folder of a run; or a dataset, whose recipe gives an untrained network.
    x, y
        For a network, and for a run of ``fit(folder=…)``, the training data: samples and targets, or a split alone. A
        run of ``glassnet train`` names its data itself.
    validation
        Other data, ``(x, y)`` or a split, which plots of predictions prefer.
    loss
        What is minimised: by default that of the last training, else the loss that suits the last layer.
    classes
        Names of the classes.
    repeat
        Whether a run without a recording is trained again, from its seed to the same bytes, to record it.
    **options
        Options of the plot.

    Returns
    -------
    Drawing
        It has the attributes ``numbers`` and ``figure``, and the method ``save(path)``; a notebook shows it.

    Raises
    ------
    OptionError
        If the plot needs what is not known, such as data or a recording, with what to do.
    UnknownComponentError
        If there is no such plot.

    Examples
    --------
    >>> import glassnet as gn
    >>> data = gn.datasets.xor().load()
    >>> net = gn.Network("dense(8) tanh dense(1) sigmoid")
    >>> history = net.fit(data.train, loss="bce", optimizer="adam", epochs=3, callbacks=["record"])
    >>> gn.plot("update_ratios", net).numbers["steps"].tolist()
    [1, 2, 3]
    """
    made: Plot = gn.create("plot", kind)
    if options:
        made = made.replace(**options)
    if isinstance(subject, gn.Network):
        return Drawing(made, made.measure(_of_network(subject, x, y, validation, loss, tuple(classes))))
    from glassnet_plots.opened import open_subject, recorded_in

    folder = Path(subject)
    if x is None:
        return Drawing(made, made.measure(open_subject(folder, repeat)))
    known = _of_network(gn.load(folder / MODEL), x, y, validation, loss, tuple(classes))
    return Drawing(made, made.measure(recorded_in(folder, known)))


def _of_network(
    network: gn.Network, x: Any, y: Any, validation: Any, loss: gn.Loss | str | None, classes: tuple[str, ...]
) -> Subject:
    if not network.is_built:
        raise gn.NotBuiltError("the network is not built, so it has nothing to show; call net.build(input_shape)")
    measured = network.evaluation_config
    used: gn.Loss | None = gn.create("loss", loss) if loss is not None else measured.loss if measured else None
    record = RECORDS.get(network)
    trained = record.options.options if record is not None and record.options is not None else {}
    return Subject(
        network,
        None if x is None else as_split(x, y),
        as_split(*validation) if isinstance(validation, tuple) else validation,
        used,
        classes,
        history=network.history or {},
        options=dict(trained),
        recording=RECORDINGS.get(network),
        record=record,
    )
