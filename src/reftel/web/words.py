"""Every act in plain words, from the act itself: what somebody reads before the passkey is touched.

Nothing is said here that does not stand in the act, except the names of what it points to: the
number and marking of a cable, the name of a post. Where a rule is waived the words say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from reftel.cable.model import Precedence
from reftel.office.naming import cable_called, post_called
from reftel.office.office import RULES
from reftel.register.entries import Json, unb64
from reftel.store.engine import View

PROOF: Final = (
    "Your signature is kept in the register with this act. It proves, to whoever has the register, that "
    "your passkey signed exactly this: a database that was stolen or altered cannot forge it. It does "
    "not protect you from a server that shows you other words than those it has you sign."
)


def words(connection: View, acts: Sequence[Json]) -> list[str]:
    """What these acts of one undertaking say, a sentence each; then who does it, and what is waived."""
    names = Names(connection)
    said = [sentence(names, act) for act in acts]
    first = acts[0]
    said.append(_who(first))
    waived = dict.fromkeys(rule for act in acts for rule in act.get("waived", []))
    said += [f"WAIVED, as the act says: the rule that {RULES.get(rule, rule)}." for rule in waived]
    return said


@dataclass(frozen=True, slots=True)
class Names:
    """What things that an act points to are called here."""

    connection: View

    def cable(self, entry: int) -> str:
        """A cable by its number, with its marking."""
        return cable_called(self.connection, entry)

    def post(self, origin: str) -> str:
        """A post by its name."""
        return post_called(self.connection, origin)


Say: TypeAlias = Callable[[Names, Json], str]


def sentence(names: Names, act: Json) -> str:
    """One act in words."""
    say = _SAID.get(act["kind"])
    return f"Sign the act {act['kind']!r}." if say is None else say(names, act)


def _who(act: Json) -> str:
    who = f"{act['who']} does this as {act['role']} of {act['post']}"
    if "by" in act:
        who += f", has no key, and {act['by']} records and signs it"
    if "stated" in act:
        who += f"; the time stated for it is {act['stated'][0]}"
    if act.get("witnesses"):
        who += f"; witnessed by {listed(act['witnesses'])}"
    if act.get("officers"):
        who += f"; the officers are {listed(act['officers'])}"
    return f"{who}. Made {act['made'].replace('T', ' ')[:16]} UTC."


def listed(items: Sequence[str]) -> str:
    """``a``; ``a and b``; ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def fingerprint(commitment: str) -> str:
    """The beginning of a text's commitment, as groups to compare with what the cable's page shows."""
    digits = unb64(commitment, 32).hex()[:32]
    return " ".join(digits[at : at + 4] for at in range(0, 32, 4))


def _text(commitment: str) -> str:
    return f"the text with the fingerprint {fingerprint(commitment)}"


def _quoted(text: str) -> str:
    return f"\N{LEFT DOUBLE QUOTATION MARK}{text}\N{RIGHT DOUBLE QUOTATION MARK}"


def _numbers(act: Json) -> str:
    given = [f"{number[0]} {number[1]}" for number in act.get("numbers", [])]
    return f", with {listed(given)}" if given else ""


def _on(before: str, after: str = "") -> Say:
    return lambda names, act: f"{before} {names.cable(act['on'])}{after}."


def _entered(_names: Names, act: Json) -> str:
    more = _numbers(act)
    if "scan" in act:
        more += f", with a scan of the paper ({fingerprint(act['scan'])})"
    if act.get("marks"):
        more += f", and {len(act['marks'])} marks that offices wrote on it"
    return f"Enter a cable from paper: {_text(act['text'])}{more}."


def _adopted(names: Names, act: Json) -> str:
    made = act["decision"]
    said = f"Record that {made['body']} adopted {names.cable(act['on'])}, by {made['reference']}, "
    said += f"{_quoted(made['title'])}: {_quoted(made['text'])}. "
    said += f"It holds for {_text(act['version'])}, and no other."
    return said + (f" It replaces the decision under entry {act['replaces']}." if "replaces" in act else "")


def _released(names: Names, act: Json) -> str:
    to = (
        listed([names.post(post) for post in act["to"]])
        or "no post: its addressees are reached by other ways"
    )
    speed = Precedence(act["precedence"]).name if act["precedence"] >= 0 else "without a precedence"
    asks = {0: "", 1: " It asks one thing."}.get(act["asks"], f" It asks {act['asks']} things.")
    return (
        f"Release {names.cable(act['on'])} as cable {act['mrn']} to {to}, {speed}: you adopt "
        f"{_text(act['version'])}; as sent it is {_text(act['text'])}.{asks}"
    )


