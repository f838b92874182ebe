"""Plausible cables to measure with: prose of about 2,000 bytes, every cable another.

None of it is in the text that the packing dictionary was trained on, or the figures would flatter.
"""

from __future__ import annotations

from hashlib import sha256

from reftel.cable.model import Cable, Paragraph, Party, Precedence

BODY = 2_000

_SENTENCES = (
    "{who} called at noon and asked whether {place} would accept {n} observers before {day}.",
    "The ferry from {place} is running again, though only {n} lorries cross in an hour.",
    "I told {who} that we could not discuss the fishing limits until the survey vessel is released.",
    "Heavy rain has closed the road to {place}; the medical party will wait until {day}.",
    "According to {who}, the cabinet was divided by {n} votes and adjourned without a communique.",
    "Our technicians found {n} of the switchboards damaged and two beyond repair.",
    "{who} denied any knowledge of the shipment, but did not object when I read him the bill of lading.",
    "A crowd of perhaps {n} gathered outside the town hall in {place} and dispersed by evening.",
    "Grain prices rose by {n} per cent in a fortnight, and bakers in {place} open every other day.",
    "The harbour master at {place} expects the tanker on {day}, weather permitting.",
    "In private {who} was far more forthcoming and hinted that the quota might be raised to {n}.",
    "Please say by {day} whether the consulate should remain open over the holidays.",
    "Two newspapers printed the rumour on {day}; neither gave a source for the figure of {n}.",
    "The electoral roll for {place} was published with {n} names missing from the northern wards.",
    "{who} will travel by rail and asks that nobody from the legation meet him at {place}.",
    "Flooding upstream has damaged {n} houses, and the mayor appeals for tents and chlorine.",
    "I suggested to {who} that a joint commission of engineers might inspect the dam on {day}.",
    "The strike of the pilots ended after {n} days with a promise of arbitration.",
    "No vaccine has arrived since the warehouse in {place} lost its refrigeration.",
    "{who} handed me an aide-memoire of {n} pages, the text of which goes by the next courier.",
    "Customs officers at {place} held the printing paper for want of a certificate of origin.",
    "The bank will honour drafts up to {n} thousand, but asks for a guarantee after {day}.",
    "Both universities reopened on {day} with fewer than {n} students in the lecture rooms.",
    "My Swedish colleague heard the same from {who} and thinks the offer is meant seriously.",
    "Telephone service between {place} and the coast was interrupted for {n} hours.",
    "The convoy of {n} vehicles reached {place} without incident and returned the same night.",
    "{who} wishes the seating plan changed so that he does not face the cameras.",
    "It would help us to know what was said about the pipeline when the ministers met on {day}.",
    "A delegation of {n} farmers complained to {who} that the new tariff ruins their vineyards.",
    "The lighthouse keeper at {place} reported an unlit vessel heading south at great speed.",
    "Our lawyer believes the {n} detainees can be released on bail if a local citizen signs.",
    "The orchestra's tour is off: {who} could not obtain visas for {n} of the musicians.",
    "Snow is early this year and the pass above {place} may close before {day}.",
    "I left the note with the duty officer, {who} being away inspecting the frontier posts.",
    "The census gives {place} some {n} thousand inhabitants, which nobody here believes.",
    "{who} thanked us warmly for the microscopes and asked for {n} more.",
    "A second reading of the budget is set for {day}; amendments number {n} so far.",
    "Wireless reception is poor after dusk, so please repeat groups {n} and following.",
)
_PEOPLE = (
    "the Deputy Minister",
    "Colonel Haddad",
    "Mrs. Okafor",
    "the Chief Justice",
    "Dr. Lindqvist",
    "Ambassador Pereira",
    "the Prefect",
    "Mr. Tanaka",
    "the Archbishop's secretary",
    "Senator Wolde",
)
_PLACES = ("Porto Novo", "Karsund", "Tel Amar", "Villanova", "Ostrava Pass", "Queensferry", "Mokha", "Lindau")
_DAYS = ("Monday", "Tuesday next", "the 14th", "Friday evening", "the 2nd of the month", "Ascension Day")
_SUBJECTS = (
    "Supplies by the coast road",
    "Conversation at the Ministry of Works",
    "Situation in the northern wards",
    "Harbour dues and the survey vessel",
    "Your enquiry about the pipeline",
    "Travel of the observers",
)


def cable(serial: int, sender: Party, to: Party, precedence: Precedence) -> Cable:
    """The cable with this serial: the same every time, unlike every other."""
    draw = _Draw(serial)
    sentences = list(_SENTENCES)
    paragraphs: list[Paragraph] = []
    length = 0
    while length < BODY:
        text = " ".join(_sentence(draw, sentences.pop(draw.below(len(sentences)))) for _ in range(3))
        text = text[: BODY - length].strip()
        paragraphs.append(Paragraph(text=text, number=str(len(paragraphs) + 1)))
        length += len(text.encode()) + 2
    return Cable(
        sender=sender,
        to=(to,),
        precedence=precedence,
        classification="CONFIDENTIAL",
        subject=draw.one_of(_SUBJECTS),
        blocks=tuple(paragraphs),
    )


def note(serial: int, sender: Party) -> Cable:
    """A draft of one line, to fill a register with."""
    return Cable(sender=sender, to=(), blocks=(Paragraph(text=f"Note {serial} for the file."),))


def _sentence(draw: _Draw, form: str) -> str:
    text = form.format(
        who=draw.one_of(_PEOPLE), place=draw.one_of(_PLACES), day=draw.one_of(_DAYS), n=draw.below(900) + 12
    )
    return text[:1].upper() + text[1:]


class _Draw:
    """Numbers that look drawn by lot and are the same for the same serial."""

    def __init__(self, serial: int) -> None:
        self._serial = serial
        self._drawn = 0

    def below(self, limit: int) -> int:
        self._drawn += 1
        digest = sha256(b"%d %d" % (self._serial, self._drawn)).digest()
        return int.from_bytes(digest[:4], "big") % limit

    def one_of(self, texts: tuple[str, ...]) -> str:
        return texts[self.below(len(texts))]
