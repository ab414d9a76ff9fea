"""The data of an exercise."""

from __future__ import annotations

import glassnet as gn


class LabData(gn.DataSource):
    """The data of an exercise of the bug laboratory, which may have a fault."""

    exercise: int = gn.option(ge=0, help="the number of the exercise")

    def load(self) -> gn.Dataset:
        # Late: the faults need this package.
        from glassnet_lab.exercise import Exercise

        setup = Exercise.of_number(self.exercise).setup()
        task = "regression" if setup.task == "values" else "classification"
        return gn.Dataset(train=setup.train, test=setup.test, task=task)
