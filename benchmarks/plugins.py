"""What a thousand installed plugin distributions cost those who do not use them: fresh interpreters, in turn.

Run ``python -m benchmarks.plugins``. It makes the distributions in a temporary folder on the path, as an
installer leaves them: metadata with a long description, a record, one entry point and a module each, kinds in
turn. Each module writes a line where it is imported, and none may be.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.rounds import ratio_text, seconds_by_round, seconds_text
from glassnet.kinds import KINDS

COUNT = 1000
ROUNDS = 15
ALLOWED_MILLISECONDS = 150
STATEMENTS = {
    "import glassnet": "import glassnet",
    "glassnet --help": "from glassnet.command_line import main; main(['--help'])",
    "first component": "import glassnet as gn; gn.layers.dense(2)",
}
DESCRIPTION = "\n\n".join(f"Paragraph {number} of a description. " + "It goes on. " * 30 for number in range(20))


def make_distributions(folder: Path, log: Path) -> None:
    """Make the distributions; each of their modules adds a line to `log` where it is imported."""
    kinds = list(KINDS.values())
    for number in range(COUNT):
        name = f"glassnet_bench_{number}"
        kind = kinds[number % len(kinds)]
        metadata = folder / f"{name}-1.0.dist-info"
        metadata.mkdir()
        head = f"Metadata-Version: 2.4\nName: {name.replace('_', '-')}\nVersion: 1.0\nRequires-Dist: glassnet\n"
        (metadata / "METADATA").write_text(f"{head}\n{DESCRIPTION}\n")
        (metadata / "entry_points.txt").write_text(f"[{kind.group}]\nbench_{number} = {name}:Component\n")
        (metadata / "RECORD").write_text(f"{name}.py,,\n{name}-1.0.dist-info/METADATA,,\n")
        (metadata / "INSTALLER").write_text("pip\n")
        (folder / f"{name}.py").write_text(f"with open({str(log)!r}, 'a') as log:\n    print(__name__, file=log)\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as root:
        folder, log = Path(root, "site-packages"), Path(root, "imported.txt")
        folder.mkdir()
        make_distributions(folder, log)
        before = os.environ.get("PYTHONPATH")
        crowded = os.pathsep.join([str(folder), *([before] if before else [])])

        def run(statement: str, path: str | None) -> None:
            environment = os.environ | ({"PYTHONPATH": path} if path is not None else {})
            subprocess.run([sys.executable, "-c", statement], env=environment, check=True, stdout=subprocess.DEVNULL)

        seconds = seconds_by_round(
            {
                (name, path): lambda statement=statement, path=path: run(statement, path)
                for name, statement in STATEMENTS.items()
                for path in (before, crowded)
            },
            ROUNDS,
        )
        imported = log.read_text().split() if log.exists() else []
    print(f"{COUNT} plugin distributions, medians of {ROUNDS} rounds")
    for name in STATEMENTS:
        none, many = seconds[name, before], seconds[name, crowded]
        slower = 1000 * statistics.median(b - a for a, b in zip(none, many, strict=True))
        print(
            f"{name:16} without {seconds_text(none)}   with {seconds_text(many)}   "
            f"{slower:+.0f} ms (allowed: {ALLOWED_MILLISECONDS})   with / without: {ratio_text(many, none)}"
        )
    print(f"modules of theirs that were imported: {len(imported)}")


if __name__ == "__main__":
    main()
