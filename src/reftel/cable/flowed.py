"""Text in lines that any mail program shows well and that come back exactly (RFC 3676).

``format=flowed; delsp=yes``: a line that ends in a space goes on in the next one, without that
space. A line of text is cut only where it would not fit a mail line of 998 octets. One chunk is
one paragraph, however many lines it has; an empty line stands between chunks and nowhere else.
"""

from __future__ import annotations

ASCII_WIDTH = 960
"""A line of ASCII is cut after at most so many characters: 998 octets less marks of quotation."""
WIDTH = 240
"""A line with any other character is cut after at most so many: each takes up to 4 octets."""
_STUFFED = (" ", ">", "From ")


def flow(text: str, quoted: int = 0) -> str:
    """The lines of one chunk, joined by line feeds, with ``quoted`` marks of quotation before each.

    A line that is empty or begins with a space, ``>`` or ``From`` is stuffed with a space.
    """
    fits = len(text) <= WIDTH or (len(text) <= ASCII_WIDTH and text.isascii())
    if fits and not quoted and "\n" not in text and text[:1] not in "> F" and text[-1] != " ":
        return text
    pieces: list[str] = []
    for line in text.split("\n"):
        _cut(line, pieces)
    if quoted:
        mark = ">" * quoted + " "
        return "\n".join([mark + piece for piece in pieces])
    return "\n".join([" " + piece if not piece or piece.startswith(_STUFFED) else piece for piece in pieces])


def _cut(line: str, pieces: list[str]) -> None:
    """Append the pieces of one line; all but the last end in the space that the reader deletes."""
    width = ASCII_WIDTH if line.isascii() else WIDTH
    start, end = 0, len(line)
    while end - start > width:
        cut = line.rfind(" ", start, start + width) + 1 or start + width
        pieces.append(line[start:cut] + " ")
        start = cut
    if line.endswith(" "):
        pieces += (line[start:] + " ", "")
    else:
        pieces.append(line[start:])


def unflow(chunk: str, quoted: int = 0) -> str:
    """The text that :func:`flow` made this chunk of. What it never makes comes back as anything."""
    if not quoted and "\n" not in chunk and chunk[:1] != " ":
        return chunk
    text = []
    for line in chunk.split("\n"):
        piece = line[quoted:]
        if piece[:1] == " ":
            piece = piece[1:]
        text.append(piece[:-1] if piece[-1:] == " " else piece + "\n")
    return "".join(text)[:-1]
