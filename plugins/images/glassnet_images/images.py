"""Images: pictures of your own, one folder for each class."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

import glassnet as gn
from glassnet_images.array_files import LabelledArrays, arrays_of_idx, arrays_of_npz, is_idx
from glassnet_images.detected_form import detected_form
from glassnet_images.image_target import TASKS, labels_of, target_of
from glassnet_images.label_table import files_of_table, table_in
from glassnet_images.labelled_files import LabelledFiles, files_of_folder
from glassnet_images.loaded import loaded
from glassnet_images.pixels import RESIZES, Pixels
from glassnet_images.preprocessing import ImagePreprocessing
from glassnet_images.recipe import recipe
from glassnet_images.splits_of_arrays import splits_of_arrays
from glassnet_images.stratified import stratified
from glassnet_tables.splits import held_out_rows

_EXAMPLE = str(Path(__file__).parent / "data" / "shapes")
_TABLES = (".csv", ".tsv", ".txt")


class Images(gn.DataSource):
    """Images of your own: a folder with a folder for each class, a table of names and labels, or arrays in a file.

    ``x`` is ``(images, height, width, channels)`` uint8, and ``y`` is ``(images,)`` int64. The classes are the names of
    the folders in alphabetical order; folders inside of them belong to the same class. Folders that are called train,
    val and test, each with the folders of the classes, are the parts of the dataset. Otherwise a part of each class,
    drawn with the seed, is kept to test with.

    A table (``.csv``) has the names of image files in one column, and their classes in another or a number for each.
    For numbers ``y`` is ``(images, 1)`` float32, standardized, as for the target of a table. A ``.npz`` file has
    arrays x and y, or x_train, y_train, x_test and y_test. Files in the form IDX are called as those of MNIST.

    All images get one size, see ``gn.transforms.pixels``; the network keeps how, and predictions do the same. Images of
    more than `memory` mebibytes stay in their files: batches are read as the training goes.

    Source: the folders are those of Keras' ``image_dataset_from_directory`` and torchvision's ``ImageFolder``.

    Raises
    ------
    FileError
        If there is no such file or folder.
    DataError
        If an image is broken, with its name; or if there are fewer than two classes.
    """

    examples = (f"images({_EXAMPLE!r})",)
    overlap = "a folder may hold an image twice"
    file_endings = ("/", ".npz", ".idx3-ubyte")

    path: str = gn.option(path=True, help="the folder, table or file of arrays")
    target: str | None = gn.option(None, help="column of a table with the classes, or with a number for each image")
    task: str = gn.option("auto", choices=TASKS, help="what to predict of a table: a class or a number")
    size: int | tuple[int, int] | None = gn.option(
        None, ge=1, help="height and width of all images; by default that of the images, or 64 where they differ"
    )
    colors: str = gn.option(
        "auto", choices=("auto", "grey", "rgb"), help="grey or colour; by default grey if all images are"
    )
    resize: str = gn.option("stretch", choices=RESIZES, help="what is done with images of other proportions")
    broken: str = gn.option("raise", choices=("raise", "skip"), help="whether broken images are an error or left out")
    test: float = gn.option(0.2, gt=0, lt=1, help="part of each class that is kept to test with")
    memory: int = gn.option(256, ge=0, help="mebibytes of pixels up to which all images are kept in memory")
    seed: int = gn.option(0, ge=0, help="where the choice of test images comes from")

    def load(self) -> gn.Dataset:
        path = Path(os.path.expanduser(self.path))
        if not path.exists():
            raise gn.FileError(f"{path} does not exist; give a folder with a folder of images for each class")
        idx = sorted(filter(is_idx, path.iterdir())) if path.is_dir() else [path] if is_idx(path) else []
        if idx:
            return self._of_arrays(arrays_of_idx(idx), ())
        if path.suffix.lower() == ".npz":
            return self._of_arrays(*arrays_of_npz(path))
        return self._of_files(self._files(path))

    def _files(self, path: Path) -> dict[str, LabelledFiles]:
        """Return the images by the part that they belong to."""
        table = table_in(path) if path.is_dir() else path
        if table is None:
            parts = files_of_folder(path)
        elif table.suffix.lower() in _TABLES:
            parts = {"train": files_of_table(table, self.target)}
        else:
            raise gn.DataError(
                f"{path} is one file; give a folder with a folder of images for each class, a table of names and "
                "labels (.csv), or arrays (.npz)"
            )
        if "test" not in parts and "validation" in parts:
            parts["test"] = parts.pop("validation")
        return parts

    def _of_files(self, parts: dict[str, LabelledFiles]) -> gn.Dataset:
        pixels = detected_form(parts["train"].paths, self.size, self.colors, self.resize)
        classes, form = labels_of(parts["train"], self.task, self.path)
        if "test" not in parts:
            files = parts["train"]
            if classes:
                train, test = stratified(np.array(files.labels), self.test, self.seed)
            else:
                train, test = held_out_rows(len(files.paths), self.test, self.seed)
            parts = {"train": files.chosen(train.tolist()), "test": files.chosen(test.tolist())}
        target = None if form is None else target_of(parts["train"], form)
        preprocessing = ImagePreprocessing(pixels, classes, target)
        splits = loaded(parts, preprocessing, skip_broken=self.broken == "skip", memory=self.memory * 2**20)
        return _dataset(splits, pixels.shape, classes)

    def _of_arrays(self, parts: dict[str, LabelledArrays], names: tuple[str, ...]) -> gn.Dataset:
        height, width, channels = parts["train"].x.shape[1:]
        if self.size is not None:
            height, width = (self.size, self.size) if isinstance(self.size, int) else self.size
        channels = {"auto": channels, "grey": 1, "rgb": 3}[self.colors]
        pixels = Pixels(height, width, channels, self.resize)
        splits, classes = splits_of_arrays(parts, names, pixels, self.test, self.seed)
        return _dataset(splits, splits["train"].x.shape[1:], classes)


def _dataset(splits: dict[str, gn.Split], shape: gn.Shape, classes: tuple[str, ...]) -> gn.Dataset:
    return gn.Dataset(
        train=splits["train"],
        test=splits["test"],
        validation=splits.get("validation"),
        classes=classes,
        task="classification" if classes else "regression",
        recipe=recipe(shape, len(classes), len(splits["train"]), "validation" in splits),
    )
