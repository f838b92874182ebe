"""The register: every act is an entry, every entry a leaf of a tree that cannot be rewritten unseen.

``entries`` is what an entry says, ``log`` the one way in which anything is written, ``projections``
which rows follow from it. ``merkle``, ``checkpoint``, ``proof`` and ``envelope`` are pure: bytes in,
bytes out. ``tiles`` writes the register as files that any static server can serve.
"""
