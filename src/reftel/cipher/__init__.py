"""Sealing, signing and committing: bytes in, bytes out.

The front doors: :func:`age.encrypt` and :func:`age.decrypt` with the keys in :mod:`identity`;
:class:`note.PostKey` and :class:`note.PostVerifier` for what a post signs, :class:`person.PersonKey`
for what a person signs; :mod:`commitment` for what the register holds of a text, :mod:`vault` for
the text beside it; :mod:`packing` and :mod:`padding` for its size on the way.

This is the one room that draws randomness. It knows no clock, no database and no network.
"""
