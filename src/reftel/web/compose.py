"""Compose: a sheet and the form beside it, each changing the other; kept while it is written.

A page sends the sheet, the form, and the digests of both as they were when the form was drawn. So it
is known which of them was changed since. Where both were, one is taken and the other is kept as
another paper: nothing that was typed is ever lost. What cannot be read stays as it was typed, and
the page says where it departs.

With JavaScript the page sends itself after each pause in typing and parts of it are swapped; without,
by its buttons. Both go through :func:`settle`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from reftel.cable import sheet
from reftel.cable.model import Cable, Party
from reftel.cable.paragraphs import paragraph_ids
from reftel.cable.plain import to_plain
from reftel.cable.tidy import read_typed, tidy
from reftel.cipher.tokens import new_nonce
from reftel.docket.kinds import KINDS
from reftel.errors import (
    BadValue,
    NotAllowed,
    NotFound,
    ReadOnlyPost,
    ReftelError,
    SheetError,
    TooLarge,
    WorldError,
)
from reftel.office import completion, papers
from reftel.office.before_release import Finding, check_text
from reftel.office.clearance import LEVELS
from reftel.office.papers import Paper, Turn, text_digest
from reftel.office.reply import answer_to
from reftel.office.sight import Asker, Sight, see
from reftel.web import compose_docket, compose_form
from reftel.web.compose_docket import Asked
from reftel.web.compose_form import Form
from reftel.web.previews import previews_of
from reftel.web.rendering import render, status_of
from reftel.web.sheet_html import marking_words, shown_sheet
from reftel.web.unfinished import about, marking_of
from reftel.web.visit import Visit, form_of, visit

MOST_PREVIEWED = 100_000
_AROUND = 60
_NOBODY = Cable(sender=Party(), to=(), blocks=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a sheet departs: line and column from 1, and what stands there."""

    line: int
    column: int
    before: str
    at: str
    after: str
    in_form: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something to be told above the sheet; ``href`` leads to it."""

    sentence: str
    href: str = ""
    link: str = ""


@dataclass(slots=True, kw_only=True)
class Work:
    """One page of compose: what stands in it, and what is to be said of it.

    ``drawn`` and ``form_was`` are the digests of sheet and form when the form was last drawn or
    written; ``began`` is that of the paper as this tab last knew it. ``cable`` is the draft that is
    rewritten, or -1; ``read`` what the sheet says, where it can be read.
    """

    text: str
    form: Form
    tab: str
    cable: int = -1
    turn: int = 0
    paper: str = ""
    began: str = ""
    saved: str = ""
    drawn: str = ""
    form_was: str = ""
    read: Cable | None = None
    is_tidy: bool = False
    error: ReftelError | None = None
    place: Place | None = None
    redrawn: bool = True
    notes: list[Note] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    more: str = ""
    unkept: ReftelError | None = None

    @property
    def mend(self) -> str:
        """What to do about the error, on a page."""
        if self.error is None or self.error.mend == SheetError.default_mend:
            return "Mend that line."
        return self.error.mend

    @property
    def digest(self) -> str:
        """The digest of the text as it stands."""
        return text_digest(self.text)


def new_page(request: Request) -> Response:
    """A new sheet: empty, an answer to a cable, or a draft to be rewritten (then as its paper)."""
    who = visit(request)
    who.need("drafter")
    query = request.query_params
    answered, edited = query.get("answer", ""), query.get("edit", "")
    if edited:
        return RedirectResponse(f"/compose/{_entry(edited)}", 303)
    text = ""
    if answered:
        entry = _entry(answered)
        with who.office.store.read() as connection:
            sight = see(connection, who.person, who.roles, entry, Sight.SLIP)
            text = sheet.render(answer_to(connection, entry, with_text=sight is Sight.TEXT))
    return _page(request, who, _fresh(text))


def edit(request: Request) -> Response:
    """Begin to rewrite a draft, or go on with it."""
    who = visit(request)
    who.need("drafter")
    entry = int(request.path_params["cable"])
    with who.office.store.read() as connection:
        see(connection, who.person, who.roles, entry, Sight.TEXT)
    turn = Turn(tab=new_nonce(), number=0, began="")
    return RedirectResponse(
        f"/compose/papers/{papers.begin_edit(who.office, who.person, turn, entry).id}", 303
    )


def paper_page(request: Request) -> Response:
    """An unfinished sheet, as it was left."""
    who = visit(request)
    who.need("drafter")
    with who.office.store.read() as connection:
        found = papers.find_paper(connection, who.person, request.path_params["paper"])
    return _page(request, who, _fresh(found.sheet, found))


def _entry(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 12:
        raise NotFound("there is no such cable here, or it is not for you")
    return int(text)


def _fresh(text: str, paper: Paper | None = None) -> Work:
    """The page of a sheet as a new tab opens it."""
    work = Work(text=text, form=compose_form.draw(_NOBODY), tab=new_nonce())
    if paper is not None:
        work.paper, work.cable, work.saved = paper.id, paper.cable, paper.saved
        work.began = paper.digest
    _read(work)
    if work.read is not None:
        work.form = compose_form.draw(work.read)
    _noted(work)
    return work


def _noted(work: Work) -> None:
    """Sheet and form are as drawn."""
    work.drawn, work.form_was = work.digest, compose_form.digest(work.form)


def write(request: Request) -> Response:
    """Whatever a button of the page asks, by a plain form: read, write, save, preview, tidy, more rows."""
    who = visit(request)
    who.need("drafter")
    given = form_of(request)
    work = settle(who, given)
    wanted = given.get("do", "")
    return _page(request, who, work, previewed=wanted == "preview")


def live(request: Request) -> Response:
    """The same after a pause in typing: parts of the page, to be swapped."""
    who = visit(request)
    who.need("drafter")
    given = form_of(request)
    work = settle(who, given)
    headers = {}
    if work.paper != given.get("paper", ""):
        headers["hx-replace-url"] = f"/compose/papers/{work.paper}"
    changed = work.text != _typed(given)
    return render(request, "compose/live.html", headers=headers, changed=changed, **_context(who, work))


def _typed(given: Mapping[str, str]) -> str:
    """The sheet as it was typed, its last line ended once."""
    text = given.get("sheet", "").replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    return f"{text}\n" if text else ""


def settle(who: Visit, given: Mapping[str, str]) -> Work:
    """Bring sheet and form together as the page asks, and keep what was typed."""
    form = compose_form.read(given)
    typed = _typed(given)
    turn = given.get("turn", "0")
    work = Work(
        text=typed,
        form=form,
        tab=given.get("tab", "")[:40] or new_nonce(),
        turn=int(turn) + 1 if turn.isdecimal() and len(turn) < 10 else 1,
        cable=int(given["cable"]) if given.get("cable", "").isdecimal() and len(given["cable"]) < 13 else -1,
        paper=given.get("paper", "")[:40],
        began=given.get("began", "")[:40],
        drawn=given.get("drawn", "")[:40],
        form_was=given.get("form_was", "")[:40],
    )
    wanted = given.get("do", "")
    work.more = wanted.removeprefix("more:") if wanted.startswith("more:") else ""
    sheet_changed = work.digest != work.drawn
    form_changed = compose_form.digest(form) != work.form_was
    by_form = wanted == "form" or (wanted != "sheet" and form_changed and not sheet_changed)
    if by_form:
        _write_form(who, work, keep_sheet=sheet_changed and bool(typed.strip()))
    else:
        _read_sheet(who, work, keep_form=form_changed and wanted != "drop form")
    if wanted.startswith("answer:") and work.read is not None:
        _answer(who, work, work.read, given)
    if wanted == "tidy" and work.read is not None:
        work.text = tidy(work.text)
        work.is_tidy = True
        work.drawn = work.digest
    work.redrawn = not (by_form and given.get("live") and not work.more)
    _save(who, work)
    return work


def _answer(who: Visit, work: Work, read: Cable, given: Mapping[str, str]) -> None:
    """Let the sheet say that a paragraph of it answers a question."""
    name = given["do"].removeprefix("answer:")[:400]
    try:
        with who.office.store.read() as connection:
            made = compose_docket.answered(connection, who, read, given, name)
        work.text = sheet.render(made)
    except (BadValue, SheetError) as error:
        work.error = error
        return
    _read(work)
    work.form = compose_form.draw(made)
    _noted(work)


def _write_form(who: Visit, work: Work, *, keep_sheet: bool) -> None:
    """Write the form into the sheet; where that cannot be done both stay as they are."""
    typed = work.text
    try:
        base = read_typed(typed) if typed.strip() else _NOBODY
        if compose_form.is_empty(work.form) and base == _NOBODY:
            text = ""
        else:
            text = sheet.render(compose_form.write(work.form, base))
    except SheetError as error:
        in_text = error.sentence.find("in the text: ") >= 0
        body = work.form.get("body") or ""
        _fault(work, error, body if in_text else typed, in_form=in_text)
        return
    except BadValue as error:
        work.error = error
        return
    work.text = text
    if keep_sheet and text != typed:
        _keep_beside(who, work, typed, "The sheet was changed too. As you typed it, it is kept beside.")
    _read(work)
    work.drawn, work.form_was = work.digest, compose_form.digest(work.form)


def _read_sheet(who: Visit, work: Work, *, keep_form: bool) -> None:
    """Read the sheet into the form; where it cannot be read the form stays as it is."""
    _read(work)
    if work.read is None:
        return
    if keep_form:
        try:
            other = sheet.render(compose_form.write(work.form, work.read))
        except ReftelError as error:
            work.error = error
            work.notes.append(Note(sentence="The form was changed too, and cannot be kept as a sheet."))
            return
        if other != work.text:
            _keep_beside(who, work, other, "The form was changed too. What it said is kept beside.")
    work.form = compose_form.draw(work.read)
    _noted(work)


def _read(work: Work) -> None:
    """See what the sheet says, and whether it is tidy."""
    if not work.text.strip():
        return
    try:
        work.read = read_typed(work.text)
        work.is_tidy = sheet.render(work.read) == work.text
    except SheetError as error:
        _fault(work, error, work.text)
    except BadValue as error:
        work.read, work.error = None, error


def _fault(work: Work, error: SheetError, text: str, *, in_form: bool = False) -> None:
    work.error = error
    lines = text.split("\n")
    line = lines[error.line - 1] if error.line <= len(lines) else ""
    at = error.column - 1
    work.place = Place(
        line=error.line,
        column=error.column,
        before=("…" if at > _AROUND else "") + line[max(at - _AROUND, 0) : at],
        at=line[at : at + 1],
        after=line[at + 1 : at + 1 + _AROUND] + ("…" if len(line) > at + 1 + _AROUND else ""),
        in_form=in_form,
    )


def _keep_beside(who: Visit, work: Work, text: str, sentence: str) -> None:
    turn = Turn(tab=new_nonce(), number=0, began="")
    kept = papers.save(who.office, who.person, turn, text, cable=work.cable)
    work.notes.append(Note(sentence=sentence, href=f"/compose/papers/{kept.id}", link="Open it"))


def _save(who: Visit, work: Work) -> None:
    """Keep the sheet; what another window wrote meanwhile stays in a paper of its own."""
    if not work.text.strip() and not work.paper:
        return
    try:
        _keep(who, work)
    except (TooLarge, BadValue, NotAllowed, WorldError, ReadOnlyPost) as error:
        work.unkept = error


def _keep(who: Visit, work: Work) -> None:
    turn = Turn(tab=work.tab, number=work.turn, began=work.began)
    had = work.paper
    try:
        kept = papers.save(who.office, who.person, turn, work.text, paper=had, cable=work.cable)
    except NotFound:
        kept = papers.save(who.office, who.person, turn, work.text, cable=work.cable)
        sentence = "This sheet was entered or thrown away in another window. What stands here is kept anew."
        work.notes.append(Note(sentence=sentence))
    else:
        if had and kept.id != had:
            sentence = "This sheet was changed in another window too. Both are kept: here is yours."
            work.notes.append(Note(sentence=sentence, href=f"/compose/papers/{had}", link="Open the other"))
    work.paper, work.cable, work.saved, work.began = kept.id, kept.cable, kept.saved, kept.digest


def _context(who: Visit, work: Work) -> dict[str, Any]:
    questions: list[Asked] = []
    with who.office.store.read() as connection:
        if work.read is not None:
            asker = Asker(person=who.person, roles=who.roles)
            work.findings = compose_docket.lines_amiss(work.read)
            work.findings += check_text(who.office, connection, work.read, asker, but=work.cable)
            questions = compose_docket.open_questions(connection, who, work.read)
        unfinished = papers.papers_of(connection, who.person)
        context = {
            "work": work,
            "section": "drafts",
            "marking": _marking(work),
            "others": [_listed(paper) for paper in unfinished if paper.id != work.paper],
            "officers": completion.officers(connection),
            "posts": completion.addressees(connection, ""),
            "offices": completion.offices(connection, ""),
            "persons": completion.persons(connection, ""),
            "numbers": completion.numbers(connection, who.person, who.roles, ""),
            "issues": completion.issues(connection, who.person, who.roles, ""),
            "questions": questions,
            "numbers_here": compose_docket.numbers_of(connection, who, work.findings),
            "docket_kinds": list(KINDS),
            "docket_help": compose_docket.docket_help(),
        }
    context["passages"] = compose_docket.passages_of(work.read, work.findings)
    named = work.read.enclosures if work.read is not None else ()
    context |= {
        "levels": LEVELS,
        "precedences": compose_form.PRECEDENCES,
        "words": compose_form.WORDS,
        "paragraphs": [name for name, _ in paragraph_ids(work.read)][:100] if work.read is not None else [],
        "enclosures": [e for e in named if e.filename and e.content is not None],
        "sheet": None if work.read is None else shown_sheet(to_plain(work.read), with_text=True),
    }
    return context


def _marking(work: Work) -> str:
    """What the page is marked: as the sheet says; while it cannot be read, as its lines and the form do."""
    if work.read is not None:
        return marking_words(["\x1f".join((work.read.classification, *work.read.captions))])
    form = "\x1f".join(
        (work.form.get("classification") or "", *(work.form.get("captions") or "").split("\n"))
    )
    marked = marking_words([marking_of(work.text), form])
    return marked or ("Marking not readable yet" if work.text.strip() else "")


def _listed(paper: Paper) -> dict[str, Any]:
    return {"id": paper.id, "cable": paper.cable, "saved": paper.saved, "words": about(paper)}


def _page(request: Request, who: Visit, work: Work, *, previewed: bool = False) -> Response:
    context = _context(who, work)
    if previewed:
        context |= _preview(who, work)
    status = 200 if work.unkept is None else status_of(request, work.unkept)
    # A page that came by a button is loaded again as the paper that it shows.
    headers = {"hx-replace-url": f"/compose/papers/{work.paper}"} if work.paper else {}
    return render(
        request, "compose/compose.html", status=status, headers=headers, previewed=previewed, **context
    )


def throw_away(request: Request) -> Response:
    """Throw an unfinished sheet away."""
    who = visit(request)
    papers.throw_away(who.office, who.person, request.path_params["paper"])
    return RedirectResponse("/drafts", 303)


def preview(request: Request) -> Response:
    """The pages of an unfinished sheet as they would be printed: a part of the page of compose."""
    who = visit(request)
    who.need("drafter")
    with who.office.store.read() as connection:
        found = papers.find_paper(connection, who.person, request.query_params.get("paper", ""))
    return render(request, "compose/preview.html", **_preview(who, _fresh(found.sheet, found)))


def _preview(who: Visit, work: Work) -> dict[str, Any]:
    """How many pages there are to be shown, or in words why there are none."""
    shown: dict[str, Any] = {"work": work, "pages": 0, "wrong": None}
    if work.read is None:
        said = "the sheet cannot be read yet" if work.text.strip() else "nothing stands in the sheet yet"
        shown["wrong"] = BadValue(said, mend="Mend it first; then its pages are shown here.")
    elif len(work.text) > MOST_PREVIEWED:
        shown["wrong"] = BadValue("the sheet is too long to be shown here as pages")
    else:
        try:
            shown["pages"] = previews_of(who.office).draw(who.office, who.person, work.digest, work.read)
        except ReftelError as error:
            shown["wrong"] = error
    return shown


def page_picture(request: Request) -> Response:
    """One page of the reader's own last preview."""
    who = visit(request)
    number, digest = int(request.path_params["number"]), request.path_params["digest"]
    picture = previews_of(who.office).page(who.person, digest, number)
    if picture is None:
        raise NotFound("that preview is not kept any more", mend="Ask for it again.")
    return Response(picture, media_type="image/png")


