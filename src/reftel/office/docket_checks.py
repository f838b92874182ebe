"""A draft held against the docket: instructions in force, what is not to be shown yet, open questions.

Rules that this file keeps:

* whether there is a warning does not depend on who asks: the office checks with everything that it
  holds. What is quoted depends: to whoever may not read the cable that bears an item, only its name is told;
* only items of our own side count, and those that stand: not struck out, superseded, rescinded, lifted;
* an instruction is held against the words that are ours. What is not to be shown yet is held against
  all that goes, carried telegrams and what docket lines say as well;
* a draft that ends an instruction is not held against it: but only if it goes to our own side alone, and
  only if its line would end it;
* a warning is accepted for the draft as it stands, with a reason. An edit voids that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from json import loads
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, bindparam, func, select

from reftel.cable import internet
from reftel.cable.model import Block, Cable, Carried, Paragraph, Quotation
from reftel.cable.numbering import reference_keys
from reftel.cable.paragraphs import paragraph_ids
from reftel.docket import near as nearness
from reftel.docket.fold import Docket, State
from reftel.docket.items import Item, issue_key, lines_of, refs_of, split_names
from reftel.docket.lifecycle import OPEN
from reftel.docket.near import Near, Passage, find_near, split_phrases
from reftel.errors import Warned
from reftel.office import docket as reading
from reftel.office.docket import Lens
from reftel.office.docket_audience import Audience
from reftel.office.docket_warnings import Hit, Told, Warning, unquoted, warning_of  # noqa: A004 - its name
from reftel.office.office import Office, find_cable
from reftel.office.sight import Asker
from reftel.register.log import find_entries, find_texts
from reftel.store import tables as t

_NOT_SHOWN: Final = {"withheld": ("withheld",), "text": ("drafted", "authorised")}
"""The states in which an item is not to be shown yet."""
_REPLACES: Final = ("supersedes", "amends", "of")
"""The fields by which a draft's own line ends or alters the instruction that it names."""
_NEW = "draft.invalid/0"
"""Under what the draft's own lines are named while it has no entry."""
_LAST: Final = "9999-12-31T23:59:59.999Z"
"""When the draft's own lines are read: after everything that is here."""
_IN_LINE: Final = "\n"
"""Before the place of a docket line, among the names of paragraphs, none of which holds a line's end."""
_GUARDING: Final = ("instruction", "withheld")
_MOST_REFERENCES = 200
_LONGEST_NAMED = 4
_ROWS_AT_ONCE = 500
_d, _a, _c = t.docket.c, t.acts.c, t.cables.c
_ANY = select(_d.entry).limit(1)
_MAY_WARN = _d.kind.in_(("instruction", "withheld", "text"))
_STATE = select(func.count(), func.max(_d.entry)).where(_MAY_WARN)
_GUARDED = select(_d.item, _d.kind, _d.cable, _d.body).where(_MAY_WARN, _d.standing == "")
_kept: WeakKeyDictionary[Engine, tuple[tuple[Any, ...], dict[str, str], list[Passage]]] = WeakKeyDictionary()
_ACCEPTED = select(_a.entry).where(_a.cable == bindparam("cable"), _a.kind == "warnings accepted")


def warnings(
    office: Office, connection: Connection, cable: Cable, *, draft: int = -1, asker: Asker | None = None
) -> list[Warning]:
    """Everything in the docket that a text goes against, what stops its release first.

    ``draft`` is the entry of the draft of which this is the text, or is to be. ``asker`` is who is told;
    ``None`` stands for the post itself.
    """
    if connection.execute(_ANY).first() is None:
        return []
    lens = Lens(own=office.origin)
    check = _Check(connection, lens, cable, draft)
    found = [*check.instructions(), *check.disclosures(), *check.questions()]
    reasons = _accepted(connection, draft, cable) if found and draft >= 0 else {}
    told = Told(connection, replace(lens, asker=asker), found)
    said = [replace(told.of(one), accepted=reasons.get(one.key, "")) for one in found if told.hears_of(one)]
    return sorted(said, key=lambda one: (one.reminder, bool(one.accepted)))


