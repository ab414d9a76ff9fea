"""Whether the training at hand is a trial of the doctor, which is not recorded.

A module of its own: the plugin needs it whenever anything is looked up, and a trial needs much more.
"""

from contextvars import ContextVar

IS_TRIAL: ContextVar[bool] = ContextVar("IS_TRIAL", default=False)