def _deciphered(names: Names, act: Json) -> str:
    number = f", incoming {act['incoming']}" if act.get("incoming") else ""
    return (
        f"Enter cable {act['mrn']} of {names.post(act['from'])}{number}{_numbers(act)}: deciphered, and "
        f"proved to stand under entry {act['leaf']} of that post's register; {_text(act['text'])}."
    )


def _annotated(names: Names, act: Json) -> str:
    notes = [
        f"{note['layer']}: "
        + " means ".join(_quoted(note[part]) for part in ("literal", "reading") if note.get(part))
        for note in act["annotations"]
    ]
    return f"Note beside {names.cable(act['on'])}: {'; '.join(notes)}. The text stays as it is."


def _docketed(names: Names, act: Json) -> str:
    what = "1 item" if act["count"] == 1 else f"{act['count']} items"
    return f"Enter {what} into the docket, out of {names.cable(act['on'])}: {_text(act['slip'])}."


def _warnings_accepted(names: Names, act: Json) -> str:
    accepted = "; ".join(f"{key}: {_quoted(reason)}" for key, reason in act["accepted"])
    said = f"Accept what the docket warns of {names.cable(act['on'])}: {accepted}. "
    return said + f"It holds for {_text(act['version'])}, and no other."


def _printed(names: Names, act: Json) -> str:
    seqs = [copy[0] for copy in act["copies"]]
    said = f"Print {_copies(seqs)} of {names.cable(act['on'])}"
    said += f", print number {act['print_number']}" if act.get("print_number") else ""
    said += f", to come back to {act['return_to']}" if act.get("return_to") else ""
    holders = [f"{copy[0]} with {copy[3]}" for copy in act["copies"] if copy[3]]
    lost = [f"{copy[0]} ({copy[4]})" for copy in act["copies"] if copy[4]]
    said += f". The list has {listed(holders)}" if holders else ""
    return said + (f". Unaccounted for: {listed(lost)}." if lost else ".")


def _copies(seqs: Sequence[int]) -> str:
    """``copy 3``; ``copies 1 to 8``; ``copies 1, 3 and 4``."""
    if len(seqs) == 1:
        return f"copy {seqs[0]}"
    if len(seqs) > 2 and list(seqs) == list(range(seqs[0], seqs[-1] + 1)):
        return f"copies {seqs[0]} to {seqs[-1]}"
    return f"copies {listed([str(seq) for seq in seqs])}"


def _verified(names: Names, act: Json) -> str:
    held = ", ".join(filter(None, (act.get("rank", ""), act.get("post_held", ""))))
    said = f"Verify {names.cable(act['on'])}{f' as {held}' if held else ''}"
    return f"{said}: the sheet was compared with the deciphered text, {_text(act['version'])}."


def _issued(names: Names, act: Json) -> str:
    return f"Issue of {names.cable(act['on'])}: {'; '.join(_issue(*copy) for copy in act['copies'])}."


def _issue(_cable: int, seq: int, _state: str, _move: str, values: Json) -> str:
    said = f"copy {seq} to {values['holder']}"
    said += f" for {values['purpose']}" if values.get("purpose") else ""
    if values.get("sealed_to"):
        said += f", sealed to the reader's key {values['sealed_to'][:16]}"
    else:
        said += ", on paper"
    said += f", due back {values['return_by']}" if values.get("return_by") else ""
    return said + (f" at {values['return_to']}" if values.get("return_to") else "")


def _one(before: str, after: Callable[[Names, Json], str] = lambda _names, _act: "") -> Say:
    def say(names: Names, act: Json) -> str:
        return f"{before} {_copies([act['copies'][0][1]])} of {names.cable(act['on'])}{after(names, act)}."

    return say


def _passed(_names: Names, act: Json) -> str:
    sealed = act["copies"][0][4].get("sealed_to")
    return f" from {act['from']} to {act['to']}" + (", sealed anew to that reader's key" if sealed else "")