def demand_accepted(office: Office, connection: Connection, drafts: Iterable[tuple[int, Cable]]) -> None:
    """Demand that every warning against drafts that are about to go was accepted; :class:`Warned`."""
    if connection.execute(_ANY).first() is None:
        return
    for entry, cable in drafts:
        stopping = [one for one in warnings(office, connection, cable, draft=entry) if one.stops]
        if stopping:
            listed = "; ".join(unquoted(one) for one in stopping[:_LONGEST_NAMED])
            more = len(stopping) - _LONGEST_NAMED
            raise Warned(
                f"the docket warns of the draft under entry {entry}: {listed}"
                + (f"; and of {more} more" if more > 0 else ""),
                mend=f"`reftel release entry:{entry} --check` shows each with its words. Mend the draft, or "
                f"accept what may be passed over: `reftel docket accept entry:{entry} KEY REASON`.",
            )


def posts_of_no_side(office: Office, connection: Connection) -> list[str]:
    """Posts that sent what a draft could go against, and whose side nobody entered."""
    sent = select(_d.origin).distinct().where(_d.kind.in_(_GUARDING), _d.origin != office.origin)
    origins = list(connection.execute(sent).scalars())
    if not origins:
        return []
    lens = Lens(own=office.origin)
    docket = Docket(reading.closure(connection, lens, ()), office.origin)
    return sorted(origin for origin in origins if not docket.side(origin))


def forget(connection: Connection) -> None:
    """Let go of the words that are kept for the next draft: some of them are being destroyed."""
    _kept.pop(connection.engine, None)
    nearness.forget()


def _accepted(connection: Connection, draft: int, cable: Cable) -> dict[str, str]:
    """The reasons for which warnings were accepted against this very text, by the warnings' keys."""
    entries = list(connection.execute(_ACCEPTED, {"cable": draft}).scalars())
    if not entries:
        return {}
    version = find_cable(connection, draft).version
    text = find_texts(connection, [version])[version]
    if text is None or internet.reread(text.data) != cable:
        return {}
    found = find_entries(connection, entries)
    acts = [found[entry].decoded.act for entry in sorted(entries)]
    return {key: reason for act in acts if act["version"] == version for key, reason in act["accepted"]}


def referred_to(connection: Connection, cable: Cable) -> list[int]:
    """The cables from others that a text's own REF lines name, by whatever number or time."""
    cited = islice(cable.references, _MOST_REFERENCES)
    keys = sorted({key for reference in cited for key in reference_keys(reference)})
    i = t.identifiers.c
    query = select(i.cable).distinct().join(t.cables, _c.cable == i.cable)
    query = query.where(i.folded.in_(keys), i.scheme.not_like("%reference"), _c.direction != "out")
    return list(connection.execute(query.order_by(i.cable)).scalars())


