"""The executor of `glassnet_parallel`, in which threads of compiled code gather rows where they share products."""

from __future__ import annotations

import sys
from typing import Any

from glassnet_parallel.thread_executor import ThreadExecutor

_PRODUCTS = "glassnet_accelerators.product_team"


class TeamExecutor(ThreadExecutor):
    """Gather rows by the threads of the team, once a network has products that they share."""

    def take(self, array: Any, indices: Any) -> Any:
        if _PRODUCTS not in sys.modules:
            return super().take(array, indices)
        from glassnet_accelerators.rows_team import take_rows

        return take_rows(array, indices)


def gathering(executor: Any) -> Any:
    """Return an executor that gathers rows faster, or the executor itself if it is that of another package."""
    return TeamExecutor() if type(executor) is ThreadExecutor else executor
