"""The tables, with the rules they keep.

Every table is STRICT and every column NOT NULL; what is absent is the empty string or -1. Ids are
entry numbers of the register and are never used twice. Times are the register's text form (UTC,
milliseconds). Three kinds of table stand here:

* the register's own matter (``entries``, ``tiles``, ``checkpoints``) and what it committed to
  (``texts``, ``sealed``, ``outbags``), which nothing else can bring back;
* what the web office works with and the register does not speak of (``sessions``, ``waiting_acts``,
  ``counters``, ``papers``, ``wrapped``, ``sealed_copies``, ``jobs``);
* projections, listed in ``PROJECTIONS``: they follow from the entries, are written in the same
  transaction, and ``audit`` replays them row by row.
"""

from __future__ import annotations

from sqlalchemy import BLOB, Column, Index, Integer, MetaData, Table, Text, text

metadata = MetaData()


def _table(
    name: str, *columns: Column[str] | Column[int] | Column[bytes] | Index, by_key: bool = False
) -> Table:
    """A table; ``by_key`` keeps short rows in the order of their key alone, written once, not twice."""
    return Table(name, metadata, *columns, sqlite_strict=True, sqlite_with_rowid=not by_key)


def _text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, nullable=False, primary_key=key)


def _int(name: str, *, key: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=False, primary_key=key, autoincrement=False)


def _blob(name: str) -> Column[bytes]:
    return Column(name, BLOB, nullable=False)


entries = _table("entries", _int("entry", key=True), _blob("record"), _blob("salt"), _blob("leaf"))
tiles = _table("tiles", _int("tile", key=True), _blob("hashes"))
checkpoints = _table("checkpoints", _int("size", key=True), _text("note"))
texts = _table(
    "texts", _text("commitment", key=True), _blob("salt"), _blob("text_key"), _blob("sealed"), _text("label")
)
sealed = _table(
    "sealed", _text("peer", key=True), _text("digest", key=True), _blob("envelope"), _blob("path")
)
outbags = _table(
    "outbags",
    _text("peer", key=True),
    _int("serial", key=True),
    _text("bag"),
    _int("size"),
    _blob("manifest"),
    _blob("cables"),
)
proofs = _table(
    "proofs", _int("cable", key=True), _blob("record"), _blob("record_salt"), _blob("path"), _int("size")
)
refusals = _table(
    "refusals",
    _int("number", key=True),
    _text("at"),
    _text("peer"),
    _text("bag"),
    _text("code"),
    _text("sentence"),
    _text("evidence"),
)

sessions = _table(
    "sessions",
    _text("token", key=True),
    _text("person"),
    _text("credential"),
    _text("made"),
    _text("seen"),
    _text("ends"),
    _text("roles"),
    _text("roles_end"),
    _text("agent"),
    Index("sessions_person", "person"),
)
waiting_acts = _table(
    "waiting_acts",
    _text("id", key=True),
    _text("door"),
    _text("arguments"),
    _text("person"),
    _text("made"),
    _text("seen"),
    _blob("seed"),
    _text("acts"),
    _text("words"),
    _text("signers"),
    _text("signatures"),
    _text("state"),
    _text("answer"),
    _int("entry"),
    _text("ends"),
    Index("waiting_acts_state", "state"),
)
papers = _table(
    "papers",
    _text("id", key=True),
    _text("person"),
    _int("cable"),
    _text("sheet"),
    _text("saved"),
    _text("tab"),
    _int("turn"),
    Index("papers_person", "person"),
)
counters = _table("counters", _text("credential", key=True), _int("counter"), _text("back"))
wrapped = _table("wrapped", _text("credential", key=True), _text("person"), _blob("file"))
sealed_copies = _table("sealed_copies", _int("cable", key=True), _int("seq", key=True), _blob("sealed"))
jobs = _table(
    "jobs",
    _text("id", key=True),
    _text("person"),
    _text("kind"),
    _text("state"),
    _int("done"),
    _int("total"),
    _text("answer"),
    _text("made"),
    _text("changed"),
    Index("jobs_person", "person"),
)