class _Check:
    """One text, and everything in the docket that it comes near, points to or is on the same issue with."""

    def __init__(self, connection: Connection, lens: Lens, cable: Cable, draft: int) -> None:
        self._connection, self._lens = connection, lens
        self._cable, self._draft = cable, draft
        self._lines = list(lines_of(cable))
        self._own_lines = [found.line for found in self._lines if "." not in found.place]
        self._ours = reading.fold(connection, lens, []).our_posts()
        every = [(name, paragraph.text) for name, paragraph in paragraph_ids(cable)]
        every.append(("", _beside(cable)))
        every += [
            (f"{_IN_LINE}{one.place}", "\n".join(value for _, value in one.line.fields))
            for one in self._lines
        ]
        every += [(f"{_IN_LINE}c", _beside(inner)) for inner in _telegrams(cable.blocks)]
        self._near = _near(connection, self._ours, every)
        self._carried = _carried_ids(cable)

    def instructions(self) -> Iterator[Warning]:
        """Instructions of our side in force that the draft's own words touch."""
        replaced = self._replaced()
        items, docket = self._folded("instruction", self._on_issues())
        for state in items:
            item = state.item
            if state.state != "in force" or state.first.name in replaced:
                continue
            forbids = item.get("mode") == "must not"
            hits = [hit for hit in self._hits(state) if forbids and hit.paragraph not in self._carried]
            hits = hits or [Hit(paragraph, "issue") for paragraph in self._same_issue(docket, item)]
            for hit in hits:
                yield warning_of(
                    "instruction", state, hit, reminder=not forbids and not item.get("condition")
                )

    def _replaced(self) -> set[str]:
        """The instructions that the draft's own lines would end or put others in the place of."""
        refs = (ref for line in self._own_lines for ref in refs_of(line, _NEW))
        named = {target for relation, target in refs if relation in _REPLACES}
        if not named:
            return named
        own = self._lens.own
        lines = [
            reading.item_of(found, base=_NEW, cable=self._draft, at=_LAST, origin=own)
            for found in self._lines
            if "." not in found.place
        ]
        docket = reading.fold(self._connection, self._lens, lines)
        if Audience(self._connection, self._lens, self._cable, docket).outside():
            return set()
        return {
            name
            for name in map(docket.amended_by, named)
            if (state := docket.states.get(name)) is not None
            and (state.struck is not None or state.state != "in force" or state.reads.startswith(_NEW))
        }

    def disclosures(self) -> Iterator[Warning]:
        """What is not to be shown yet, and goes to somebody to whom it is not to be shown."""
        linked: dict[str, list[Hit]] = {}
        for line in self._lines:
            for _, target in refs_of(line.line, _NEW):
                linked.setdefault(target, []).append(Hit(line.line.paragraph, "linked"))
        pointed = reading.named(self._connection, self._lens, linked)
        found, docket = self._folded("withheld text", pointed)
        items = [state for state in found if state.state in _NOT_SHOWN[state.first.kind]]
        if not items:
            return
        audience = Audience(self._connection, self._lens, self._cable, docket)
        told = _told(docket)
        for state in items:
            name = state.first.name
            reader = audience.kept_from(state, told.get(name, ()))
            if reader:
                for hit in self._hits(state, lines=True) or linked.get(name, [])[:1]:
                    yield warning_of("disclosure", state, hit, reader=reader)

    def questions(self) -> Iterator[Warning]:
        """Open questions in cables that the draft refers to, which none of its lines answers."""
        cables = referred_to(self._connection, self._cable)
        if not cables:
            return
        asked = [
            item
            for cable in cables
            for item in reading.of_cable(self._connection, self._lens, cable)
            if item.kind == "question"
        ]
        if not asked:
            return
        docket = reading.fold(self._connection, self._lens, asked)
        answered = {
            value for line in self._own_lines if line.kind == "answer" for _, value in refs_of(line, _NEW)
        }
        wanted = {item.name for item in asked}
        for state in docket.of_kind("question"):
            name = state.first.name
            again = (*docket.copies.get(name, ()), *state.amended)
            same = {name, state.first.same, *(item.name for item in again)}
            if state.state in OPEN and wanted & same and not answered & same:
                yield warning_of("question", state, Hit("", "reference"))

    def _on_issues(self) -> list[Item]:
        """The instructions on the issues that the draft's own lines name, and on those it answers about."""
        base = reading.fold(self._connection, self._lens, [])
        items = []
        for talks, keys in self._issues().items():
            every = {name for key in keys for name in base.merged_with(talks, key)}
            items += reading.of_issues(self._connection, self._lens, talks, every, ("instruction",))
        return items

    def _issues(self) -> dict[str, dict[str, str]]:
        """By talks, the key of each issue that the draft is on, and in which paragraph first."""
        found: dict[str, dict[str, str]] = {}
        answered: dict[str, str] = {}
        for place in (place for place in self._lines if "." not in place.place):
            fields = dict(place.line.fields)
            keys = found.setdefault(issue_key(fields.get("talks", "")), {})
            for name in split_names(fields.get("issue", "")):
                keys.setdefault(issue_key(name), place.line.paragraph)
            if place.line.kind == "answer":
                answered |= {name: place.line.paragraph for _, name in refs_of(place.line, _NEW)}
        for item in reading.named(self._connection, self._lens, answered):
            for name in item.issues:
                found.setdefault(item.talks, {}).setdefault(issue_key(name), answered[item.name])
        return found

    def _same_issue(self, docket: Docket, item: Item) -> list[str]:
        """In which paragraph the draft is first on an issue of this item, if it is on any."""
        roots = {docket.root(item.talks, issue_key(name)) for name in item.issues}
        keys = self._issues().get(item.talks, {})
        return [at for key, at in keys.items() if docket.root(item.talks, key) in roots][:1]

    def _folded(self, kinds: str, more: Iterable[Item]) -> tuple[list[State], Docket]:
        """What is near of these kinds, and more: each item of our side that stands, in the docket's order."""
        near = [name for name, (kind, _) in self._near.items() if kind in kinds.split()]
        named = {item.name: item for item in reading.named(self._connection, self._lens, near)}
        named |= {item.name: item for item in more if item.kind in kinds.split()}
        if not named:
            return [], Docket((), self._lens.own)
        docket = reading.fold(self._connection, self._lens, list(named.values()))
        wanted = {_amended(docket, name) for name in named}
        known = [item.name for item in docket.items if item.name in wanted and item.name in docket.states]
        states = [docket.states[name] for name in known]
        return [s for s in states if docket.stands(s.first.name) and docket.ours(s.first.origin)], docket

    def _hits(self, state: State, *, lines: bool = False) -> list[Hit]:
        """Where the draft came near an item, as it reads after its amendments.

        With ``lines`` also where one of its docket lines did, which is a hit of the draft as a whole.
        """
        _, found = self._near.get(state.reads, ("", ()))
        hits: dict[str, Hit] = {}
        for one in found:
            if lines or not one.paragraph.startswith(_IN_LINE):
                paragraph = "" if one.paragraph.startswith(_IN_LINE) else one.paragraph
                hits.setdefault(paragraph, Hit(paragraph, one.rule, one.words))
        return list(hits.values())


