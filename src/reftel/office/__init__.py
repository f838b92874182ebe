"""The office: the acts of a cable office, each checked, signed and entered in the register.

Read ``desk`` first: one cable's way. ``channels`` seals and sends bags, ``arrivals`` receives and
deciphers them, ``copies`` keeps the ledger of numbered copies, ``tasks`` what was asked,
``changes`` what was forwarded, cancelled or corrected, ``people`` the post, its people and peers.
"""
