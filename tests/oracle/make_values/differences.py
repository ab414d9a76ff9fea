"""Write the largest differences of all live comparisons into tests/oracle/values/differences.json. Needs the peers.

Run ``python tests/oracle/make_values/differences.py``. It runs the live tests, which compare the same cases each time,
and keeps what `agreement.difference` measured in them: by component and type, to two digits.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ORACLE = Path(__file__).parents[1]


def main() -> int:
    # In this process: the tests leave what they measured in the module that they import.
    failed = pytest.main(["-q", "-p", "no:cacheprovider", *map(str, sorted(ORACLE.glob("test_*_live.py")))])
    if not failed:
        from agreement import LARGEST

        rounded = {
            component: {dtype: float(f"{seen[dtype]:.1e}") for dtype in sorted(seen)}
            for component, seen in sorted(LARGEST.items())
        }
        path = ORACLE / "values" / "differences.json"
        path.write_text(json.dumps(rounded, indent=1) + "\n", "utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
