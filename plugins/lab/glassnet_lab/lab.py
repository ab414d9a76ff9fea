"""The functions of ``gn.lab``, the bug laboratory: trainings with a hidden fault, to practise finding it.

::

    exercise = gn.lab.start()                  # trains a network with a fault, in the folder lab
    exercise.network, exercise.data            # … to look at, with all that glassnet has
    exercise.diagnose()                        # what the doctor says
    gn.lab.hint()                              # where to look
    gn.lab.answer("missing_bias")              # a fault of gn.lab.faults(), or a rule of the doctor
    gn.lab.score()

The commands ``glassnet lab`` do the same, in the same folder.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np

import glassnet as gn
from glassnet.components.services import explained
from glassnet_lab.catalogue import FAULTS
from glassnet_lab.components.lab_data import LabData
from glassnet_lab.components.table import register_components
from glassnet_lab.exercise import Exercise
from glassnet_lab.fault import Fault
from glassnet_lab.notebook import Notebook
from glassnet_lab.plugin import LAB_FILE
from glassnet_lab.told import Answer, Hint, OpenExercise, Score
from glassnet_persistence.run_files import EXPERIMENT

__all__ = ["answer", "exercise", "faults", "hint", "score", "start"]


@explained
def start(
    folder: str | os.PathLike[str] | None = None, *, fault: str | None = None, seed: int | None = None
) -> OpenExercise:
    """Hide a fault in a training, and train.

    Parameters
    ----------
    folder
        That of the laboratory: by default the current one if it is a laboratory, else ``lab`` in it. It is made.
    fault
        The name of the fault; by default it is drawn.
    seed
        Where the exercise is drawn from; by default each call draws another.

    Returns
    -------
    OpenExercise
        The exercise; ``network`` and ``data`` are what there is to look at.

    Raises
    ------
    OptionError
        If an exercise is open, or there is no such fault.
    FileError
        If the folder is not a laboratory and is not empty.

    Examples
    --------
    >>> import glassnet as gn
    >>> exercise = gn.lab.start(seed=3)                             # doctest: +SKIP
    >>> gn.lab.answer("shuffled_targets").is_right                  # doctest: +SKIP
    False
    """
    place = _place(folder)
    exists = (place / LAB_FILE).is_file()
    if not exists and place.is_dir() and any(place.iterdir()):
        raise gn.FileError(f"the folder {place} is not a laboratory and is not empty; go elsewhere, or rename it")
    notebook = Notebook.read(place) if exists else Notebook()
    if notebook.number is not None:
        raise gn.OptionError("an exercise is open; close it with glassnet lab answer or gn.lab.answer()")
    drawn = Exercise.drawn(np.random.default_rng(seed), fault)
    gn.ensure_directory(place)
    notebook.write(place)  # so that a training that is interrupted leaves a laboratory
    opened = OpenExercise(drawn.number, drawn.recipe, place)
    _train(drawn, opened.run)
    notebook.number = drawn.number
    notebook.write(place)
    return opened


def _train(exercise: Exercise, run: Path) -> None:
    """Train an exercise, recorded in a folder."""
    register_components()
    if run.exists():
        shutil.rmtree(run)  # that of an exercise that was answered
    setup = exercise.setup()
    network = setup.build()
    data = LabData(exercise.number)
    experiment = gn.Experiment(layers=setup.layers, dataset=data, seed=setup.seed, **setup.options)
    setup.fit(network, folder=run)
    experiment.save(run / EXPERIMENT)


def exercise(folder: str | os.PathLike[str] | None = None) -> OpenExercise:
    """Return the exercise at hand, such as one that was begun in another process.

    Raises
    ------
    FileError, OptionError
        If there is no laboratory, or no exercise is open.
    """
    place = _place(folder)
    drawn = Notebook.read(place).exercise()
    register_components()
    return OpenExercise(drawn.number, drawn.recipe, place)


def hint(folder: str | os.PathLike[str] | None = None) -> Hint:
    """Tell where to look; each hint costs a point.

    Raises
    ------
    FileError, OptionError
        If there is no laboratory, or no exercise is open.
    """
    place = _place(folder)
    notebook = Notebook.read(place)
    hidden = notebook.exercise().fault
    told = (f"The fault is in the {hidden.part}.", hidden.hint)[min(notebook.hints, 1)]
    notebook.hints = min(notebook.hints + 1, 2)
    notebook.write(place)
    return Hint(told)


def answer(name: str | None = None, *, folder: str | os.PathLike[str] | None = None) -> Answer:
    """Check an answer; without a name the exercise ends, and the fault is explained.

    Parameters
    ----------
    name
        A fault, or a rule of the doctor.
    folder
        As for `start`.

    Raises
    ------
    FileError, OptionError
        If there is no laboratory, no exercise is open, or there is no such fault.
    """
    place = _place(folder)
    notebook = Notebook.read(place)
    hidden = notebook.exercise().fault
    known = {*FAULTS, *(rule for each in FAULTS.values() for rule in each.rules)}
    if name is not None and name not in known:
        raise gn.OptionError(f"no fault {name!r}{gn.did_you_mean(name, known)}; see glassnet lab faults")
    is_right = None if name is None else name == hidden.name or name in hidden.rules
    if is_right is False:
        notebook.wrong += 1
        notebook.write(place)
        return Answer(name, is_right)
    points = notebook.close(solved=name is not None)
    notebook.write(place)
    return Answer(name, is_right, points, hidden.name, hidden.answer, hidden.rules)


def score(folder: str | os.PathLike[str] | None = None) -> Score:
    """Return the points of the exercises that are over.

    Raises
    ------
    FileError
        If there is no laboratory.
    """
    told = []
    for noted in Notebook.read(_place(folder)).answered:
        over = Exercise.of_number(noted["number"])
        told.append({**noted, "fault": over.fault.name, "recipe": over.recipe})
    return Score(told)


def faults() -> dict[str, str]:
    """Return the names of all faults, and the part that each is in: data, network, training or code."""
    listed: list[Fault] = sorted(FAULTS.values(), key=lambda each: (each.part, each.name))
    return {each.name: each.part for each in listed}


def _place(folder: str | os.PathLike[str] | None) -> Path:
    """Return the folder of the laboratory."""
    if folder is not None:
        return Path(folder)
    return Path() if Path(LAB_FILE).is_file() else Path("lab")
