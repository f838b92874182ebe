"""Items: docket lines with their place in a register, each with its evidence.

Rules that this file keeps:

* an item is named by the register entry that brought it into the world, ``beijing.example/212.3``: the
  third line of what entry 212 of that post's register brought. The name is the same at every post;
* an item's words stand letter for letter in a paragraph, or it does not count and says why;
* what another post sent is never refused as a whole: an item that cannot be read is kept, and says why.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from reftel.cable.model import Block, Cable, Carried, DocketLine, Paragraph, Party, Quotation
from reftel.cable.numbering import fold
from reftel.cable.paragraphs import paragraph_ids
from reftel.docket.kinds import KINDS, Field, fields_of
from reftel.errors import BadValue

MOST_LINES = 500
"""The most docket lines of one cable that become items, those of carried telegrams counted in."""
MAX_VALUE = 2000
"""The longest value of a field, in characters."""
MOST_NAMES = 50
"""The most names in a field that takes several."""
_SHOWN = 40
_ENTRY = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/(?:0|[1-9][0-9]{0,14})"
_NAME = re.compile(rf"{_ENTRY}(?:\.[cq][1-9][0-9]{{0,3}}){{0,16}}\.[1-9][0-9]{{0,3}}", re.ASCII).fullmatch
_OWN = re.compile(r"#[1-9][0-9]{0,3}", re.ASCII).fullmatch
_INSIDE = re.compile(r"(?:[qc][1-9][0-9]{0,6}\.){0,32}", re.ASCII).match
_CITED = re.compile(_ENTRY, re.ASCII).fullmatch
_CLAIM = re.compile(
    rb"^index ([0-9]{1,15})\n(?:[A-Za-z0-9+/=]{44}\n){0,64}\n([a-z0-9.-]{1,255})\n", re.MULTILINE
)

NO_PARAGRAPH = "the cable has no such paragraph"
NO_QUOTE = "the quoted words do not stand there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A docket line where it was found in a cable.

    ``place`` is what comes after the entry in the item's name (``3``, or ``c1.3`` for the third line of
    the first carried telegram), ``same`` the name that the line has where the carried telegram's proof
    says it was first registered. ``through`` are the posts that such proofs name, from the outermost
    telegram in. ``speaker`` signed or sent the telegram that the line stands in; ``reporter`` the one that
    carries it.
    """

    line: DocketLine
    place: str
    same: str = ""
    through: tuple[str, ...] = ()
    speaker: str = ""
    reporter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of the docket, with its evidence.

    ``cable`` is the entry here of the cable that bears it, ``entry`` the one that brought the item into
    this register. ``at`` is the registered time at the post that made it: with the name, the order in
    which items are read. ``through`` is as a :class:`Line` has it. ``who`` entered it while reading (empty
    where it came in the cable). ``standing`` is empty, or says why the item does not count. ``words`` are
    those of the whole paragraph, where the quote is empty and they are asked for. A ``hidden`` item is told
    for what it does to others, and without its words: who asks may not read the cable that bears it.
    ``corrected`` is the entry here of the cable that corrected the one that bears it, -1 for none.
    """

    name: str
    kind: str
    origin: str
    at: str
    cable: int = -1
    entry: int = -1
    talks: str = ""
    issues: tuple[str, ...] = ()
    paragraph: str = ""
    quote: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    speaker: str = ""
    reporter: str = ""
    who: str = ""
    same: str = ""
    through: tuple[str, ...] = ()
    standing: str = ""
    words: str = ""
    hidden: bool = False
    corrected: int = -1

    def get(self, name: str) -> str:
        """What stands in a field; empty where nothing does."""
        return self.fields.get(name, "")

    def names(self, name: str) -> tuple[str, ...]:
        """The several names of a field."""
        return split_names(self.get(name))

    @property
    def by(self) -> str:
        """Who asserts it: as the item says, who signed the telegram, or who entered it of the whole cable."""
        return self.get("by") or self.speaker or self.who

    @property
    def carried(self) -> bool:
        """Whether it stands in a telegram that its cable carries."""
        return self.name.rpartition("/")[2].count(".") > 1

    @property
    def order(self) -> tuple[str, str, int, str]:
        """Where the item stands among others: by the time of its register, then by its own name."""
        head, _, place = self.name.rpartition("/")
        entry, _, rest = place.partition(".")
        return (self.at, head, int(entry), ".".join(part.rjust(5) for part in rest.split(".")))


def split_names(text: str) -> tuple[str, ...]:
    """Several names with semicolons between them, each once."""
    return tuple(dict.fromkeys(part for each in text.split(";") if (part := each.strip())))


def issue_key(name: str) -> str:
    """The key under which an issue, or talks, are found: as written or in other capitals."""
    return _key(name[:MAX_VALUE])


def forget() -> None:
    """Let go of the names that were read: an office that is shut keeps none in memory."""
    _key.cache_clear()


@lru_cache(maxsize=4096)
def _key(name: str) -> str:
    return fold(name) or name.strip()


def lines_of(cable: Cable) -> Iterator[Line]:
    """The docket lines of a cable and of the telegrams that it carries, five hundred at most."""
    for n, line in enumerate(_lines(cable, "", "", (), ""), 1):
        if n > MOST_LINES:
            return
        yield line


_SILENT: Final = Cable(sender=Party(), to=(), blocks=())


def _lines(cable: Cable, place: str, same: str, through: tuple[str, ...], reporter: str) -> Iterator[Line]:
    talks = next((value for line in cable.docket for name, value in line.fields if name == "talks"), "")
    # Every line takes it over: one that is longer than a value may be would be multiplied.
    talks = talks if len(talks) <= MAX_VALUE else ""
    voices = _Voices(cable if cable.docket else _SILENT)
    for n, line in enumerate(cable.docket, 1):
        fields = line.fields
        if talks and all(name != "talks" for name, _ in fields):
            fields = (*fields, ("talks", talks))
        speaker, passed = voices.of(line.paragraph)
        yield Line(
            line=replace(line, paragraph=f"{place}{line.paragraph}" if line.paragraph else "", fields=fields),
            place=f"{place}{n}",
            same=f"{same}.{n}" if same else "",
            through=through,
            speaker=speaker,
            reporter=reporter or passed,
        )
    for inner, carried in _carried(cable.blocks, place):
        claimed = _claimed(carried)
        named = (*through, claimed.rpartition("/")[0]) if claimed else through
        yield from _lines(carried.cable, inner, claimed, named, reporter or _speaker(cable))


def _carried(blocks: tuple[Block, ...], before: str) -> Iterator[tuple[str, Carried]]:
    quotations = telegrams = 0
    for block in blocks:
        if isinstance(block, Quotation):
            quotations += 1
            yield from _carried(block.blocks, f"{before}q{quotations}.")
        elif isinstance(block, Carried):
            telegrams += 1
            yield f"{before}c{telegrams}.", block


def _claimed(carried: Carried) -> str:
    """Where the proof of a carried telegram says that it was first registered; a claim, not yet proved."""
    try:
        proof = a2b_base64(carried.proof or b"")
    except ValueError:
        return ""
    found = _CLAIM.search(proof)
    return f"{found[2].decode()}/{int(found[1])}" if found else ""


def _speaker(cable: Cable) -> str:
    if cable.signature is not None and cable.signature.literal:
        return cable.signature.literal
    sender = cable.sender
    return sender.person or sender.office or sender.place or sender.place_inferred or sender.post


def speakers(cable: Cable, paragraph: str) -> tuple[str, str]:
    """Who signed the telegram or the quotation in which a paragraph stands, and who sent the whole."""
    return _Voices(cable).of(paragraph)


class _Voices:
    """Who speaks in each part of one cable. It is walked once, however many lines ask."""

    def __init__(self, cable: Cable) -> None:
        self._found: dict[str, tuple[str, ...]] = {"": (_speaker(cable),)}
        self._walk(cable.blocks, "", self._found[""])

    def _walk(self, blocks: tuple[Block, ...], before: str, voices: tuple[str, ...]) -> None:
        quotations = telegrams = 0
        for block in blocks:
            if isinstance(block, Quotation):
                quotations += 1
                prefix, inner = f"{before}q{quotations}.", block.blocks
                voice = block.signature.literal if block.signature else ""
            elif isinstance(block, Carried):
                telegrams += 1
                prefix, inner, voice = f"{before}c{telegrams}.", block.cable.blocks, _speaker(block.cable)
            else:
                continue
            self._found[prefix] = (*voices, voice) if voice else voices
            self._walk(inner, prefix, self._found[prefix])

    def of(self, paragraph: str) -> tuple[str, str]:
        """Who speaks there, and who sent the whole, where that is another."""
        found = _INSIDE(paragraph)
        prefix = found[0] if found else ""
        while prefix not in self._found:
            prefix = prefix[: prefix.rfind(".", 0, -1) + 1]
        voices = self._found[prefix]
        return voices[-1], voices[0] if len(voices) > 1 else ""


def problem(cable: Cable, line: DocketLine) -> str:
    """Why a docket line does not count in this cable; empty where it does.

    A line that cites another cable is not looked up here: the cable may not have come yet.
    """
    return _problem(texts_of(cable), line)


def read_lines(cable: Cable) -> Iterator[tuple[Line, str]]:
    """The docket lines as :func:`lines_of` has them, each with its :func:`problem`."""
    texts: Mapping[str, str] | None = None
    for found in lines_of(cable):
        texts = texts_of(cable) if texts is None else texts
        yield found, _problem(texts, found.line)


def _problem(texts: Mapping[str, str], line: DocketLine) -> str:
    said = problem_of_fields(line)
    if said or any(name == "cites" for name, _ in line.fields):
        return said
    if not line.paragraph:
        return NO_PARAGRAPH if line.quote else ""
    return problem_in(texts, line)


def problem_of_quote(cable: Cable, line: DocketLine) -> str:
    """Whether the quoted words stand in that paragraph of the cable, and what is wrong if they do not."""
    return problem_in(texts_of(cable), line)


def problem_in(texts: Mapping[str, str], line: DocketLine) -> str:
    """:func:`problem_of_quote`, for many lines of one cable, out of its :func:`texts_of`."""
    text = texts.get(line.paragraph)
    if text is None:
        return NO_PARAGRAPH
    return "" if line.quote in text else NO_QUOTE


def texts_of(cable: Cable) -> Mapping[str, str]:
    """The text of every paragraph by its name."""
    return {name: paragraph.text for name, paragraph in paragraph_ids(cable)}


def problem_of_fields(line: DocketLine) -> str:
    """What is wrong with a line's kind or fields, by the table of kinds."""
    if line.kind not in KINDS:
        return f"{line.kind[:_SHOWN]!r} is not a kind of item known here"
    known = fields_of(line.kind)
    given = dict(line.fields)
    if len(given) != len(line.fields):
        return "a field stands twice"
    for name, value in given.items():
        if name not in known:
            return f"{name[:_SHOWN]!r} is not a field of {line.kind!r}"
        said = _problem_of_value(known[name], value)
        if said:
            return f"{name!r} {said}"
    missing = [name for name, field in known.items() if field.required and not given.get(name, "").strip()]
    if line.kind == "issue" and not split_names(given.get("issue", "")):
        missing.append("issue")
    return f"{missing[0]!r} is missing" if missing else ""


