"""Tables as projections: what each kind of record does to which rows, and nothing else does.

A projection is a pure function of one record, its entry number and the texts that it committed
to. It answers with changes, each on rows named by their key, and reads no table: so the office
applies the changes as SQL inside the act's transaction, and ``audit`` applies the same changes
to empty tables in memory and compares. Rules that this file keeps:

* a change follows from the record alone; what a row held before is never looked at;
* states move only by :mod:`reftel.cable.lifecycle`'s tables, from the state the act expected;
* old kinds and versions replay for ever: a kind is added here, never altered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Table

from reftel.cable.dtg import format_reading
from reftel.cable.lifecycle import advance
from reftel.cable.model import Ask, Cable, Moment
from reftel.cable.numbering import fold, identifiers
from reftel.cable.plain import DOCKET_LINE
from reftel.docket.items import Line, issue_key, read_lines, refs_of, split_names
from reftel.errors import BadValue, FormatError
from reftel.register.entries import Json, Record, clock_text, encode_json
from reftel.store import tables as t

Row: TypeAlias = dict[str, Any]
Texts: TypeAlias = Callable[[str], Cable | None]


class Put(NamedTuple):
    """A new row; that it is there already is an error."""

    table: Table
    row: Row


class Save(NamedTuple):
    """A whole row, in place of the one with the same key if there is one."""

    table: Table
    row: Row


class Set(NamedTuple):
    """Some columns of the one row with this key."""

    table: Table
    key: Row
    values: Row


class Drop(NamedTuple):
    """Every row whose leading key columns have these values."""

    table: Table
    key: Row


Change: TypeAlias = Put | Save | Set | Drop


def project(entry: int, record: Record, texts: Texts) -> list[Change]:
    """The changes that one record makes.

    Parameters: ``entry`` its number in the register, from 0; ``texts`` finds the cable behind a
    commitment, or ``None`` when its text was destroyed. Raises :class:`FormatError` for a kind
    that this version does not know, :class:`NotAllowed` for a state that the kind does not leave.
    """
    act = record.act
    kind = record.kind
    if kind not in _KINDS:
        msg = f"entry {entry} is of the unknown kind {kind!r}"
        raise FormatError(msg)
    on = act.get("on", entry if kind in _FOUNDING else -1)
    changes: list[Change] = [
        Put(
            t.acts,
            {
                "entry": entry,
                "cable": on,
                "kind": kind,
                "who": act.get("who", ""),
                "at": clock_text(record.at),
            },
        )
    ]
    if "id" in act:
        changes.append(Put(t.act_ids, {"act": act["id"], "entry": entry}))
    changes.extend(_KINDS[kind](entry, act, texts))
    return changes


_FOUNDING = {"drafted", "entered", "deciphered"}


def _cable(on: int, entry: int, **values: object) -> Set:
    return Set(t.cables, {"cable": on}, {**values, "last": entry})


def _text_columns(cable: Cable | None) -> Row:
    """The columns of ``cables`` that come from the text; blank once the text is destroyed."""
    if cable is None:
        return {"marking": "", "precedence": -1, "sender": "", "subject": "", "dtg": ""}
    marking = "\x1f".join((cable.classification, *cable.captions))
    sender = cable.sender
    shown = [sender.place or sender.place_inferred, sender.office, sender.person]
    if cable.signature is not None:
        shown.append(cable.signature.literal)
    return {
        "marking": marking,
        "precedence": -1 if cable.precedence is None else int(cable.precedence),
        "sender": ", ".join(dict.fromkeys(part for part in shown if part)),
        "subject": cable.subject,
        "dtg": "" if cable.moment is None else cable.moment.literal,
    }


def _identifier_rows(on: int, layer: str, found: list[tuple[str, str, str]]) -> list[Change]:
    return [
        Put(
            t.identifiers,
            {"cable": on, "layer": layer, "n": n, "scheme": scheme, "literal": literal, "folded": folded},
        )
        for n, (scheme, literal, folded) in enumerate(found)
    ]


def _text_identifiers(on: int, cable: Cable | None) -> list[Change]:
    if cable is None:
        return []
    missing = [
        ("enclosure not held", enclosure.title, fold(enclosure.title))
        for enclosure in cable.enclosures
        if enclosure.content is None
    ]
    return _identifier_rows(on, "text", [*identifiers(cable), *missing])


def _office_numbers(on: int, entry: int, numbers: list[list[str]]) -> list[Change]:
    """Numbers that the office gave: scheme, value, and the literal and the date if there are any."""
    found = []
    for scheme, value, *more in numbers:
        literal = more[0] if more and more[0] else value
        found += [(scheme, literal, fold(value)), (scheme, literal, fold(f"{scheme} {value}"))]
    return _identifier_rows(on, f"office {entry}", found)


def _asks(on: int, entry: int, act: Json, cable: Cable | None) -> list[Change]:
    """A tasking for each ask; how many there are stands in the act, what they say in the text."""
    changes: list[Change] = []
    for n in range(1, act.get("asks", 0) + 1):
        said = _NOTHING_ASKED if cable is None else _ask_columns(cable.asks[n - 1])
        state = advance("tasking", "new", "task")
        row = {"cable": on, "n": n, **said, "state": state, "chased": 0, "closed_by": -1, "entry": entry}
        changes.append(Put(t.taskings, row))
    return changes


_NOTHING_ASKED = {"kind": "", "owner": "", "literal": "", "due": ""}


def _ask_columns(ask: Ask) -> Row:
    return {"kind": ask.kind, "owner": ask.owner, "literal": ask.literal, "due": _due(ask.due)}


def _due(moment: Moment | None) -> str:
    """As it was read, or as it was written where another post's reading has no text form."""
    if moment is None:
        return ""
    try:
        return moment.literal if moment.reading is None else format_reading(moment.reading)
    except BadValue:
        return moment.literal


