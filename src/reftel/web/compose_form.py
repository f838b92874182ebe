"""The form beside a sheet: what of a cable it shows, and the cable that it makes of one that was read.

The sheet says more than the form shows (marks, notes, enclosures, what stands onward). All of that
stays as it was: the form is written over the cable that the sheet is. What one row of the form does
not show of its thing, such as the note on an addressee, rides along in the row as ``kept``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from reftel.cable.characters import find_hostile
from reftel.cable.dtg import read_moment
from reftel.cable.model import (
    Ask,
    Block,
    Cable,
    DocketLine,
    Moment,
    Number,
    Party,
    Precedence,
    Reference,
    Signature,
)
from reftel.cable.plain import ASK, DOCKET_LINE, NUMBER, PARTY, REFERENCE, SIGNATURE, Shape
from reftel.cable.sheet_grammar import DOCKET_KEY
from reftel.cable.sheet_grammar import PARTY as PARTY_LINE
from reftel.cable.sheet_write import write_cable
from reftel.cable.tidy import read_typed
from reftel.errors import BadValue, FormatError, SheetError

Form = dict[str, Any]
MOST_ROWS = 60
MOST_OF_BODY = 200_000
SINGLE = ("kind", "classification", "captions", "precedence", "info_precedence", "subject", "signed", "body")
LISTS = {
    "to": ("name", "office", "person"),
    "info": ("name", "office", "person"),
    "refs": ("letter", "literal", "number", "from", "dated"),
    "numbers": ("scheme", "value"),
    "asks": ("literal", "of", "kind", "due", "paragraph"),
    "docket": ("kind", "paragraph", "issue", "quote", "fields"),
}
WORDS = {
    "to": "For action",
    "info": "For information",
    "refs": "References",
    "numbers": "Numbers",
    "asks": "What is asked",
    "docket": "Docket",
    "captions": "Captions",
    "body": "Text",
}
PRECEDENCES = tuple(precedence.name for precedence in reversed(Precedence))
AS_PRINTED = "as printed"
_KINDS = ("action", "report", "onward")
_ROW = re.compile(r"(to|info|refs|numbers|asks|docket)\.([0-9]{1,4})\.([a-z]{1,12})")
_SCAFFOLD = "TO: X"
_MOST_KEPT = 20_000


def draw(cable: Cable) -> Form:
    """The form of a cable. A list or a text too long to be shown in it is ``None``."""
    body = "\n".join(write_cable(_only(cable.blocks))[2:])
    literal = f"{AS_PRINTED}" if cable.precedence_literal else ""
    return {
        "kind": cable.kind,
        "classification": cable.classification,
        "captions": "\n".join(cable.captions),
        "precedence": literal or (cable.precedence.name if cable.precedence is not None else ""),
        "info_precedence": cable.info_precedence.name if cable.info_precedence is not None else "",
        "subject": cable.subject,
        "signed": cable.signature.literal if cable.signature else "",
        "signed_kept": _kept(SIGNATURE, cable.signature) if cable.signature else "",
        "body": body if len(body) <= MOST_OF_BODY else None,
        "to": _rows(cable.to, _party_row),
        "info": _rows(cable.info, _party_row),
        "refs": _rows(cable.references, _reference_row),
        "numbers": _rows(cable.numbers, _number_row),
        "asks": _rows(cable.asks, _ask_row),
        "docket": _rows(cable.docket, _docket_row),
    }


def _only(blocks: tuple[Block, ...]) -> Cable:
    """A cable of these blocks whose head is one line."""
    return Cable(sender=Party(), to=(Party(place="X"),), blocks=blocks)


def _rows(things: Sequence[Any], row: Any) -> list[dict[str, str]] | None:
    return None if len(things) > MOST_ROWS else [row(thing) for thing in things]


def _kept(shape: Shape[Any], thing: Any) -> str:
    return json.dumps(shape.dump(thing), ensure_ascii=False, separators=(",", ":"))


def _party_line(party: Party) -> str:
    return f"{party.place} <{party.post}>" if party.place and party.post else party.place or party.post


def _party_row(party: Party) -> dict[str, str]:
    return {
        "name": _party_line(party),
        "office": party.office,
        "person": party.person,
        "kept": _kept(PARTY, party),
    }


def _reference_row(reference: Reference) -> dict[str, str]:
    return {
        "letter": reference.letter,
        "literal": reference.literal,
        "number": reference.number,
        "from": reference.sender,
        "dated": reference.moment.literal if reference.moment else "",
        "kept": _kept(REFERENCE, reference),
    }


def _number_row(number: Number) -> dict[str, str]:
    return {"scheme": number.scheme, "value": number.value, "kept": _kept(NUMBER, number)}


def _ask_row(ask: Ask) -> dict[str, str]:
    return {
        "literal": ask.literal,
        "of": ask.owner,
        "kind": ask.kind,
        "due": ask.due.literal if ask.due else "",
        "paragraph": ask.paragraph,
        "kept": _kept(ASK, ask),
    }


def _docket_row(line: DocketLine) -> dict[str, str]:
    fields = dict(line.fields)
    issue = fields.pop("issue", "")
    return {
        "kind": line.kind,
        "paragraph": line.paragraph,
        "issue": issue,
        "quote": line.quote,
        "fields": "\n".join(f"{name}: {value}" for name, value in fields.items()),
        "kept": _kept(DOCKET_LINE, line),
    }


def read(given: Mapping[str, str]) -> Form:
    """The form in a request's fields; rows in which nothing stands are left out.

    A list or text of which nothing was sent was not shown, and is ``None``.
    """
    form: Form = {name: _typed(given[name]) if name in given else None for name in (*SINGLE, "signed_kept")}
    rows: dict[str, dict[int, dict[str, str]]] = {}
    for name, value in given.items():
        found = _ROW.fullmatch(name)
        if found and found[3] in (*LISTS[found[1]], "kept"):
            rows.setdefault(found[1], {}).setdefault(int(found[2]), {})[found[3]] = _typed(value)
    for name, columns in LISTS.items():
        listed = rows.get(name)
        form[name] = None if listed is None else _full(listed, columns)
    return form


def _typed(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n").strip(" \n")


def _full(listed: Mapping[int, Mapping[str, str]], columns: Sequence[str]) -> list[dict[str, str]]:
    rows = [{"kept": "", **dict.fromkeys(columns, ""), **listed[n]} for n in sorted(listed)]
    # The kind of an ask stands at its first choice in an empty row too.
    return [row for row in rows if any(row[column] for column in columns if column != "kind")]


def digest(form: Form) -> str:
    """What names what a form says among other forms."""
    said = {name: form.get(name) for name in (*SINGLE, *LISTS)}
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def is_empty(form: Form) -> bool:
    """Whether nothing stands in a form."""
    return not any(form.get(name) for name in (*SINGLE, *LISTS))


def write(form: Form, base: Cable) -> Cable:
    """The cable that the sheet was, with what the form says written over it.

    Raises :class:`BadValue` that names the field, :class:`SheetError` for the text's own lines.
    """
    for name in SINGLE:
        _check(name, form.get(name) or "", lines=name in ("captions", "body"))
    for name, columns in LISTS.items():
        for row in form.get(name) or ():
            for column in columns:
                _check(f"{WORDS[name]}, {column}", row[column], lines=column == "fields")
    changes: dict[str, Any] = {
        name: form[name] for name in ("kind", "classification", "subject") if form.get(name) is not None
    }
    if form.get("captions") is not None:
        captions = (line.strip() for line in form["captions"].split("\n"))
        changes["captions"] = tuple(caption for caption in captions if caption)
    changes |= _precedences(form)
    if form.get("signed") is not None:
        changes["signature"] = _signature(form, base.signature)
    for name, (attribute, make) in _MADE.items():
        if form.get(name) is not None:
            changes[attribute] = tuple(make(row) for row in form[name])
    if form.get("body") is not None:
        changes["blocks"] = _blocks(form["body"])
    return replace(base, **changes)


def _check(name: str, value: str, *, lines: bool = False) -> None:
    said = WORDS.get(name, name.replace("_", " ").capitalize())
    at = find_hostile(value)
    if at is not None:
        raise BadValue(
            f"{said}: the character U+{ord(value[at]):04X} may not stand in a cable",
            mend="Delete it: it is not seen, or changes how the rest is seen.",
        )
    if "\n" in value and not lines:
        raise BadValue(f"{said} is one line")


def _precedences(form: Form) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    said, info = form.get("precedence"), form.get("info_precedence")
    if said is not None and said != AS_PRINTED:
        changes |= {"precedence": _precedence(said), "precedence_literal": ""}
    if info is not None:
        changes["info_precedence"] = _precedence(info)
    return changes


def _precedence(word: str) -> Precedence | None:
    if word and word not in Precedence.__members__:
        raise BadValue("that is no precedence", mend=f"One of {', '.join(PRECEDENCES)}.")
    return Precedence[word] if word else None


def _load(shape: Shape[Any], kept: str) -> Any:
    """What a row keeps of its thing; ``None`` when that is nothing, or no such thing."""
    if not kept or len(kept) > _MOST_KEPT:
        return None
    try:
        return shape.load(json.loads(kept))
    except (FormatError, ValueError, RecursionError, TypeError):
        return None


def _party(row: Mapping[str, str]) -> Party:
    known: Party = _load(PARTY, row["kept"]) or Party()
    seen = {"office": row["office"], "person": row["person"]}
    if row["name"] == _party_line(known):
        return replace(known, **seen)
    found = PARTY_LINE.fullmatch(row["name"])
    place, post = (found["place"] or "", found["post"] or found["bare"]) if found else (row["name"], "")
    return Party(place=place, post=post, note=known.note, **seen)


def _moment(text: str, known: Moment | None) -> Moment | None:
    if known is not None and known.literal == text:
        return known
    return read_moment(text) if text else None


def _reference(row: Mapping[str, str]) -> Reference:
    known: Reference = _load(REFERENCE, row["kept"]) or Reference(literal="")
    return replace(
        known,
        letter=row["letter"].upper(),
        literal=row["literal"] or row["number"],
        number=row["number"],
        sender=row["from"],
        moment=_moment(row["dated"], known.moment),
    )


def _number(row: Mapping[str, str]) -> Number:
    known: Number | None = _load(NUMBER, row["kept"])
    if known is not None and (known.scheme, known.value) == (row["scheme"], row["value"]):
        return known
    return Number(scheme=row["scheme"], value=row["value"])


def _ask(row: Mapping[str, str]) -> Ask:
    known: Ask = _load(ASK, row["kept"]) or Ask(owner="", literal="")
    if row["kind"] and row["kind"] not in _KINDS:
        raise BadValue("that is no kind of asking", mend=f"One of {', '.join(_KINDS)}.")
    return replace(
        known,
        literal=row["literal"],
        owner=row["of"],
        kind=row["kind"] or "action",
        due=_moment(row["due"], known.due),
        paragraph=row["paragraph"],
    )


def _docket(row: Mapping[str, str]) -> DocketLine:
    known: DocketLine | None = _load(DOCKET_LINE, row["kept"])
    if known is not None and all(row[name] == value for name, value in _docket_row(known).items()):
        return known
    if not row["kind"]:
        raise BadValue("a docket line says what its paragraph is", mend="Choose its kind.")
    fields = dict(_docket_field(text) for line in row["fields"].split("\n") if (text := line.strip()))
    if row["issue"]:
        before = [name for name, _ in known.fields] if known is not None else []
        place = before.index("issue") if "issue" in before else len(fields)
        pairs = list(fields.items())
        return _line_of(row, (*pairs[:place], ("issue", row["issue"]), *pairs[place:]))
    return _line_of(row, tuple(fields.items()))


def _line_of(row: Mapping[str, str], fields: tuple[tuple[str, str], ...]) -> DocketLine:
    return DocketLine(kind=row["kind"], paragraph=row["paragraph"], quote=row["quote"], fields=fields)


def _docket_field(text: str) -> tuple[str, str]:
    name, colon, value = (part.strip() for part in text.partition(":"))
    name = name.lower()
    if not colon or not value or not DOCKET_KEY.fullmatch(name) or name in ("paragraph", "issue"):
        raise BadValue(
            f"{text[:60]!r} is no field of a docket line", mend="One a line, such as `to: Chairman`."
        )
    return name, value


def _signature(form: Form, base: Signature | None) -> Signature | None:
    if not form["signed"]:
        return None
    known: Signature | None = base or _load(SIGNATURE, form.get("signed_kept") or "")
    return (
        known if known is not None and known.literal == form["signed"] else Signature(literal=form["signed"])
    )


_MADE = {
    "to": ("to", _party),
    "info": ("info", _party),
    "refs": ("references", _reference),
    "numbers": ("numbers", _number),
    "asks": ("asks", _ask),
    "docket": ("docket", _docket),
}


def _blocks(body: str) -> tuple[Block, ...]:
    """The text as the form has it, read as a sheet's; lines are counted in the form."""
    try:
        cable = read_typed(f"{_SCAFFOLD}\n\n{body}\n")
    except SheetError as error:
        said = error.sentence.partition(": ")[2] or error.sentence
        raise SheetError(
            f"in the text: {said}", line=max(error.line - 2, 1), column=error.column, mend=error.mend
        ) from None
    if cable != _only(cable.blocks):
        raise BadValue(
            "SIGNED and DOCKET have fields of their own; MARK, NOTE and EXTRA are typed in the sheet"
        )
    return cable.blocks