acts = _table(
    "acts",
    _int("entry", key=True),
    _int("cable"),
    _text("kind"),
    _text("who"),
    _text("at"),
    Index("acts_cable", "cable", "kind"),
    Index("acts_kind", "kind"),
    # The entry lies in it too: a person's cables are read from it alone, newest first.
    Index("acts_who", "who", "cable", "kind", sqlite_where=text("who <> ''")),
)
act_ids = _table("act_ids", _text("act", key=True), _int("entry"), by_key=True)
people = _table(
    "people",
    _text("name", key=True),
    _text("roles"),
    _text("clearance"),
    _text("captions"),
    _text("person_key"),
    _text("key_id"),
    _text("standing"),
    _int("entry"),
)
invitations = _table(
    "invitations",
    _text("person", key=True),
    _text("digest"),
    _text("until"),
    _text("state"),
    _int("entry"),
)
passkeys = _table(
    "passkeys",
    _text("credential", key=True),
    _text("person"),
    _text("key_id"),
    _text("public"),
    _text("rp_id"),
    _text("origin"),
    _text("label"),
    _text("wrapped"),
    _text("state"),
    _int("entry"),
    Index("passkeys_person", "person"),
)
readers = _table(
    "readers",
    _text("origin", key=True),
    _text("person", key=True),
    _text("recipient"),
    _text("fingerprint"),
    _text("standing"),
    _int("entry"),
)
rules = _table("rules", _text("rule", key=True), _int("off"), _text("decision"), _int("entry"))
authorities = _table("authorities", _text("name", key=True), _text("kind"), _text("detail"), _int("entry"))
posts = _table(
    "posts",
    _text("origin", key=True),
    _text("name"),
    _int("serial"),
    _text("card"),
    _text("fingerprint"),
    _text("standing"),
    _int("entry"),
)
epochs = _table(
    "epochs",
    _text("epoch", key=True),
    _text("recipient"),
    _text("starts"),
    _text("ends"),
    _text("state"),
    _int("entry"),
)
views = _table(
    "views",
    _text("origin", key=True),
    _int("size", key=True),
    _text("note"),
    _text("later"),
    _int("entry"),
)
cosignatures = _table(
    "cosignatures", _text("peer", key=True), _int("size", key=True), _text("line"), _int("entry")
)
cables = _table(
    "cables",
    _int("cable", key=True),
    _text("direction"),
    _text("state"),
    _text("version"),
    _text("text"),
    _text("mrn"),
    _text("origin"),
    _int("leaf"),
    _text("incoming"),
    _text("marking"),
    _int("precedence"),
    _text("sender"),
    _text("subject"),
    _text("dtg"),
    _text("drafter"),
    _int("last"),
    Index("cables_state", "direction", "state", text("precedence DESC"), "cable"),
    Index("cables_drafter", "drafter", "leaf"),
    Index("cables_leaf", "origin", "leaf"),
)
identifiers = _table(
    "identifiers",
    _int("cable", key=True),
    _text("layer", key=True),
    _int("n", key=True),
    _text("scheme"),
    _text("literal"),
    _text("folded"),
    Index("identifiers_folded", "folded", "scheme"),
    by_key=True,
)
clearances = _table(
    "clearances",
    _int("cable", key=True),
    _text("officer", key=True),
    _text("version"),
    _text("state"),
    _int("entry"),
    Index("clearances_officer", "officer", "state"),
)
decisions = _table(
    "decisions",
    _int("decision", key=True),
    _int("cable"),
    _text("version"),
    _text("reference"),
    _text("state"),
    _int("replaced_by"),
    Index("decisions_cable", "cable"),
)
deliveries = _table(
    "deliveries",
    _int("cable", key=True),
    _text("peer", key=True),
    _text("state"),
    _int("precedence"),
    _int("serial"),
    _text("channel"),
    _int("entry"),
    Index("deliveries_state", "state", "peer", text("precedence DESC"), "cable"),
    by_key=True,
)
bags = _table(
    "bags",
    _text("way", key=True),
    _text("peer", key=True),
    _int("serial", key=True),
    _text("bag"),
    _text("previous"),
    _text("digest"),
    _text("state"),
    _int("load"),
    _int("sent"),
    _int("size"),
    _int("entry"),
    Index("bags_digest", "digest"),
    Index("bags_state", "way", "peer", "state", "size"),
)
arrivals = _table(
    "arrivals",
    _text("peer", key=True),
    _text("digest", key=True),
    _int("serial"),
    _text("channel"),
    _text("state"),
    _int("cable"),
    _int("leaf"),
    _int("precedence"),
    _int("entry"),
    # With the bag's serial, how long cables waited is read from the index alone.
    Index("arrivals_state", "state", text("precedence DESC"), "entry", "channel", "serial"),
    by_key=True,
)
copies = _table(
    "copies",
    _int("cable", key=True),
    _int("seq", key=True),
    _int("run"),
    _text("number"),
    _text("form"),
    _text("state"),
    _text("holder"),
    _text("return_by"),
    _text("return_to"),
    _text("opened"),
    _text("reason"),
    _int("entry"),
    _text("purpose"),
    _text("sealed_to"),
    # What an in-tray asks of a copy stands in the index: its counts read nothing else.
    Index("copies_holder", "holder", "state", "cable", "seq", "opened", "purpose", "return_by"),
    Index("copies_due", "state", "return_by", "cable", "seq"),
)
taskings = _table(
    "taskings",
    _int("cable", key=True),
    _int("n", key=True),
    _text("kind"),
    _text("owner"),
    _text("literal"),
    _text("due"),
    _text("state"),
    _int("chased"),
    _int("closed_by"),
    _int("entry"),
    Index("taskings_state", "state", "cable", "n"),
)
links = _table(
    "links",
    _int("cable", key=True),
    _text("relation", key=True),
    _int("other", key=True),
    _text("detail"),
    _int("entry"),
    Index("links_other", "other"),
)