def _new_cable(entry: int, act: Json, cable: Cable | None, **values: object) -> list[Change]:
    row: Row = {
        "cable": entry,
        "version": act["text"],
        "text": act["text"],
        "mrn": act.get("mrn", ""),
        "origin": act.get("from", act["post"]),
        "leaf": act.get("leaf", -1),
        "incoming": act.get("incoming", ""),
        "drafter": "",
        "last": entry,
        **_text_columns(cable),
        **values,
    }
    return [Put(t.cables, row), *_text_identifiers(entry, cable)]


def _post_opened(entry: int, act: Json, _texts: Texts) -> list[Change]:
    return [_post(entry, act, act["post"], "self")]


def _post(entry: int, act: Json, origin: str, standing: str) -> Change:
    return Save(
        t.posts,
        {
            "origin": origin,
            "name": act["name"],
            "serial": act["serial"],
            "card": act["card"],
            "fingerprint": act["fingerprint"],
            "standing": standing,
            "entry": entry,
        },
    )


def _card_known(entry: int, act: Json, _texts: Texts) -> list[Change]:
    return [_post(entry, act, act["origin"], "known")]


def _card_issued(entry: int, act: Json, _texts: Texts) -> list[Change]:
    values = {"serial": act["serial"], "card": act["card"], "entry": entry}
    return [Set(t.posts, {"origin": act["post"]}, values)]


def _epoch_opened(entry: int, act: Json, _texts: Texts) -> list[Change]:
    fields = {name: act[name] for name in ("epoch", "recipient", "starts", "ends")}
    return [Put(t.epochs, {**fields, "state": "open", "entry": entry})]


def _epoch_state(state: str) -> Projection:
    def change(entry: int, act: Json, _texts: Texts) -> list[Change]:
        return [Set(t.epochs, {"epoch": act["epoch"]}, {"state": state, "entry": entry})]

    return change


def _person_admitted(entry: int, act: Json, _texts: Texts) -> list[Change]:
    return [
        Save(
            t.people,
            {
                "name": act["person"],
                "roles": ",".join(act["roles"]),
                "clearance": act.get("clearance", ""),
                "captions": "\x1f".join(act.get("captions", [])),
                "person_key": act.get("key", ""),
                "key_id": act.get("key_id", ""),
                "standing": "serving",
                "entry": entry,
            },
        )
    ]


def _person_departed(entry: int, act: Json, _texts: Texts) -> list[Change]:
    return [Set(t.people, {"name": act["person"]}, {"standing": "departed", "entry": entry})]