def known(request: Request) -> Response:
    """What a field that is begun may mean: the choices of its list."""
    who = visit(request)
    who.need("drafter")
    query = request.query_params
    field_name = query.get("field", "")
    begun = next((value for name, value in query.multi_items() if name != "field"), "")[:80]
    with who.office.store.read() as connection:
        if field_name in ("numbers", "issues"):
            known_to = completion.numbers if field_name == "numbers" else completion.issues
            offers = known_to(connection, who.person, who.roles, begun)
        else:
            asked = {
                "addressees": completion.addressees,
                "offices": completion.offices,
                "persons": completion.persons,
                "officers": completion.officers,
            }
            if field_name not in asked:
                raise NotFound("there is no such list")
            offers = asked[field_name](connection, begun)
    return render(request, "compose/known.html", offers=offers)


routes = [
    Route("/compose", new_page, methods=["GET"]),
    Route("/compose", write, methods=["POST"]),
    Route("/compose/live", live, methods=["POST"]),
    Route("/compose/known", known, methods=["GET"]),
    Route("/compose/preview", preview, methods=["GET"]),
    Route("/compose/preview/{digest}/{number:int}.png", page_picture, methods=["GET"]),
    Route("/compose/papers/{paper}", paper_page, methods=["GET"]),
    Route("/compose/papers/{paper}/away", throw_away, methods=["POST"]),
    Route("/compose/{cable:int}", edit, methods=["GET"]),
]
