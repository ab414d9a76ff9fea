"""What ``import glassnet`` costs beside ``import numpy``: fresh interpreters, in turn.

Run ``python -m benchmarks.import_time``. The third line adds what a first network needs.
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks.rounds import ratio_text, seconds_by_round, seconds_text

STATEMENTS = {
    "import numpy": "import numpy",
    "import glassnet": "import glassnet",
    "import glassnet, first network": "import glassnet as gn; gn.Network('dense(2) relu dense(1)').build((2,))",
}


def main() -> None:
    seconds = seconds_by_round(
        {
            name: lambda statement=statement: subprocess.run([sys.executable, "-c", statement], check=True)
            for name, statement in STATEMENTS.items()
        },
        rounds=15,
    )
    for name, values in seconds.items():
        print(f"{name:32} {seconds_text(values)}   / import numpy: {ratio_text(values, seconds['import numpy'])}")


if __name__ == "__main__":
    main()