def _problem_of_value(field: Field, value: str) -> str:
    if len(value) > MAX_VALUE:
        return f"is longer than {MAX_VALUE} characters"
    match field.form:
        case "names" if len(split_names(value)) > MOST_NAMES:
            return f"holds more than {MOST_NAMES} names"
        case "choice" if value not in field.choices:
            return f"is one of {', '.join(field.choices)}"
        case "yes" if value != "yes":
            return "is `yes` or left out"
        case "item" if not (_NAME(value) or _OWN(value)):
            return "names an item, such as beijing.example/212.3, or #2 of the same cable"
    return ""


def check_lines(cable: Cable, lines: Sequence[DocketLine] | None = None) -> None:
    """Demand that lines, or a cable's own, count in it; :class:`BadValue` says which does not."""
    lines = cable.docket if lines is None else lines
    if len(lines) > MOST_LINES:
        raise BadValue(f"a cable has at most {MOST_LINES} docket lines")
    texts = texts_of(cable)
    for n, line in enumerate(lines, 1):
        said = _problem(texts, line)
        if said:
            where = f" of paragraph {line.paragraph[:_SHOWN]}" if line.paragraph else ""
            raise BadValue(
                f"docket line {n}, {line.kind[:_SHOWN]!r}{where}, does not stand: {said}",
                mend="Quote the words letter for letter, and name the paragraph such as 2, u3 or c1.2.",
            )


def own_paragraph(cable: Cable, name: str) -> Paragraph | None:
    """The paragraph of that name, or ``None``."""
    return next((paragraph for other, paragraph in paragraph_ids(cable) if other == name), None)


def refs_of(line: DocketLine, base: str) -> list[tuple[str, str]]:
    """The items that a line points to: field and item's name, ``#2`` resolved under ``base``."""
    if line.kind not in KINDS:
        return []
    known = fields_of(line.kind)
    found = {}
    for name, value in line.fields:
        if name in known and known[name].form == "item":
            if _OWN(value):
                found[name] = f"{base}.{value[1:]}"
            elif _NAME(value):
                found[name] = value
    return list(found.items())


def is_item_name(text: str) -> bool:
    """Whether this is how an item is named."""
    return _NAME(text) is not None


def is_cable_name(text: str) -> bool:
    """Whether this is how a cable is cited: ``beijing.example/212``."""
    return _CITED(text) is not None