def _invited(entry: int, act: Json, _texts: Texts) -> list[Change]:
    fields = {name: act[name] for name in ("person", "digest", "until")}
    return [Save(t.invitations, {**fields, "state": "open", "entry": entry})]


def _passkey_enrolled(entry: int, act: Json, _texts: Texts) -> list[Change]:
    """By invitation it waits for the officers; one that the person signed with another counts at once."""
    state = "admitted" if "who" in act else "enrolled"
    names = ("credential", "person", "key_id", "public", "rp_id", "origin", "label", "wrapped")
    fields = {name: act[name] for name in names}
    changes: list[Change] = [Put(t.passkeys, {**fields, "state": state, "entry": entry})]
    if "recipient" in act:
        changes.append(_reader(entry, act, act["post"], state))
    if "who" not in act:
        changes.append(Set(t.invitations, {"person": act["person"]}, {"state": "used", "entry": entry}))
    return changes


def _passkey_admitted(entry: int, act: Json, _texts: Texts) -> list[Change]:
    values = {"state": "admitted", "entry": entry}
    changes: list[Change] = [Set(t.passkeys, {"credential": act["credential"]}, values)]
    if act.get("fingerprint"):
        admitted = {"standing": "admitted", "entry": entry}
        changes.append(Set(t.readers, {"origin": act["post"], "person": act["person"]}, admitted))
    return changes


def _passkey_revoked(entry: int, act: Json, _texts: Texts) -> list[Change]:
    return [Set(t.passkeys, {"credential": act["credential"]}, {"state": "revoked", "entry": entry})]


def _reader(entry: int, act: Json, origin: str, standing: str) -> Change:
    fields = {name: act[name] for name in ("person", "recipient", "fingerprint")}
    return Save(t.readers, {**fields, "origin": origin, "standing": standing, "entry": entry})


def _reader_known(entry: int, act: Json, _texts: Texts) -> list[Change]:
    return [_reader(entry, act, act["origin"], "vouched")]


def _reader_confirmed(entry: int, act: Json, _texts: Texts) -> list[Change]:
    return [_reader(entry, act, act["origin"], "confirmed")]


def _rule_switched(entry: int, act: Json, _texts: Texts) -> list[Change]:
    row = {"rule": act["rule"], "off": int(act["off"]), "decision": act["decision"], "entry": entry}
    return [Save(t.rules, row)]


def _named(entry: int, act: Json, _texts: Texts) -> list[Change]:
    name = act["name"]
    detail = encode_json(act["detail"]).decode()
    return [Save(t.authorities, {"name": name, "kind": act["as"], "detail": detail, "entry": entry})]


def _drafted(entry: int, act: Json, texts: Texts) -> list[Change]:
    state = advance("outgoing", "new", "draft")
    cable = texts(act["text"])
    return _new_cable(entry, act, cable, direction="out", state=state, drafter=act.get("who", ""))


def _edited(entry: int, act: Json, texts: Texts) -> list[Change]:
    on, cable = act["on"], texts(act["text"])
    state = advance("outgoing", act["state"], "edit")
    columns = _text_columns(cable)
    return [
        _cable(on, entry, state=state, version=act["text"], text=act["text"], **columns),
        Drop(t.identifiers, {"cable": on, "layer": "text"}),
        *_text_identifiers(on, cable),
    ]


def _clearance_asked(entry: int, act: Json, _texts: Texts) -> list[Change]:
    return [_clearance(entry, act, act["officer"], "", "asked"), _cable(act["on"], entry)]


def _clearance(entry: int, act: Json, officer: str, version: str, state: str) -> Change:
    key = {"cable": act["on"], "officer": officer}
    return Save(t.clearances, {**key, "version": version, "state": state, "entry": entry})


def _cleared(entry: int, act: Json, _texts: Texts) -> list[Change]:
    state = advance("outgoing", act["state"], act["move"])
    given = _clearance(entry, act, act["who"], act["version"], "given")
    return [given, _cable(act["on"], entry, state=state)]


def _adopted(entry: int, act: Json, _texts: Texts) -> list[Change]:
    reference = act["decision"].get("reference", "")
    row = {"decision": entry, "cable": act["on"], "version": act["version"], "reference": reference}
    changes: list[Change] = [Put(t.decisions, {**row, "state": "in force", "replaced_by": -1})]
    if "replaces" in act:
        values = {"state": "replaced", "replaced_by": entry}
        changes.append(Set(t.decisions, {"decision": act["replaces"]}, values))
    changes.append(_cable(act["on"], entry, state=advance("outgoing", act["state"], "adopt")))
    return [*changes, *_office_numbers(act["on"], entry, [["decision", reference]] if reference else [])]


