"""Images: pictures of your own, one folder for each class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import glassnet as gn
from glassnet_images.detected_form import detected_form
from glassnet_images.image_form import FITS
from glassnet_images.labelled_files import LabelledFiles, files_of_folder
from glassnet_images.loaded import loaded
from glassnet_images.recipe import recipe
from glassnet_images.stratified import stratified

_EXAMPLE = str(Path(__file__).parent / "data" / "shapes")


class Images(gn.DataSource):
    """The images in a folder, which has a folder for each class.

    ``x`` is ``(images, height, width, channels)`` uint8, and ``y`` is ``(images,)`` int64. The classes are the names of
    the folders in alphabetical order; folders inside of them belong to the same class. Folders that are called train,
    val and test, each with the folders of the classes, are the parts of the dataset. Otherwise a part of each class,
    drawn with the seed, is kept to test with.

    All images get one size. Those of a digital camera are turned as their EXIF entry says, those of 16 bits get 8, and
    transparent pixels become white. Images of more than `memory` mebibytes stay in their files: batches are read as the
    training goes.

    Source: https://pillow.readthedocs.io decodes the files.

    Raises
    ------
    FileError
        If there is no such folder.
    DataError
        If an image is broken, with its name; or if there are fewer than two classes.
    """

    examples = (f"images({_EXAMPLE!r})",)
    overlap = "a folder may hold an image twice"
    file_endings = ("/",)

    path: str = gn.option(path=True, help="the folder")
    size: int | tuple[int, int] | None = gn.option(
        None, ge=1, help="height and width of all images; by default that of the images, or 64 where they differ"
    )
    colors: str = gn.option(
        "auto", choices=("auto", "grey", "rgb"), help="grey or colour; by default grey if all images are"
    )
    fit: str = gn.option("stretch", choices=FITS, help="what is done with other proportions")
    broken: str = gn.option("raise", choices=("raise", "skip"), help="whether broken images are an error or left out")
    test: float = gn.option(0.2, gt=0, lt=1, help="part of each class that is kept to test with")
    memory: int = gn.option(256, ge=0, help="mebibytes of pixels up to which all images are kept in memory")
    seed: int = gn.option(0, ge=0, help="where the choice of test images comes from")

    def load(self) -> gn.Dataset:
        parts = self._files()
        form = detected_form(parts["train"].paths, self.size, self.colors, self.fit)
        classes = tuple(sorted(set(parts["train"].classes)))
        splits = {
            part: loaded(files, classes, form, skip_broken=self.broken == "skip", memory=self.memory * 2**20)
            for part, files in parts.items()
        }
        return gn.Dataset(
            train=splits["train"],
            test=splits["test"],
            validation=splits.get("validation"),
            classes=classes,
            task="classification",
            recipe=recipe(form, len(classes), len(splits["train"]), "validation" in splits),
        )

    def _files(self) -> dict[str, LabelledFiles]:
        path = Path(self.path).expanduser()
        if not path.is_dir():
            raise gn.FileError(f"{path} is not a folder; give a folder with a folder of images for each class")
        parts = files_of_folder(path)
        if "test" not in parts and "validation" in parts:
            parts["test"] = parts.pop("validation")
        if "test" not in parts:
            files = parts["train"]
            train, test = stratified(np.array(files.classes), self.test, self.seed)
            parts = {"train": files.chosen(train.tolist()), "test": files.chosen(test.tolist())}
        return parts
