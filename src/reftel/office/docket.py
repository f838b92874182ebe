"""Reading the docket out of the database: items by their names, issues and kinds, as one person may see them.

A list is read by keys and a page at a time, then folded (:mod:`reftel.docket.fold`) with everything that
speaks of it. An item is shown to who may read the cable that bears it; which posts are of which side,
and which issues are one, is told to all, or two people would read two dockets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from json import loads
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, TextClause, and_, select
from sqlalchemy import text as sql

from reftel.cable import internet
from reftel.cable.model import DocketLine
from reftel.docket.fold import Docket
from reftel.docket.items import (
    Item,
    Line,
    is_cable_name,
    is_item_name,
    issue_key,
    own_paragraph,
    problem_in,
    refs_of,
    split_names,
    texts_of,
)
from reftel.docket.kinds import REFERENCES
from reftel.errors import NotFound
from reftel.office.sight import Asker, Sight, seen_of
from reftel.register.log import find_text
from reftel.store import tables as t
from reftel.store.lists import is_one_of

_TOLD = ("post", "party", "into", "of", "amends", "talks")
_ROUNDS = 64
_ORDERING = ("post", "party", "merge", "unmerge", "strike")
_CHANGED = ("cancelled by", "corrected by")
NOT_HERE = "cites a cable that is not held here"
CANCELLED = "stands in a cable that was cancelled"
_d, _i, _r, _c = t.docket.c, t.docket_issues.c, t.docket_refs.c, t.cables.c


@dataclass(frozen=True, slots=True)
class Lens:
    """Through what the docket is read: this post's origin, who asks, and up to which register entry.

    ``asker`` is ``None`` for whoever holds the post's own keys; ``until`` is the last entry that counts,
    -1 for all.
    """

    own: str
    asker: Asker | None = None
    until: int = -1


def item_of(
    found: Line,
    *,
    base: str,
    cable: int,
    at: str,
    origin: str,
    entry: int = -1,
    who: str = "",
    standing: str = "",
) -> Item:
    """The item that a docket line is, under the entry that brought it."""
    line = found.line
    fields = dict(line.fields)
    return Item(
        name=f"{base}.{found.place}",
        kind=line.kind,
        origin=origin,
        at=at,
        cable=cable,
        entry=entry,
        talks=issue_key(fields.get("talks", "")),
        issues=split_names(fields.get("issue", "")),
        paragraph=line.paragraph,
        quote=line.quote,
        fields=fields | dict(refs_of(line, _inside(base, found.place))),
        speaker=found.speaker,
        reporter=found.reporter,
        who=who,
        same=found.same,
        through=found.through,
        standing=standing,
    )


def _inside(base: str, place: str) -> str:
    return f"{base}.{place.rpartition('.')[0]}" if "." in place else base


def _items(connection: Connection, lens: Lens, rows: Iterable[Row[Any]]) -> list[Item]:
    """The items of rows of the table ``docket``, those left out that are not for who asks."""
    rows = list(rows)
    cables = list(dict.fromkeys(row.cable for row in rows))
    seen = set(cables) if lens.asker is None else set(_readable(connection, lens.asker, cables))
    cited = _Cited(connection, lens)
    told = (row for row in rows if row.cable in seen)
    items = [item for row in told if (item := _item(cited, row)) is not None]
    changed = _changed(connection, lens, cables)
    return [_as_changed(item, changed) for item in items] if changed else items


def _changed(connection: Connection, lens: Lens, cables: Sequence[int]) -> dict[int, dict[str, int]]:
    """Which of these cables were cancelled or corrected, and by which cables."""
    link = t.links.c
    query = select(link.cable, link.relation, link.other).where(
        is_one_of(link.cable, cables), link.relation.in_(_CHANGED)
    )
    query = query if lens.until < 0 else query.where(link.entry <= lens.until)
    changed: dict[int, dict[str, int]] = {}
    for cable, relation, other in connection.execute(query):
        changed.setdefault(cable, {})[relation] = other
    return changed


def _as_changed(item: Item, changed: dict[int, dict[str, int]]) -> Item:
    """An item of a cancelled cable counts no more; one of a corrected cable says so.

    What our own people entered of sides and names on that cable is theirs, not the cable's.
    """
    by = changed.get(item.cable, {})
    ordered = item.who and item.kind in _ORDERING
    standing = item.standing or (CANCELLED if "cancelled by" in by and not ordered else "")
    return replace(item, standing=standing, corrected=by.get("corrected by", -1)) if by else item


def _for_all(connection: Connection, lens: Lens) -> list[Item]:
    """Which posts are of our side, which issues are one, and what was taken back of that.

    Of a cable that who asks may not read, an item is told for what it does alone. What other sides say
    of this does nothing, and is left out.
    """
    posts = _rows(connection, lens, _d.kind == "post", _d.origin == lens.own)
    posts += _taken_back(connection, lens, posts)
    everything = replace(lens, asker=None)
    ours = Docket(_items(connection, everything, posts), lens.own).our_posts()
    merges = _rows(connection, lens, _d.kind.in_(("merge", "unmerge")), _d.origin.in_(sorted(ours)))
    rows = [*posts, *merges, *_taken_back(connection, lens, merges)]
    items = _items(connection, everything, rows)
    shown = items if lens.asker is None else _items(connection, lens, rows)
    names = {item.name for item in shown}
    return [item if item.name in names else _hidden(item) for item in items]


def _taken_back(connection: Connection, lens: Lens, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    names = sorted({row.item for row in rows})
    struck = (is_one_of(_r.target, names), _r.relation == "of", _d.kind == "strike")
    return _joined(connection, lens, t.docket_refs, *struck) if names else []


def _hidden(item: Item) -> Item:
    fields = {name: value for name, value in item.fields.items() if name in _TOLD}
    return Item(
        name=item.name,
        kind=item.kind,
        origin=item.origin,
        at=item.at,
        talks=item.talks,
        issues=item.issues,
        fields=fields,
        standing=item.standing,
        hidden=True,
    )


def _readable(connection: Connection, asker: Asker, cables: Sequence[int]) -> list[int]:
    return seen_of(connection, asker.person, asker.roles, cables, Sight.TEXT)


def _item(cited: _Cited, row: Row[Any]) -> Item | None:
    # Not read strictly: a projected row is our own, and ``audit`` compares it letter for letter.
    body = loads(row.body)
    line = DocketLine(
        kind=row.kind,
        paragraph=body.get("paragraph", ""),
        quote=body.get("quote", ""),
        fields=tuple([(name, value) for name, value in body.get("fields", ())]),
    )
    place = row.item.rpartition("/")[2].partition(".")[2]
    standing = row.standing
    cites = dict(line.fields).get("cites", "")
    if cites and not standing:
        found = cited.problem(cites, line)
        if found is None:
            return None
        standing = found
    through = tuple(body.get("through", ()))
    speaker, reporter = body["speaker"], body["reporter"]
    return item_of(
        Line(line=line, place=place, same=row.same, through=through, speaker=speaker, reporter=reporter),
        base=row.item[: -len(place) - 1],
        cable=row.cable,
        at=row.at,
        origin=row.origin,
        entry=row.entry,
        who=row.who,
        standing=standing,
    )


class _Cited:
    """The cables that items quote besides those that bear them; each is read once for a list of items."""

    def __init__(self, connection: Connection, lens: Lens) -> None:
        self._connection, self._lens = connection, lens
        self._found: dict[str, Mapping[str, str] | str | None] = {}

    def problem(self, cites: str, line: DocketLine) -> str | None:
        """Why words quoted out of another cable do not count, or nothing; ``None`` if it may not be seen."""
        if cites not in self._found:
            self._found[cites] = self._texts(cites)
        found = self._found[cites]
        return found if found is None or isinstance(found, str) else problem_in(found, line)

    def _texts(self, cites: str) -> Mapping[str, str] | str | None:
        if not is_cable_name(cites):
            return NOT_HERE
        origin, _, leaf = cites.rpartition("/")
        query = select(_c.cable, _c.text).where(_c.origin == origin, _c.leaf == int(leaf))
        row = self._connection.execute(query).first()
        if row is None or (0 <= self._lens.until < row.cable):
            return NOT_HERE
        asker = self._lens.asker
        if asker is not None and not _readable(self._connection, asker, [row.cable]):
            return None
        text = find_text(self._connection, row.text)
        return NOT_HERE if text is None else texts_of(internet.reread(text.data))


def _rows(connection: Connection, lens: Lens, *where: ColumnElement[bool] | TextClause) -> list[Row[Any]]:
    query = select(t.docket).where(*where)
    return list(connection.execute(query if lens.until < 0 else query.where(_d.entry <= lens.until)))


def named(connection: Connection, lens: Lens, names: Iterable[str]) -> list[Item]:
    """The items of these names that are here and for who asks."""
    wanted = sorted(set(names))
    return _items(connection, lens, _rows(connection, lens, is_one_of(_d.item, wanted))) if wanted else []


def held_of(connection: Connection, lens: Lens, names: Collection[str]) -> set[str]:
    """Those of these names under which an item is here for who asks, whichever telegram brought it."""
    found = [*named(connection, lens, names), *_brought_again(connection, lens, names)]
    return {name for item in found for name in (item.name, item.same)}.intersection(names)


def problem_of_cited(connection: Connection, lens: Lens, line: DocketLine) -> str:
    """Why words quoted out of another cable do not stand there; empty where they do, or none is cited."""
    cites = dict(line.fields).get("cites", "")
    found = _Cited(connection, lens).problem(cites, line) if cites else ""
    return NOT_HERE if found is None else found


def of_kinds(
    connection: Connection, lens: Lens, kinds: Sequence[str], talks: str | None = None
) -> list[Item]:
    """Every item of these kinds, of one set of talks if asked for."""
    where = [_d.kind.in_(kinds)] + ([] if talks is None else [_d.talks == talks])
    return _items(connection, lens, _rows(connection, lens, *where))


def newest(connection: Connection, lens: Lens, kinds: Sequence[str], among: int) -> list[Item]:
    """Of the last ``among`` items of these kinds to come, those for who asks, the newest first."""
    last = select(t.docket).where(_d.kind.in_(kinds)).order_by(_d.entry.desc(), _d.n.desc()).limit(among)
    rows = connection.execute(last if lens.until < 0 else last.where(_d.entry <= lens.until)).all()
    return sorted(_items(connection, lens, rows), key=lambda item: item.order, reverse=True)


def of_cable(connection: Connection, lens: Lens, cable: int) -> list[Item]:
    """The items that one cable bears, its own and those entered while reading it."""
    return _items(connection, lens, _rows(connection, lens, _d.cable == cable))


def of_issues(
    connection: Connection, lens: Lens, talks: str, issues: Collection[str], kinds: Sequence[str] = ()
) -> list[Item]:
    """The items that name one of these issues (their keys), of these kinds if asked for."""
    names = [_i.talks == talks, is_one_of(_i.issue, issues)] + ([_i.kind.in_(kinds)] if kinds else [])
    rows = _joined(connection, lens, t.docket_issues, *names)
    return _items(connection, lens, {(row.cable, row.entry, row.n): row for row in rows}.values())


def known_issues(connection: Connection, lens: Lens, talks: str, issues: Collection[str]) -> set[str]:
    """Those of these issues (their keys) of which who asks may read an item."""
    query = select(_i.issue, _i.cable).distinct().where(_i.talks == talks, is_one_of(_i.issue, issues))
    query = query if lens.until < 0 else query.where(_i.entry <= lens.until)
    pairs = {(issue, cable) for issue, cable in connection.execute(query)}
    if lens.asker is None:
        return {issue for issue, _ in pairs}
    seen = set(_readable(connection, lens.asker, sorted({cable for _, cable in pairs})))
    return {issue for issue, cable in pairs if cable in seen}


def _joined(
    connection: Connection, lens: Lens, table: Table, *where: ColumnElement[bool] | TextClause
) -> list[Row[Any]]:
    """Rows of the docket by what another table says of them; one may come several times."""
    same = and_(*(_d[name] == table.c[name] for name in ("cable", "entry", "n")))
    query = select(t.docket).join(table, same).where(*where)
    return list(connection.execute(query if lens.until < 0 else query.where(table.c.entry <= lens.until)))


def closure(connection: Connection, lens: Lens, items: Iterable[Item]) -> list[Item]:
    """Everything that these items speak of and that speaks of them, and what all must know, beside them.

    Each round goes one item further, and after the last nothing is followed: a chain that a peer makes
    as long as it likes costs no more.
    """
    given = {item.name: item for item in items}
    found = {item.name: item for item in _for_all(connection, lens)}
    edge = list(given.values())
    for _ in range(_ROUNDS):
        if not edge:
            break
        targets = {item.fields[name] for item in edge for name in REFERENCES if is_item_name(item.get(name))}
        targets |= {item.same for item in edge if item.same}
        names = {item.name for item in edge} | {item.same for item in edge if item.same}
        edge = []
        for item in [
            *named(connection, lens, targets - set(found)),
            *_brought_again(connection, lens, targets | names),
            *_speaking_of(connection, lens, names),
        ]:
            if item.name not in found and item.name not in given:
                found[item.name] = item
                edge.append(item)
    return [item for name, item in found.items() if name not in given]


def _brought_again(connection: Connection, lens: Lens, names: Collection[str]) -> list[Item]:
    """The items of these names as carried telegrams brought them."""
    same = is_one_of(_d.same, sorted(names)), sql("docket.same <> ''")
    return _items(connection, lens, _rows(connection, lens, *same)) if names else []


def _speaking_of(connection: Connection, lens: Lens, names: Collection[str]) -> list[Item]:
    rows = _joined(connection, lens, t.docket_refs, is_one_of(_r.target, sorted(names))) if names else []
    return _items(connection, lens, {(row.cable, row.entry, row.n): row for row in rows}.values())


def fold(connection: Connection, lens: Lens, items: Sequence[Item]) -> Docket:
    """These items with everything that bears on them, read as one docket."""
    return Docket(_with_words(connection, [*closure(connection, lens, items), *items], set()), lens.own)


def whole(connection: Connection, lens: Lens) -> Docket:
    """The whole docket: for the export and the book."""
    items = _items(connection, lens, _rows(connection, lens))
    if lens.asker is not None:
        items += [item for item in _for_all(connection, lens) if item.hidden]
    return Docket(_with_words(connection, items, set()), lens.own)


def _with_words(connection: Connection, items: Sequence[Item], texts: set[str]) -> list[Item]:
    """The same items; agreements, texts agreed to and ``texts`` with the words of a paragraph meant whole."""
    wanted = texts | {item.get("text") for item in items if item.kind == "agreement"}
    return [
        replace(item, words=_whole_paragraph(connection, item)) if _wants_words(item, wanted) else item
        for item in items
    ]


def _wants_words(item: Item, texts: set[str]) -> bool:
    if item.quote or item.standing or not texts:
        return False
    return item.kind == "agreement" or (
        item.kind == "text" and not texts.isdisjoint({item.name, item.get("amends")})
    )


def _whole_paragraph(connection: Connection, item: Item) -> str:
    """The words of the paragraph that an item names; empty where they are not here."""
    query = select(_c.text).where(_c.cable == item.cable)
    if item.get("cites"):
        origin, _, leaf = item.get("cites").rpartition("/")
        query = select(_c.text).where(_c.origin == origin, _c.leaf == int(leaf))
    found = find_text(connection, connection.execute(query).scalar() or "")
    paragraph = None if found is None else own_paragraph(internet.reread(found.data), item.paragraph)
    return "" if paragraph is None else paragraph.text


def find_item(connection: Connection, lens: Lens, name: str) -> Docket:
    """One item with everything that bears on it.

    Raises :class:`NotFound`, in the same words whether it may not be seen or is not here.
    """
    found = named(connection, lens, [name]) or _brought_again(connection, lens, [name])
    if not found:
        raise NotFound(
            "there is no such item in the docket, or it is not for you",
            mend="`reftel docket list` shows the names of items, such as beijing.example/212.3.",
        )
    texts = {found[0].get("amends") or found[0].name} if found[0].kind == "text" else set()
    items = _with_words(connection, [*closure(connection, lens, found), *found], texts)
    return Docket(items, lens.own)
