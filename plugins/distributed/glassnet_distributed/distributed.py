"""The functions of ``gn.distributed``: which process this is, and work that the processes divide.

::

    data = gn.distributed.load("table('big.parquet', target='kind')")
    net.fit(data.train, loss="cce", optimizer="adam", distributed=True)
    figures = gn.distributed.evaluate(net, data.test)
    outputs = gn.distributed.predict(net, x_new)
    if gn.distributed.rank() == 0:
        print(figures)
"""

from glassnet_distributed.division import divided as divided
from glassnet_distributed.launcher import launched_rank, launched_ranks
from glassnet_distributed.loading import load as load
from glassnet_distributed.measuring import evaluate as evaluate, predict as predict

__all__ = ["divided", "evaluate", "load", "predict", "rank", "size"]


def rank() -> int:
    """Return the number of this process among those that ``mpiexec`` started, from 0; 0 without it."""
    return launched_rank()


def size() -> int:
    """Return the number of processes that ``mpiexec`` started together; 1 without it."""
    return launched_ranks()