def _decision_voided(entry: int, act: Json, _texts: Texts) -> list[Change]:
    state = advance("outgoing", act["state"], "void decision")
    voided = Set(t.decisions, {"decision": act["decision"]}, {"state": "voided"})
    return [voided, _cable(act["on"], entry, state=state)]


def _released(entry: int, act: Json, texts: Texts) -> list[Change]:
    on, cable = act["on"], texts(act["text"])
    columns = _text_columns(cable)
    state = advance("outgoing", act["state"], "release")
    changes: list[Change] = [
        _cable(on, entry, state=state, text=act["text"], mrn=act.get("mrn", ""), leaf=entry, **columns),
        Drop(t.identifiers, {"cable": on, "layer": "text"}),
        *_text_identifiers(on, cable),
        *_asks(on, entry, act, cable),
        *_docket(on, entry, f"{act['post']}/{entry}", act, cable),
    ]
    for peer in act["to"]:
        row = {"cable": on, "peer": peer, "state": "waiting", "precedence": act["precedence"]}
        changes.append(Put(t.deliveries, {**row, "serial": -1, "channel": "", "entry": entry}))
    return changes


def _bagged(entry: int, act: Json, _texts: Texts) -> list[Change]:
    changes: list[Change] = [_bag_row(entry, act, "out", act["to"], "bagged")]
    for cable, channel, _leaf in act["items"]:
        values = {"state": "bagged", "serial": act["serial"], "channel": channel, "entry": entry}
        changes.append(Set(t.deliveries, {"cable": cable, "peer": act["to"]}, values))
    return changes


def _bag_row(entry: int, act: Json, way: str, peer: str, state: str) -> Change:
    row = {"way": way, "peer": peer, "serial": act["serial"], "bag": act["bag"], "previous": act["previous"]}
    digest = act.get("digest", "")
    row |= {"digest": digest, "state": state, "load": len(act["items"]), "size": act.get("size", -1)}
    return Put(t.bags, {**row, "sent": act.get("sent", -1), "entry": entry})


def _moved(entry: int, act: Json, peer: str, state: str, move: str) -> list[Change]:
    """The deliveries of a bag and the states of its cables, from the states that the act names."""
    changes: list[Change] = []
    for cable, before in act["items"]:
        changes.append(Set(t.deliveries, {"cable": cable, "peer": peer}, {"state": state, "entry": entry}))
        changes.append(_cable(cable, entry, state=advance("outgoing", before, move)))
    return changes


def _dispatched(entry: int, act: Json, _texts: Texts) -> list[Change]:
    key = {"way": "out", "peer": act["to"], "serial": act["serial"]}
    values = {"state": "dispatched", "digest": act["digest"], "size": act["size"], "entry": entry}
    changes: list[Change] = [Set(t.bags, key, values)]
    for serial in act.get("receipts", []):
        received = {"way": "in", "peer": act["to"], "serial": serial}
        changes.append(Set(t.bags, received, {"state": "receipt sent", "entry": entry}))
    return [*changes, *_moved(entry, act, act["to"], "dispatched", "dispatch")]


def _receipted(entry: int, act: Json, _texts: Texts) -> list[Change]:
    peer = act["from"]
    bags: list[Change] = [
        Set(t.bags, {"way": "out", "peer": peer, "serial": serial}, {"state": "receipted", "entry": entry})
        for serial in act["serials"]
    ]
    line = {"peer": peer, "size": act["size"], "line": act["cosignature"], "entry": entry}
    receipts = [Put(t.receipts, {"peer": peer, "cable": cable, "entry": entry}) for cable, _ in act["items"]]
    return [*bags, *receipts, Save(t.cosignatures, line), *_moved(entry, act, peer, "receipted", "receipt")]


def _rerun_asked(entry: int, act: Json, _texts: Texts) -> list[Change]:
    values = {"state": "waiting", "serial": -1, "channel": "", "entry": entry}
    return [Set(t.deliveries, {"cable": act["on"], "peer": act["to"]}, values), _cable(act["on"], entry)]


