"""What a set of items comes to: questions open or answered, instructions in force, issues under their names.

Rules that this file keeps:

* the outcome follows from the set of items alone: in whatever order, and however often, they arrived,
  they are read by the clock of the post that registered each;
* nothing is thrown away: an item that can have no effect keeps its place, with the reason;
* only posts of our own side speak for it. What another side's post sends is that side's word: it moves
  nothing of ours, amends nothing of ours, and puts no question to our principals. Which posts are of our
  side is what this post's own people entered, never what a cable says of itself;
* who carries a telegram does not say what stands in it: what came by a post that is not of our side is
  that post's word, whichever of ours passed it on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from reftel.docket.agreement import AGREED, NOT_COUNTED, agreement_of, agreements
from reftel.docket.items import Item, issue_key
from reftel.docket.kinds import KINDS, REFERENCES
from reftel.docket.lifecycle import ANSWERS, TABLES, advance, first_state
from reftel.errors import NotAllowed

OUT_OF_TURN = "comes out of turn: {state}"
NOT_HELD = "speaks of an item that is not held here"
OTHER_TALKS = "speaks of an item of other talks"
OTHER_SIDE = "speaks of an item of another side"
CIRCULAR = "would close a circle"
OTHER_KIND = "speaks of an item of another kind"
GIVEN = "would take back an agreement that was given"
STRUCK = "would take back a strike: enter anew what was struck out"

_BEFORE = ("strike", "amends", "unmerge", "merge", "confirmation", "bracket", "agreement")
"""What is done to items before they act on one another, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One thing that was done with an item: by which item, what, and the state it left."""

    by: Item
    act: str
    state: str


@dataclass(slots=True, kw_only=True)
class State:
    """An item as it stands: what it says after its amendments, its state, and how it came there.

    ``item`` is as amended, under the first one's name; ``first`` as it was first entered; ``reads`` names
    the one that it reads as. ``amended`` are its amendments in their order, those struck out too.
    ``struck`` is the item that struck it out, ``confirmed`` those that say the same.
    """

    item: Item
    first: Item
    reads: str = ""
    state: str = ""
    moves: list[Move] = field(default_factory=list)
    amended: list[Item] = field(default_factory=list)
    confirmed: list[Item] = field(default_factory=list)
    struck: Item | None = None

    @property
    def former(self) -> tuple[Item, ...]:
        """As it read before, or would by an amendment that was struck out."""
        return tuple(one for one in (self.first, *self.amended) if one.name != self.reads)


@dataclass(slots=True, kw_only=True)
class Issue:
    """An issue under all its names; ``numbers`` are the numbers printed for it, each in one cable alone."""

    key: str
    talks: str
    name: str
    names: list[str] = field(default_factory=list)
    level: str = ""
    about: str = ""
    numbers: list[tuple[str, Item]] = field(default_factory=list)


class Docket:
    """The items of one docket, read in their own order. ``own`` is the origin of the post that reads."""

    def __init__(self, items: Iterable[Item], own: str) -> None:
        self.own = own
        self.states: dict[str, State] = {}
        self.remarks: dict[str, str] = {}
        """Why an item that would have done something did nothing, by its name."""
        self.copies: dict[str, list[Item]] = {}
        """The same item as carried telegrams brought it again, by its name."""
        self._called: dict[str, str] = {}
        self._parents: dict[tuple[str, str], tuple[str, str]] = {}
        self._together: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._goes_as: dict[tuple[str, str], tuple[str, str]] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._shown: set[tuple[str, str]] = set()
        self._undone: set[str] = set()
        self._amends: dict[str, str] = {}
        self._sealed: dict[str, str] = {}
        self._superseded: dict[str, str] = {}
        every = {item.name: item for item in items}
        self.items = sorted(every.values(), key=lambda item: item.order)
        self._sides = self._read_sides()
        self.items = self._once([self._by_whom_it_came(item) for item in self.items])
        for item in self.items:
            if item.standing:
                self.remarks[item.name] = item.standing
            else:
                self._begin(item)
        counted = [item for item in self.items if not item.standing]
        before = [item for item in counted if item.kind in _BEFORE or "amends" in item.fields]
        for kind in _BEFORE:
            for item in before:
                self._apply(kind, item)
        self._gather()
        for name, state in self.states.items():
            if agreements(state):
                self._seal(name, state)
        for item in self.items:
            if item.name in self.states and self.states[item.name].struck is None:
                self._act(item)

    def _once(self, items: list[Item]) -> list[Item]:
        """Each item once: what a carried telegram brings again is kept beside the one it repeats.

        Where the first is not here itself, the first that was brought stands for it, under both names; for
        one of our side only what posts of our side brought.
        """
        by_name = {item.name: item for item in items}
        brought: dict[str, Item] = {}
        kept = []
        for item in items:
            original = by_name.get(item.same) if item.same != item.name else None
            first = original or brought.get(item.same)
            if first is not None and _says(first) == _says(item):
                self.copies.setdefault(first.name, []).append(item)
                self._called[item.name] = first.name
                continue
            kept.append(item)
            if item.same and original is None and self._stands_for(item):
                brought.setdefault(item.same, item)
                self._called.setdefault(item.same, item.name)
        return [self._pointing(item) for item in kept] if self._called else kept

    def _stands_for(self, item: Item) -> bool:
        return self.ours(item.origin) or not self.ours(item.same.partition("/")[0])

    def _pointing(self, item: Item) -> Item:
        """An item whose fields name other items as they are called here."""
        other = {
            name: self.here(item.fields[name])
            for name in REFERENCES
            if self.here(item.get(name)) != item.get(name)
        }
        return replace(item, fields={**item.fields, **other}) if other else item

    def here(self, name: str) -> str:
        """The name under which an item stands here, whichever telegram brought it under the one given."""
        return self._called.get(name, name)

    def amended_by(self, name: str) -> str:
        """The name of the item in whose place an item stands; its own where it amends none."""
        here = self.here(name)
        return self._amends.get(here, here)

    def _read_sides(self) -> dict[str, str]:
        """The party of each post, as this post's own people last entered it and did not take back."""
        entered = (item for item in self.items if item.origin == self.own and not item.carried)
        own = [item for item in entered if not item.standing]
        posts = {item.name: item for item in own if item.kind == "post"}
        # What was struck out first: an amendment that was takes the place of nothing.
        for kind, points in (("strike", "of"), ("post", "amends")):
            gone = set()
            for item in own:
                target = posts.get(item.get(points)) if item.kind == kind else None
                speaks = item.kind == "strike" or item.name in posts
                if speaks and target is not None and target.talks == item.talks and target.order < item.order:
                    gone.add(target.name)
            posts = {name: item for name, item in posts.items() if name not in gone}
        return {item.get("post"): issue_key(item.get("party")) for item in posts.values()}

    def _by_whom_it_came(self, item: Item) -> Item:
        """An item of a carried telegram, as the word of the first post on its way that is not of our side."""
        other = next((post for post in item.through if not self.ours(post)), "")
        return replace(item, origin=other) if other and self.ours(item.origin) else item

    def ours(self, origin: str) -> bool:
        """Whether a post is of our side; one whose side nobody entered is not."""
        side = self._sides.get(self.own)
        return origin == self.own or (side is not None and self._sides.get(origin) == side)

    def our_posts(self) -> set[str]:
        """The origins of the posts of our side, this one's too."""
        return {self.own, *filter(self.ours, self._sides)}

    def side(self, origin: str) -> str:
        """The key of the party to which a post belongs; empty where nobody entered it."""
        return self._sides.get(origin, "")

    def parties(self) -> set[str]:
        """The keys of the parties that have a post."""
        return set(self._sides.values())

    def _begin(self, item: Item) -> None:
        state = first_state(item.kind, item.get("state")) if item.kind in TABLES else ""
        self.states[item.name] = State(item=item, first=item, reads=item.name, state=state)
        for name in item.issues:
            key = (item.talks, issue_key(name))
            self._parents.setdefault(key, key)
            self._name(item, key, name)

    def _name(self, item: Item, key: tuple[str, str], name: str) -> None:
        """An issue goes under the name that our own side gave it first."""
        if item.hidden:
            return
        self._shown.add(key)
        if self.ours(item.origin):
            self._names.setdefault(key, name)

    def _target(self, item: Item, name: str) -> State | None:
        """The item that a field points to, if this one may speak of it; the reason is kept if not."""
        if not name:
            return None
        found = self.states.get(name)
        if found is None:
            self.remarks[item.name] = NOT_HELD
        elif found.first.talks != item.talks:
            self.remarks[item.name] = OTHER_TALKS
        elif not self._may(item, found.first):
            self.remarks[item.name] = OTHER_SIDE
        elif found.first.kind == "agreement" and item.kind in {"strike", "agreement"}:
            self.remarks[item.name] = GIVEN
        else:
            # Whoever names an amendment speaks of what it amends.
            return self.states[self._amends.get(name, name)]
        return None

    def _may(self, item: Item, of: Item) -> bool:
        """A side speaks of its own items; a text is agreed to and bracketed by both."""
        if of.kind == "text" and item.kind in {"agreement", "bracket", "confirmation"}:
            return True
        if self.ours(item.origin):
            return self.ours(of.origin) or item.kind in {"step", "disclosure", "answer"}
        return item.origin == of.origin or (
            bool(self.side(of.origin)) and self.side(item.origin) == self.side(of.origin)
        )

    def _apply(self, kind: str, item: Item) -> None:
        """Strike, amend, merge, confirm: what is done to items before they act."""
        if kind == "amends" and item.get("amends"):
            self._amend(item)
        elif kind == item.kind == "strike":
            target = self._target(item, item.get("of"))
            if target is not None and target.first.kind == "strike":
                self.remarks[item.name] = STRUCK
            elif target is not None:
                target.struck = item
        elif self.states[item.name].struck is not None:
            return
        elif kind == item.kind == "confirmation":
            target = self._target(item, item.get("item"))
            if target is not None:
                target.confirmed.append(item)
        elif kind == item.kind == "unmerge" and self.stands(item.name):
            self._unmerge(item)
        elif kind == item.kind == "merge" and self.ours(item.origin) and self.stands(item.name):
            self._merge(self.states[item.name].item)
        elif kind == item.kind in {"bracket", "agreement"}:
            self._speak_of_text(item)

    def _amend(self, item: Item) -> None:
        """Put an item in the place of the one that it amends, or that the amendment which it names amends."""
        target = self._target(item, item.get("amends"))
        if target is not None and target.first.kind != item.kind:
            self.remarks[item.name] = OTHER_KIND
        elif target is not None and target.first.order >= item.order:
            self.remarks[item.name] = CIRCULAR
        elif target is not None:
            self._amends[item.name] = target.first.name
            target.amended.append(item)
            if self.states[item.name].struck is None:
                target.item, target.reads = replace(item, name=target.first.name), item.name

    def _speak_of_text(self, item: Item) -> None:
        target = self._target(item, item.get("text"))
        if target is not None and target.first.kind != "text":
            self.remarks[item.name] = OTHER_KIND
        elif target is not None:
            target.moves.append(Move(by=item, act=item.kind, state=target.state))

    def _seal(self, name: str, state: State) -> None:
        """Hold a text to the words that both sides agreed to, whatever one of them did since."""
        found = agreement_of(self, name)
        unheard = {voice.item.name: voice.remark for voice in found.unheard}
        self.remarks |= unheard
        state.moves = [replace(m, act=NOT_COUNTED) if m.by.name in unheard else m for m in state.moves]
        if found.version.sealed is None:
            return
        self._sealed[found.version.sealed.name] = name
        for held in (state, self.states[found.version.item.name]):
            if held.struck is not None:
                self.remarks[held.struck.name] = AGREED
                held.struck = None
        state.item, state.reads = replace(found.version.item, name=name), found.version.item.name
        later = found.versions.index(found.version) + 1
        self.remarks |= {version.item.name: AGREED for version in found.versions[later:]}

    def _unmerge(self, item: Item) -> None:
        target = self._target(item, item.get("of"))
        if target is not None and target.first.kind != "merge":
            self.remarks[item.name] = OTHER_KIND
        elif target is not None:
            self._undone.add(target.first.name)

    def _merge(self, item: Item) -> None:
        if item.name in self._undone:
            return
        named = (item.talks, issue_key(item.get("into")))
        into = self._find(named)
        for name in item.issues:
            root = self._find((item.talks, issue_key(name)))
            if root == into:
                self.remarks[item.name] = CIRCULAR
            else:
                self._parents[root] = into
                self._parents.setdefault(into, into)
                self._name(item, named, item.get("into"))

    def _find(self, key: tuple[str, str]) -> tuple[str, str]:
        parents = self._parents
        while (above := parents.get(key, key)) != key:
            parents[key] = parents.get(above, above)
            key = parents[key]
        return key

    def _gather(self) -> None:
        """Find what goes together, and under which key: one that may be shown, the root's own if it may."""
        for key in list(self._parents):
            self._together.setdefault(self._find(key), []).append(key)
        for root, keys in self._together.items():
            if root not in self._shown:
                self._goes_as[root] = next((key for key in keys if key in self._shown), root)

    def root(self, talks: str, issue: str) -> str:
        """The key of the issue into which this one was merged; its own where it was not."""
        return self._key((talks, issue))[1]

    def _key(self, key: tuple[str, str]) -> tuple[str, str]:
        root = self._find(key)
        return self._goes_as.get(root, root)

    def merged_with(self, talks: str, issue: str) -> set[str]:
        """Every key under which the same issue goes."""
        key = (talks, issue)
        return {other for _, other in self._together.get(self._find(key), [key])}

    def _act(self, item: Item) -> None:
        """What an item does to another: an answer, a step, a supersession."""
        if not self.stands(item.name):
            return
        current = self.states[item.name].item
        match current.kind:
            case "answer" if current.get("question"):
                self._move(item, current.get("question"), ANSWERS[current.get("how")], "question")
            case "step":
                self._move(item, current.get("of"), current.get("step"), "")
            case "instruction" if current.get("supersedes"):
                self._supersede(item, current.get("supersedes"))
            case "agreement" if item.name in self._sealed:
                self._agree(item, self.states[self._sealed[item.name]])

    def _agree(self, item: Item, text: State) -> None:
        """A text is agreed with the agreement that was still wanted, whatever its state was."""
        text.state = (
            text.state if text.state in {"agreed", "signed"} else advance("text", text.state, "agree")
        )
        text.moves.append(Move(by=item, act="agree", state=text.state))

    def _supersede(self, item: Item, target: str) -> None:
        target = self._amends.get(target, target)
        if self._last_superseded(target) == item.name:
            self.remarks[item.name] = CIRCULAR
            return
        self._move(item, target, "supersede", "instruction")
        if item.name not in self.remarks:
            self._superseded[item.name] = target

    def _last_superseded(self, name: str) -> str:
        """The end of a chain of instructions, each in the place of the next; what was walked is shortened."""
        below = self._superseded
        while (target := below.get(name, name)) != name:
            below[name] = below.get(target, target)
            name = below[name]
        return name

    def _move(self, item: Item, name: str, act: str, kind: str) -> None:
        target = self._target(item, name)
        if target is None:
            return
        if target.first.kind not in ((kind,) if kind else TABLES):
            self.remarks[item.name] = OTHER_KIND
            return
        try:
            state = advance(target.first.kind, target.state, act)
        except NotAllowed:
            self.remarks[item.name] = OUT_OF_TURN.format(state=target.state)
            return
        target.state = state
        target.moves.append(Move(by=item, act=act, state=state))

    def of_kind(self, *kinds: str, ours: bool = True) -> list[State]:
        """The items of these kinds that stand, in their order; our side's alone where ``ours`` is set."""
        return [
            self.states[item.name]
            for item in self.items
            if item.kind in kinds and self._shows(item) and (not ours or self.ours(item.origin))
        ]

    def _shows(self, item: Item) -> bool:
        return not item.hidden and self.stands(item.name) and not self.states[item.name].item.hidden

    def stands(self, name: str) -> bool:
        """Whether an item is one by itself: not struck out, not an amendment of another."""
        state = self.states.get(name)
        return (
            state is not None
            and state.struck is None
            and not (state.first.get("amends") and name not in self.remarks)
        )

    def issues(self) -> dict[tuple[str, str], Issue]:
        """Every issue by talks and key, under the name that our own side gave it first."""
        found: dict[tuple[str, str], Issue] = {}
        named: dict[tuple[str, str], dict[str, None]] = {}
        for state in self.of_kind(*KINDS, ours=False):
            for name in state.item.issues:
                key = self._key((state.item.talks, issue_key(name)))
                if key not in found:
                    found[key] = Issue(key=key[1], talks=key[0], name=self._names.get(key, name))
                named.setdefault(key, {})[name] = None
                if state.item.kind == "issue":
                    _describe(found[key], state.item)
        for key, issue in found.items():
            issue.names.extend(named[key])
        return found


def _describe(issue: Issue, item: Item) -> None:
    issue.level = item.get("level") or issue.level
    issue.about = item.get("about") or issue.about
    if item.get("number"):
        issue.numbers.append((item.get("number"), item))


def _says(item: Item) -> tuple[str, str, Mapping[str, str]]:
    """What an item says, whatever it is called: a line of the same telegram is named by its place there."""
    base = item.name.rpartition(".")[0]
    beside = {
        name: f"#{value.rpartition('.')[2]}"
        for name in REFERENCES
        if (value := item.get(name)).rpartition(".")[0] == base
    }
    return item.kind, item.quote, {**item.fields, **beside}