copy_moves = _table(
    "copy_moves",
    _int("cable", key=True),
    _int("entry", key=True),
    _int("seq", key=True),
    _text("move"),
    _text("who"),
    _text("sealed_to"),
    Index("copy_moves_who", "who", "cable", sqlite_where=text("who <> ''")),
    by_key=True,
)
receipts = _table(
    "receipts",
    _int("cable", key=True),
    _text("peer", key=True),
    _int("entry", key=True),
    Index("receipts_peer", "peer", "cable"),
    by_key=True,
)
docket = _table(
    "docket",
    _int("cable", key=True),
    _int("entry", key=True),
    _int("n", key=True),
    _text("item"),
    _text("same"),
    _text("origin"),
    _text("kind"),
    _text("talks"),
    _text("at"),
    _text("who"),
    _text("standing"),
    _text("body"),
    Index("docket_item", "item"),
    Index("docket_same", "same", sqlite_where=text("same <> ''")),
    Index("docket_kind", "kind", "talks", "entry"),
    Index("docket_entry", "entry"),
    by_key=True,
)
docket_issues = _table(
    "docket_issues",
    _int("cable", key=True),
    _int("entry", key=True),
    _int("n", key=True),
    _text("issue", key=True),
    _text("talks"),
    _text("kind"),
    _text("name"),
    Index("docket_issues_issue", "talks", "issue", "kind", "entry"),
    by_key=True,
)
docket_refs = _table(
    "docket_refs",
    _int("cable", key=True),
    _int("entry", key=True),
    _int("n", key=True),
    _text("relation", key=True),
    _text("target"),
    Index("docket_refs_target", "target"),
    by_key=True,
)

PROJECTIONS: tuple[Table, ...] = (
    acts,
    act_ids,
    people,
    invitations,
    passkeys,
    readers,
    rules,
    authorities,
    posts,
    epochs,
    views,
    cosignatures,
    cables,
    identifiers,
    clearances,
    decisions,
    deliveries,
    bags,
    arrivals,
    copies,
    taskings,
    links,
    copy_moves,
    receipts,
    docket,
    docket_issues,
    docket_refs,
)