def _arrived(entry: int, act: Json, _texts: Texts) -> list[Change]:
    peer = act["from"]
    state = advance("incoming", "new", "receive")
    # A bag of receipts alone is not receipted in turn, or two posts would never stop.
    standing = "arrived" if act["items"] else "noted"
    later = encode_json({"paths": act.get("later", [])}).decode()
    view = {"origin": peer, "size": act["size"], "note": act["checkpoint"], "later": later, "entry": entry}
    changes: list[Change] = [_bag_row(entry, act, "in", peer, standing), Save(t.views, view)]
    for digest, channel, leaf, precedence in act["items"]:
        row = {"digest": digest, "peer": peer, "serial": act["serial"], "channel": channel, "state": state}
        row |= {"cable": -1, "leaf": leaf, "precedence": precedence, "entry": entry}
        changes.append(Put(t.arrivals, row))
    return changes


def _arrival(act: Json) -> Row:
    """One post's sealed bytes, sent by another, are another arrival: they must not stand in its way."""
    return {"peer": act["from"], "digest": act["arrival"]}


def _deciphered(entry: int, act: Json, texts: Texts) -> list[Change]:
    cable = texts(act["text"])
    state = advance("incoming", act["state"], "decipher")
    changes = _new_cable(entry, act, cable, direction="in", state=state)
    numbers = [["incoming", act["incoming"]]] if act.get("incoming") else []
    changes += _office_numbers(entry, entry, [*numbers, *act.get("numbers", [])])
    changes += _asks(entry, entry, act, cable)
    changes += _docket(entry, entry, f"{act['from']}/{act['leaf']}", act, cable)
    arrival = {"state": state, "cable": entry, "entry": entry}
    changes.append(Set(t.arrivals, _arrival(act), arrival))
    return changes


def _held(entry: int, act: Json, _texts: Texts) -> list[Change]:
    state = advance("incoming", act["state"], act["move"])
    return [Set(t.arrivals, _arrival(act), {"state": state, "entry": entry})]


def _joined(entry: int, act: Json, _texts: Texts) -> list[Change]:
    """The same cable by a second bearer: one cable, both paths logged."""
    values = {"state": "joined", "cable": act["on"], "entry": entry}
    return [Set(t.arrivals, _arrival(act), values), _cable(act["on"], entry)]


def _entered(entry: int, act: Json, texts: Texts) -> list[Change]:
    cable = texts(act["text"])
    state = advance("incoming", "new", "enter")
    changes = _new_cable(entry, act, cable, direction="paper", state=state)
    changes += _office_numbers(entry, entry, act.get("numbers", []))
    changes += _docket(entry, entry, f"{act['post']}/{entry}", act, cable)
    return [*changes, *_asks(entry, entry, act, cable)]


def _numbered(entry: int, act: Json, _texts: Texts) -> list[Change]:
    return [*_office_numbers(act["on"], entry, act["numbers"]), _cable(act["on"], entry)]


def _annotated(entry: int, act: Json, _texts: Texts) -> list[Change]:
    return [_cable(act["on"], entry)]


def _table_of(act: Json) -> str:
    return "outgoing" if act.get("direction") == "out" else "incoming"


def _printed(entry: int, act: Json, _texts: Texts) -> list[Change]:
    on = act["on"]
    number = act.get("print_number", "")
    changes: list[Change] = [
        _cable(on, entry, state=advance(_table_of(act), act["state"], "print")),
        *_office_numbers(on, entry, [["print number", number]] if number else []),
    ]
    for seq, number, move, holder, reason in act["copies"]:
        row = {"cable": on, "seq": seq, "run": act["run"], "number": number, "form": act["form"]}
        row |= {"state": advance("copy", "new", move), "holder": holder, "reason": reason}
        row |= {"return_by": "", "return_to": act.get("return_to", ""), "opened": "", "entry": entry}
        row |= {"purpose": "", "sealed_to": ""}
        changes.append(Put(t.copies, row))
        if move == "list":
            changes.append(_copy_move(entry, act, on, seq, move, {"holder": holder}))
    return changes