def _destroyed(names: Names, act: Json) -> str:
    by_cable: dict[int, list[int]] = {}
    for cable, seq, *_ in act["copies"]:
        by_cable.setdefault(cable, []).append(seq)
    which = listed([f"{_copies(seqs)} of {names.cable(cable)}" for cable, seqs in by_cable.items()])
    if act.get("emergency"):
        return f"EMERGENCY: destroy at once {len(act['copies'])} copies that lie in the office: {which}."
    return f"Destroy {which}{_how(act)}, before {listed(act['witnesses']) or 'no witness'}."


def _how(act: Json) -> str:
    return f" ({act['how']})" if act.get("how") else ""


def _inventoried(_names: Names, act: Json) -> str:
    where = f"in the hands of {act['holder']}" if act["holder"] else "in the safe"
    said = f"Inventory {where}: {len(act['found'])} copies found"
    missing = [f"entry:{copy[0]}/{copy[1]}" for copy in act["copies"]]
    said += f"; missing, and unaccounted for from now on: {listed(missing)}" if missing else "; none missing"
    odd = [f"entry:{cable}/{seq}" for cable, seq in act.get("unexpected", [])]
    return said + (f"; not expected there: {listed(odd)}." if odd else ".")


def _linked(before: str, between: str) -> Say:
    def say(names: Names, act: Json) -> str:
        return f"{before} {names.cable(act['on'])} {between} {names.cable(act['links'][0][1])}."

    return say


def _acknowledged(names: Names, act: Json) -> str:
    by = f", by {names.cable(act['links'][0][1])}" if act.get("links") else ""
    return f"Acknowledge {names.cable(act['on'])}{by}."


def _downgraded(names: Names, act: Json) -> str:
    marking = " ".join(filter(None, act["marking"].split("\x1f"))) or "no marking"
    return f"Downgrade {names.cable(act['on'])} to {marking}, on the authority of {act['authority']}."


def _tasked(names: Names, act: Json) -> str:
    due = f", due {act['due']}" if act["due"] else ""
    return f"Task {act['owner']}, out of {names.cable(act['on'])}: {_quoted(act['literal'])}{due}."


def _tasking(before: str, after: Callable[[Names, Json], str]) -> Say:
    return lambda names, act: f"{before} tasking {act['n']} of {names.cable(act['on'])}{after(names, act)}."


def _person(_names: Names, act: Json) -> str:
    said = f"Admit {act['person']} as {listed(act['roles'])}, cleared for {act['clearance'] or 'nothing'}"
    said += f" and admitted to {listed(act['captions'])}" if act.get("captions") else ""
    said += f", with the key {act['key_id']}" if act.get("key_id") else ""
    return said + (f" in place of the key {act['replaces']}." if "replaces" in act else ".")


def _rule(_names: Names, act: Json) -> str:
    says = RULES.get(act["rule"], act["rule"])
    return f"Switch {'OFF' if act['off'] else 'on'} the rule that {says}, by {act['decision']}."


def _passkey(_names: Names, act: Json) -> str:
    said = f"Add the passkey {_quoted(act['label'])} ({act['key_id']}) to your own, for {act['origin']}"
    return f"{said}. It signs for you and opens your copies from now on, as this one does."


def _passkey_admitted(_names: Names, act: Json) -> str:
    reader = f" and the reader's key {act['fingerprint'][:16]}" if act.get("fingerprint") else ""
    return (
        f"Admit the passkey {act['key_id']}{reader} of {act['person']}: you compared the number that was "
        "shown with that person, by voice or in person."
    )


def _handed(_names: Names, act: Json) -> str:
    note = f": {_quoted(act['note'])}" if act["note"] else ""
    return (
        f"Hand the shift over to {act['to']}{note}. Open: {act['undeciphered']} to decipher, "
        f"{act['undispatched']} to dispatch, {act['open_tasks']} taskings."
    )


def _card(_names: Names, act: Json) -> str:
    said = f"Admit card {act['serial']} of {act['name']} ({act['origin']}), fingerprint {act['fingerprint']}"
    how = "you compared it with that post" if act.get("compared") else "it follows the card known before"
    return f"{said}: {how}."


def _destroyed_text(names: Names, act: Json) -> str:
    many = len(act["texts"])
    what = "its text" if many == 1 else f"its {many} texts and scans"
    return f"Destroy for good {what} of {names.cable(act['on'])}: {act['reason']}. The register stays valid."


def _shed(names: Names, act: Json) -> str:
    what = "the drafts" if act.get("drafts") else "this office's own text"
    said = f"Shed for good {what} of {names.cable(act['on'])}: {act['reason']}."
    return f"{said} Only the readers to whose keys it is sealed can read it then."


