"""The plan for a table: what each column is, before a transform is fitted to the training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from glassnet.errors import DataError
from glassnet.types import Array
from glassnet_names.nearest import did_you_mean
from glassnet_splits.split import Split
from glassnet_tables.column_format import ColumnFormat, format_of, values_of, without_missing
from glassnet_tables.findings import findings
from glassnet_tables.fitted_column import fitted_column, unreadable_notes
from glassnet_tables.notes import without_target
from glassnet_tables.polars_import import polars
from glassnet_tables.preprocessing import TablePreprocessing
from glassnet_tables.roles import Role, role_of
from glassnet_tables.target import Target
from glassnet_tables.task import class_names_of, sorted_classes, task_of

# An input in float64, and once more in float32.
_BYTES_AN_INPUT = 12
_IMAGE = r"(?i)\.(png|jpe?g|gif|bmp|tiff?|webp)$"


@attrs.frozen
class Wishes:
    """What the user says about a table.

    Attributes
    ----------
    target
        The column to predict.
    task
        ``"auto"``, ``"classification"`` or ``"regression"``.
    categorical, ignore
        Columns of numbers that are categories, and columns to leave out.
    transforms
        The transforms of some columns, as text.
    missing
        Values that stand for a missing one.
    """

    target: str
    task: str = "auto"
    categorical: Sequence[str] = ()
    ignore: Sequence[str] = ()
    transforms: Mapping[str, str] = attrs.field(factory=dict)
    missing: tuple[str, ...] = ()


@attrs.frozen(eq=False)
class Plan:
    """What becomes of each column.

    Attributes
    ----------
    wishes
        What the user says.
    frame
        The rows with a target, as a frame of polars.
    known
        Which of the given rows these are.
    formats, roles
        What each feature is, by its name.
    target
        The target; that of a regression is not fitted yet.
    notes
        What there is to say about the table.
    """

    wishes: Wishes
    frame: Any
    known: Array
    formats: dict[str, ColumnFormat]
    roles: dict[str, Role]
    target: Target
    notes: tuple[str, ...]

    def fitted_split(self, rows: Array) -> tuple[TablePreprocessing, Split]:
        """Return the preprocessing, with transforms that are fitted to some of the rows, and these rows as samples."""
        made = self._fitted(rows)
        frame = self.frame[rows]
        split, _ = made.read_split(frame)
        made = attrs.evolve(made, notes=(*made.notes, *findings(made, frame, split.y)))
        return made, attrs.evolve(split, preprocessing=made)

    @property
    def input_bytes(self) -> int:
        """What the inputs of all rows take at most, in bytes, while they are made."""
        inputs = sum(role.most_inputs for role in self.roles.values() if not role.reason)
        return len(self.frame) * inputs * _BYTES_AN_INPUT

    def _fitted(self, rows: Array) -> TablePreprocessing:
        training = self.frame[rows]
        missing = self.wishes.missing
        target = self.target
        if target.task == "regression":
            specs = self.wishes.transforms.get(target.name, "standardize")
            column = fitted_column(target.name, training[target.name], target.format, "target", specs, missing)
            target = attrs.evolve(target, column=column)
        features = tuple(
            fitted_column(name, training[name], self.formats[name], role.kind, role.transforms, missing)
            for name, role in self.roles.items()
            if not role.reason
        )
        left_out = {name: role.reason for name, role in self.roles.items() if role.reason}
        return TablePreprocessing(features, target, left_out, missing, len(rows), self.notes)


def plan_of(frame: Any, wishes: Wishes, where: str) -> Plan:
    """Return the plan for a table.

    Parameters
    ----------
    frame
        The table as a frame of polars.
    wishes
        What the user says about it.
    where
        The name of the table in messages.

    Raises
    ------
    DataError
        If a column that is named does not exist, the target cannot be predicted, or there is no feature.
    """
    wishes = attrs.evolve(wishes, target=column_named(frame, wishes.target, where))
    for name in (*wishes.categorical, *wishes.ignore, *wishes.transforms):
        column_named(frame, name, where)
    clean = {name: without_missing(frame[name], wishes.missing) for name in frame.columns}
    # A column that does not tell what separates its decimals has what the other columns have.
    alone = {name: format_of(column) for name, column in clean.items()}
    decimal = "," if "," in [form.decimal for form in alone.values()] else "."
    target = _target(
        clean[wishes.target], wishes, decimal, alone[wishes.target], f"{where}: the target {wishes.target!r}"
    )
    known = target.known(clean[wishes.target])
    notes: list[str] = []
    if not known.all():
        notes.append(without_target(wishes.target, int((~known).sum())))
        frame = frame.filter(known)
        clean = {name: column.filter(known) for name, column in clean.items()}
    features = [name for name in frame.columns if name != wishes.target]
    formats = {name: _format(name, clean[name], wishes, decimal, alone[name]) for name in features}
    roles = {name: _role(name, clean[name], formats[name], wishes) for name in features}
    for name, role in roles.items():
        if not role.reason:
            notes += unreadable_notes(name, values_of(clean[name], formats[name])[1], formats[name])
    if all(role.reason for role in roles.values()):
        told = ", ".join(f"{name}: {role.reason}" for name, role in roles.items()) or "there is no other column"
        images = [name for name in roles if _names_images(clean[name])]
        advice = f"{images[0]} names images, so give images({where!r})" if images else "give some features"
        raise DataError(f"{where} has no column to predict {wishes.target!r} from ({told}); {advice}")
    return Plan(wishes, frame, known, formats, roles, target, tuple(map(str, notes)))


def _names_images(column: Any) -> bool:
    return column.dtype == polars().String and bool(column.str.contains(_IMAGE).any())


def column_named(frame: Any, name: str, where: str) -> str:
    """Return the name of a column, which may be given as its number from 1, or from the end as -1."""
    if name in frame.columns:
        return name
    if name.lstrip("-").isdigit() and 0 < abs(int(name)) <= frame.width:
        place = int(name)
        return str(frame.columns[place - 1 if place > 0 else place])
    raise DataError(
        f"{where} has no column {name!r}{did_you_mean(name, frame.columns)} (its columns: {', '.join(frame.columns)})"
    )


def _format(name: str, column: Any, wishes: Wishes, decimal: str, alone: ColumnFormat) -> ColumnFormat:
    if name in wishes.categorical:
        return ColumnFormat("text")
    return alone if decimal == "." else format_of(column, decimal)


def _role(name: str, column: Any, form: ColumnFormat, wishes: Wishes) -> Role:
    if name in wishes.ignore:
        return Role(reason="ignored", kind=form.type)
    if name in wishes.transforms:
        return Role(wishes.transforms[name], kind=form.type)
    return role_of(name, column, form, is_asked=name in wishes.categorical)


def _target(column: Any, wishes: Wishes, decimal: str, alone: ColumnFormat, where: str) -> Target:
    if column.null_count() == len(column):
        raise DataError(f"{where} has no value; choose another column")
    form = _format(wishes.target, column, wishes, decimal, alone)
    task = task_of(column, form) if wishes.task == "auto" else wishes.task
    if task == "regression":
        if form.type not in ("number", "boolean"):
            first = column.drop_nulls()[0]
            raise DataError(f"{where} is not a number (got {str(first)!r}); choose another column, or classification")
        return Target(wishes.target, form)
    form = form if form.type == "number" else ColumnFormat("text")
    return Target(wishes.target, form, sorted_classes(class_names_of(column, form), form, where))