def _beside(cable: Cable) -> str:
    """What a cable says beside its paragraphs, for whoever reads it."""
    said = [cable.subject, cable.kind, cable.signature.literal if cable.signature else ""]
    said += [cable.onward.how] if cable.onward else []
    said += [ask.literal for ask in cable.asks]
    said += [part for one in cable.references for part in (one.literal, one.note)]
    said += [part for one in cable.enclosures for part in (one.title, one.note)]
    said += [part for one in cable.annotations for part in (one.literal, one.reading)]
    said += [value for _, value in cable.extra]
    return "\n".join(filter(None, said))


def _telegrams(blocks: Sequence[Block]) -> Iterator[Cable]:
    """The telegrams that stand in these blocks, and in each other."""
    for block in blocks:
        match block:
            case Quotation():
                yield from _telegrams(block.blocks)
            case Carried():
                yield block.cable
                yield from _telegrams(block.cable.blocks)


def _told(docket: Docket) -> dict[str, list[str]]:
    """Who was told each item, by what our side entered as told."""
    told: dict[str, list[str]] = {}
    for state in docket.of_kind("disclosure"):
        told.setdefault(state.item.get("item"), []).extend(state.item.names("to"))
    return told


def _amended(docket: Docket, name: str) -> str:
    """The item that a name stands for: what it amends, where it is an amendment that counts."""
    seen = set()
    while name in docket.states and name not in seen:
        seen.add(name)
        target = docket.states[name].first.get("amends")
        if not target or name in docket.remarks:
            break
        name = target
    return name