def _named(_names: Names, act: Json) -> str:
    printed = listed([_quoted(name) for name in act["detail"].get("printed", [])])
    said = f"Enter {act['name']} ({act['as']}) into the authority list"
    return said + (f", printed as {printed}." if printed else ".")


_SAID: Mapping[str, Say] = {
    "drafted": lambda _names, act: f"Enter a draft: {_text(act['text'])}.",
    "edited": lambda names, act: (
        f"Put {_text(act['text'])} in place of that of {names.cable(act['on'])}. What was cleared or adopted "
        "of the old text is void."
    ),
    "clearance asked": lambda names, act: f"Ask {act['officer']} to clear {names.cable(act['on'])}.",
    "cleared": lambda names, act: (
        f"Clear {names.cable(act['on'])} exactly as it stands: {_text(act['version'])}."
    ),
    "adopted": _adopted,
    "decision voided": lambda names, act: (
        f"Void the decision under entry {act['decision']} on {names.cable(act['on'])}: {act['reason']}."
    ),
    "withdrawn": _on("Withdraw", "; it will not be released"),
    "released": _released,
    "rerun asked": lambda names, act: (
        f"Have {names.cable(act['on'])} sealed again for {names.post(act['to'])}, after {act['after']}."
    ),
    "deciphered": _deciphered,
    "entered": _entered,
    "numbered": lambda names, act: f"Number {names.cable(act['on'])}{_numbers(act)}.",
    "annotated": _annotated,
    "docketed": _docketed,
    "warnings accepted": _warnings_accepted,
    "printed": _printed,
    "verified": _verified,
    "acknowledged": _acknowledged,
    "issued": _issued,
    "opened": _one("Open", lambda _names, _act: ": the register notes that you have read it"),
    "passed": _one("Pass", _passed),
    "returned": _one("Take back", lambda _names, act: f" from {act['from']}"),
    "lost": _one(
        "Report the loss of",
        lambda _names, act: f", last with {act['from'] or 'the office'}: {act['reason']}",
    ),
    "found": _one("Put back into the file", lambda _names, act: f", found: {act['where']}"),
    "destroyed": _destroyed,
    "inventoried": _inventoried,
    "cancelled": _linked("Cancel", "by"),
    "corrected": _linked("Note that", "is corrected by"),
    "readdressed": _on("Carry on, in that draft,", "; its number, its time and its proof are kept"),
    "downgraded": _downgraded,
    "tasked": _tasked,
    "chased": _tasking("Chase", lambda _names, act: f", for the {_nth(act['chased'])} time"),
    "fulfilled": _tasking("Close", lambda names, act: f": fulfilled by {names.cable(act['closed_by'])}"),
    "part fulfilled": _tasking(
        "Note of", lambda names, act: f": fulfilled in part by {names.cable(act['closed_by'])}; it stays open"
    ),
    "tasking cancelled": _tasking("Close", lambda _names, act: f": no longer wanted, {act['reason']}"),
    "person admitted": _person,
    "person departed": lambda _names, act: f"Note that {act['person']} has left the post.",
    "invited": lambda _names, act: (
        f"Invite {act['person']} to enrol a passkey, with the code on the slip, until {act['until'][:10]}."
    ),
    "passkey enrolled": _passkey,
    "passkey admitted": _passkey_admitted,
    "passkey revoked": lambda _names, act: (
        f"Revoke a passkey of {act['person']} for good ({act['credential'][:12]}): {act['reason']}."
    ),
    "recovery kept": lambda _names, _act: (
        "Keep your reader's key wrapped under the recovery phrase that was shown, in place of any before."
    ),
    "reader known": lambda names, act: (
        f"Enter the key {act['fingerprint'][:16]} of the reader {act['person']} of "
        f"{names.post(act['origin'])}, as that post vouches for it."
    ),
    "reader confirmed": lambda names, act: (
        f"Confirm that {act['fingerprint']} is the key of {act['person']} of "
        f"{names.post(act['origin'])}: you compared it with that very reader."
    ),
    "rule switched": _rule,
    "named": _named,
    "gap closed": lambda names, act: (
        f"Look no longer for bag {act['serial']} of {names.post(act['from'])}: {act['reason']}."
    ),
    "shift handed over": _handed,
    "card known": _card,
    "text destroyed": _destroyed_text,
    "shed": _shed,
}


def _nth(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
