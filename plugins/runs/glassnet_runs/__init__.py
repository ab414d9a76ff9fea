"""``glassnet runs``: the runs of a folder as a table; ``glassnet card``: a model card of one."""