def _carried_ids(cable: Cable) -> set[str]:
    """The names of the paragraphs that stand in carried telegrams."""
    inner = {id(paragraph) for paragraph in _inner(cable.blocks, inside=False)}
    return {name for name, paragraph in paragraph_ids(cable) if id(paragraph) in inner}


def _inner(blocks: Sequence[Block], *, inside: bool) -> Iterator[Paragraph]:
    for block in blocks:
        match block:
            case Paragraph():
                if inside:
                    yield block
            case Quotation():
                yield from _inner(block.blocks, inside=inside)
            case Carried():
                yield from _inner(block.cable.blocks, inside=True)


def _near(
    connection: Connection, ours: set[str], paragraphs: Sequence[tuple[str, str]]
) -> dict[str, tuple[str, list[Near]]]:
    """Where the paragraphs come near items of these posts that may warn, by their names, with their kinds.

    Whether an item stands is not asked yet: few are near, and only for those it is.
    """
    kinds, passages = _guarded(connection, ours)
    found: dict[str, tuple[str, list[Near]]] = {}
    for near in find_near(passages, paragraphs):
        found.setdefault(near.key, (kinds[near.key], []))[1].append(near)
    return found


def _guarded(connection: Connection, ours: set[str]) -> tuple[dict[str, str], list[Passage]]:
    """The kind of each item of these posts that may warn, and its words: what others send costs nothing.

    They are kept for the next draft until an item comes, whose entry is then the last, or goes.
    """
    state = (*connection.execute(_STATE).one(), *sorted(ours))
    kept = _kept.get(connection.engine)
    if kept is not None and kept[0] == state:
        return kept[1], kept[2]
    rows = []
    for row in connection.execute(_GUARDED.where(_d.origin.in_(sorted(ours)))).all():
        line = loads(row.body)
        fields = dict(line.get("fields", ()))
        if _may_warn(row.kind, fields):
            quote = line.get("quote", "")
            whole = "" if quote or "cites" in fields else line.get("paragraph", "")
            rows.append((row, Passage(row.item, split_phrases(fields.get("words", "")), quote), whole))
    wholes = _whole_paragraphs(connection, [(row.cable, whole) for row, _, whole in rows if whole])
    passages = [
        replace(passage, text=wholes.get((row.cable, whole), "")) if whole else passage
        for row, passage, whole in rows
    ]
    kinds = {row.item: row.kind for row, _, _ in rows}
    _kept[connection.engine] = (state, kinds, passages)
    return kinds, passages


def _may_warn(kind: str, fields: Mapping[str, str]) -> bool:
    """Whether what comes near an item could be warned of; a text that began as tabled is told already."""
    if kind == "instruction":
        return fields.get("mode") == "must not"
    return kind != "text" or "amends" in fields or fields.get("state", "drafted") in _NOT_SHOWN["text"]


def _whole_paragraphs(
    connection: Connection, wanted: Iterable[tuple[int, str]]
) -> dict[tuple[int, str], str]:
    """The text of paragraphs of cables, by the cable's entry and the paragraph's name."""
    asked: dict[int, set[str]] = {}
    for cable, paragraph in wanted:
        asked.setdefault(cable, set()).add(paragraph)
    found: dict[tuple[int, str], str] = {}
    every = iter(sorted(asked))
    while some := list(islice(every, _ROWS_AT_ONCE)):
        rows = connection.execute(select(_c.cable, _c.text).where(_c.cable.in_(some))).all()
        texts = find_texts(connection, [row.text for row in rows])
        for row in rows:
            text = texts[row.text]
            if text is not None:
                named = paragraph_ids(internet.reread(text.data))
                found |= {(row.cable, name): p.text for name, p in named if name in asked[row.cable]}
    return found