def _verified(entry: int, act: Json, _texts: Texts) -> list[Change]:
    return [_cable(act["on"], entry, state=advance("incoming", act["state"], "verify"))]


def _copies_moved(entry: int, act: Json, _texts: Texts) -> list[Change]:
    """Every act on copies: ``[cable, seq, state before, move, columns that change]`` each."""
    changes: list[Change] = []
    for cable, seq, before, move, values in act["copies"]:
        state = advance("copy", before, move)
        changes.append(
            Set(t.copies, {"cable": cable, "seq": seq}, {**values, "state": state, "entry": entry})
        )
        changes.append(_copy_move(entry, act, cable, seq, move, values))
    return changes


def _copy_move(entry: int, act: Json, cable: int, seq: int, move: str, values: Json) -> Change:
    """A move of a copy stays on record: who held it, and from when, is asked of any moment."""
    who = act.get("who", "") if move == "open" else values.get("holder", "")
    row = {"cable": cable, "entry": entry, "seq": seq, "move": move, "who": who}
    return Put(t.copy_moves, {**row, "sealed_to": values.get("sealed_to", "")})


def _docket(on: int, entry: int, base: str, act: Json, cable: Cable | None) -> list[Change]:
    """The items that a cable bears: each of its docket lines, by the clock of the post that registered it."""
    if cable is None:
        return []
    at = act.get("made", "") if cable.registered is None else clock_text(cable.registered)
    origin = base.rpartition("/")[0]
    changes: list[Change] = []
    for n, (line, standing) in enumerate(read_lines(cable), 1):
        changes += _item(on, entry, n, base, line, standing, at=at, origin=origin, who="")
    return changes


def _item(
    on: int, entry: int, n: int, base: str, found: Line, standing: str, *, at: str, origin: str, who: str
) -> list[Change]:
    line = found.line
    fields = dict(line.fields)
    key: Row = {"cable": on, "entry": entry, "n": n}
    talks = issue_key(fields.get("talks", ""))
    body = {**DOCKET_LINE.dump(line), "speaker": found.speaker, "reporter": found.reporter}
    body |= {"through": list(found.through)} if found.through else {}
    row = {"item": f"{base}.{found.place}", "same": found.same, "origin": origin, "kind": line.kind}
    row |= {"talks": talks, "at": at, "who": who, "standing": standing, "body": encode_json(body).decode()}
    changes: list[Change] = [Put(t.docket, {**key, **row})]
    if standing:
        return changes
    for issue, name in {issue_key(name): name for name in split_names(fields.get("issue", ""))}.items():
        named = {"issue": issue, "talks": talks, "kind": line.kind, "name": name}
        changes.append(Put(t.docket_issues, {**key, **named}))
    inside = f"{base}.{found.place.rpartition('.')[0]}" if "." in found.place else base
    for relation, target in refs_of(line, inside):
        changes.append(Put(t.docket_refs, {**key, "relation": relation, "target": target}))
    return changes


def _docketed(entry: int, act: Json, texts: Texts) -> list[Change]:
    """What a reader entered of a cable: its lines lie beside the record, as those of a cable do."""
    changes: list[Change] = [_cable(act["on"], entry)]
    slip = texts(act["slip"])
    if slip is None:
        return changes
    base = f"{act['post']}/{entry}"
    for n, line in enumerate(slip.docket, 1):
        found = Line(line=line, place=str(n))
        changes += _item(
            act["on"], entry, n, base, found, "", at=act["made"], origin=act["post"], who=act["who"]
        )
    return changes


def _state_by(move: str) -> Projection:
    def change(entry: int, act: Json, _texts: Texts) -> list[Change]:
        return [
            _cable(act["on"], entry, state=advance(_table_of(act), act["state"], move)),
            *_links(entry, act),
        ]

    return change


def _links(entry: int, act: Json) -> list[Change]:
    return [
        Save(
            t.links,
            {"cable": act["on"], "relation": relation, "other": other, "detail": detail, "entry": entry},
        )
        for relation, other, detail in act.get("links", [])
    ]


def _downgraded(entry: int, act: Json, _texts: Texts) -> list[Change]:
    state = advance(_table_of(act), act["state"], "downgrade")
    return [_cable(act["on"], entry, state=state, marking=act["marking"])]


