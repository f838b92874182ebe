"""The cable: one formal message, read and written exactly.

Front doors: ``model`` (what a cable holds), ``sheet.parse`` and ``sheet.render`` (the text that a
drafter types; ``tidy.tidy`` makes it canonical), ``internet.read`` and ``internet.write`` (the
bytes that are registered and sent), ``foreign`` (mail from systems that are not Reftel),
``lifecycle.advance`` (what may be done next), ``numbering`` (what finds a cable), ``dtg`` (times),
``paragraphs`` (names of paragraphs). Nothing here knows a database, a network or a clock.
"""
