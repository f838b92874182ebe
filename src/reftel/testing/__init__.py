"""For those who write a bearer of their own: a check that it does what the office relies on.

:func:`check_bearer` in ``bearer`` tries a bearer, :class:`SimulatedPost` in ``post`` is a whole
post to talk to. Nothing shipped imports this room.
"""

from reftel.testing.bearer import check_bearer
from reftel.testing.post import SimulatedPost

__all__ = ["SimulatedPost", "check_bearer"]