def _tasked(entry: int, act: Json, _texts: Texts) -> list[Change]:
    row = {name: act[name] for name in ("n", "owner", "literal", "due")}
    row |= {"cable": act["on"], "kind": act["ask"], "state": advance("tasking", "new", "task")}
    return [Put(t.taskings, {**row, "chased": 0, "closed_by": -1, "entry": entry})]


def _tasking(move: str) -> Projection:
    def change(entry: int, act: Json, _texts: Texts) -> list[Change]:
        values: Row = {"state": advance("tasking", act["state"], move), "entry": entry}
        if "closed_by" in act:
            values["closed_by"] = act["closed_by"]
        if "chased" in act:
            values["chased"] = act["chased"]
        return [Set(t.taskings, {"cable": act["on"], "n": act["n"]}, values)]

    return change


def _text_destroyed(entry: int, act: Json, _texts: Texts) -> list[Change]:
    """The tombstone: what came from the text is blanked, what the acts say stays."""
    on = act["on"]
    changes: list[Change] = [
        _cable(on, entry, **_text_columns(None) | {"marking": act["marking"]}),
        Drop(t.identifiers, {"cable": on, "layer": "text"}),
        *(Drop(table, {"cable": on}) for table in (t.docket, t.docket_issues, t.docket_refs)),
    ]
    asks = range(1, act["asks"] + 1)
    return [*changes, *(Set(t.taskings, {"cable": on, "n": n}, _NOTHING_ASKED) for n in asks)]


def _shed(entry: int, act: Json, texts: Texts) -> list[Change]:
    """Where only the drafts of a sealed text are shed, what went out still stands here."""
    return [_cable(act["on"], entry)] if act.get("drafts") else _text_destroyed(entry, act, texts)


def _only_the_act(_entry: int, _act: Json, _texts: Texts) -> list[Change]:
    return []


Projection: TypeAlias = Callable[[int, Json, Texts], list[Change]]

_KINDS: dict[str, Projection] = {
    "post opened": _post_opened,
    "card issued": _card_issued,
    "card known": _card_known,
    "epoch opened": _epoch_opened,
    "epoch retired": _epoch_state("retired"),
    "seed destroyed": _epoch_state("destroyed"),
    "person admitted": _person_admitted,
    "person departed": _person_departed,
    "invited": _invited,
    "passkey enrolled": _passkey_enrolled,
    "passkey admitted": _passkey_admitted,
    "passkey revoked": _passkey_revoked,
    "recovery kept": _only_the_act,
    "reader known": _reader_known,
    "reader confirmed": _reader_confirmed,
    "rule switched": _rule_switched,
    "named": _named,
    "shift handed over": _only_the_act,
    "gap closed": _only_the_act,
    "drafted": _drafted,
    "edited": _edited,
    "clearance asked": _clearance_asked,
    "cleared": _cleared,
    "adopted": _adopted,
    "decision voided": _decision_voided,
    "released": _released,
    "withdrawn": _state_by("withdraw"),
    "bagged": _bagged,
    "dispatched": _dispatched,
    "receipted": _receipted,
    "rerun asked": _rerun_asked,
    "arrived": _arrived,
    "deciphered": _deciphered,
    "held": _held,
    "joined": _joined,
    "refused": _only_the_act,
    "entered": _entered,
    "numbered": _numbered,
    "annotated": _annotated,
    "docketed": _docketed,
    "warnings accepted": _annotated,
    "printed": _printed,
    "verified": _verified,
    "issued": _copies_moved,
    "opened": _copies_moved,
    "passed": _copies_moved,
    "returned": _copies_moved,
    "destroyed": _copies_moved,
    "lost": _copies_moved,
    "found": _copies_moved,
    "inventoried": _copies_moved,
    "acknowledged": _state_by("acknowledge"),
    "cancelled": _state_by("cancel"),
    "readdressed": _state_by("readdress"),
    "corrected": _state_by("correct"),
    "downgraded": _downgraded,
    "tasked": _tasked,
    "chased": _tasking("chase"),
    "part fulfilled": _tasking("part fulfil"),
    "fulfilled": _tasking("fulfil"),
    "tasking cancelled": _tasking("cancel"),
    "text destroyed": _text_destroyed,
    "shed": _shed,
    "restored": _only_the_act,
}

KINDS = frozenset(_KINDS)
