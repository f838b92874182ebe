"""Reftel, a cable office.

Two or more posts exchange sealed cables; every act stands in a register that cannot be altered
unseen; every numbered copy is accounted for. The front doors:

- ``reftel.cable``: what a cable is, the sheet that a drafter types, and the Internet bytes.
- ``reftel.office.desk``: the acts of the office, from draft to the last copy's destruction.
- ``reftel.register``: the one write path, and the proofs that it was kept.
- ``reftel.cipher``: sealing and opening, signatures, padding: bytes in, bytes out.
- ``reftel.bearers``: what carries a bag from one post to another.
- ``reftel.house``: settings in, a working office out. Start here to embed Reftel.
- ``reftel.testing``: checks for those who write a bearer of their own.
"""

__version__ = "0.1.0"
