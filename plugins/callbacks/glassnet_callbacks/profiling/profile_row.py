"""A part of a run that takes time, and the parts that it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from glassnet_callbacks.profiling.stopwatch import Account


@dataclass
class ProfileRow:
    """A row of a profile.

    Attributes
    ----------
    name
        What is shown.
    inner
        Parts within; their time is part of this one's.
    forward, backward, other
        Accounts of its own work.
    """

    name: str
    inner: list[ProfileRow] = field(default_factory=list)
    forward: Account = field(default_factory=Account)
    backward: Account = field(default_factory=Account)
    other: Account = field(default_factory=Account)

    @property
    def forward_seconds(self) -> float:
        """Time in forward, inner parts included."""
        return self.forward.seconds + sum(part.forward_seconds for part in self.inner)

    @property
    def backward_seconds(self) -> float:
        """Time in backward, inner parts included."""
        return self.backward.seconds + sum(part.backward_seconds for part in self.inner)

    @property
    def own_seconds(self) -> float:
        """Time outside of inner parts."""
        return sum(account.seconds for account in self._accounts)

    @property
    def seconds(self) -> float:
        """All time, inner parts included."""
        return self.own_seconds + sum(part.seconds for part in self.inner)

    @property
    def watched_seconds(self) -> float:
        """Time in the steps that were watched, inner parts included."""
        return sum(account.watched for account in self._accounts) + sum(part.watched_seconds for part in self.inner)

    @property
    def product_seconds(self) -> float:
        """Time in matrix products in the steps that were watched, inner parts included."""
        return sum(account.products for account in self._accounts) + sum(part.product_seconds for part in self.inner)

    @property
    def watched_calls(self) -> int:
        """Calls with watched arrays, inner parts included."""
        return sum(account.calls for account in self._accounts) + sum(part.watched_calls for part in self.inner)

    @property
    def _accounts(self) -> tuple[Account, Account, Account]:
        return self.forward, self.backward, self.other
