"""The docket: the negotiation as it is read out of the cables, and never beside them.

:mod:`~reftel.docket.kinds` is the table of what an item can be, :mod:`~reftel.docket.items` how a docket
line becomes an item, :mod:`~reftel.docket.fold` what a set of items comes to. Nothing here knows a
database, a network, a clock or a screen.
"""
