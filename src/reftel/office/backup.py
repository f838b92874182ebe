"""Backup and restore: a post is brought back without forgetting what it had signed.

A backup is a folder: a consistent copy of the encrypted database, the post's key file, people's key
files, and ``backup.json``, which names the last checkpoint and the digest of each file. It holds no
seeds of opening keys: whoever takes a backup and the passphrase reads the office's texts, not what
was sealed to it on the way. Texts destroyed later live on in it until it is destroyed.

A restored post may be older than what its peers have seen of it. Were it to write, it would sign a
second history under one name, and every peer would rightly refuse it for ever. So it *reads only*,
by a mark in the database itself, until it is compared:

1. at each peer to which bags ever went: ``statement`` writes down, signed, the last checkpoint of
   this post that the peer has seen;
2. here: ``compare`` holds the statements against the register. If the register contains all that
   any peer has seen, nothing that anybody knows of was lost, and the post writes again under its
   own name, with new opening keys and a new card (the old seeds are gone: what was sealed to them
   must be sealed again). Bags of before the loss that are still on their way must have arrived, or
   been destroyed, before the peer writes its statement;
3. if a peer has seen more, the register went back, and nothing can bring the rest. The folder stays
   as it is, to be read. ``new_origin`` opens a post ``name/2`` in a new folder, with new keys and a
   register of its own, whose first record names the last known checkpoint of the old one. Its
   administrator is founded and its people admitted as at any new post; its peers compare the new
   fingerprint, admit the card, and keep both posts.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from reftel.cipher.note import open_note
from reftel.errors import BadValue, FormatError, NotAllowed, NoteError, NotFound, StoreDamaged
from reftel.files import sync_folder, write_durably
from reftel.office.cards import open_card
from reftel.office.keys import open_post_keys
from reftel.office.office import ACT_LIFE, Hand, Office, record
from reftel.office.people import open_new_post, replace_keys
from reftel.office.sessions import forget_all
from reftel.register.checkpoint import Head, open_checkpoint, read_head, verify_cosignature
from reftel.register.entries import Json, b64, clock_text, decode_json, encode_json
from reftel.register.log import tree_of
from reftel.register.merkle import EMPTY_ROOT
from reftel.store import tables as t
from reftel.store.engine import Store, disk_errors, mark_restored, restored_at

_MANIFEST = "backup.json"
_MAX_MANIFEST = 1 << 20
_FILE = re.compile(r"reftel\.db|keys/post\.age|people/[^/\x00]{1,250}\.age")
_CHUNK = 1 << 20
_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup says of itself: whose it is, when it was made, and up to which checkpoint.

    ``files`` are the SHA-256 digests (base64) of its files by their names.
    """

    origin: str
    name: str
    at: str
    checkpoint: str
    files: dict[str, str]

    @property
    def entries(self) -> int:
        """How many entries the checkpoint covers."""
        return read_head(self.checkpoint).size


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What comparing a restored register with its peers gave.

    ``entries`` is how many the register has, ``seen`` how many each peer has seen, ``lost``
    whether any peer has seen what is not here.
    """

    entries: int
    seen: dict[str, int]
    lost: bool


def backup(office: Office, target: Path) -> Backup:
    """Write a backup of the post into the folder ``target``, which must be new or empty.

    It is there whole or not at all; the office may go on working meanwhile. Raises
    :class:`BadValue`, :class:`DiskFull`, :class:`DiskReadOnly`, :class:`ReadOnlyPost`.
    """
    now = office.clock.now()
    _, note = office.register.checkpoint(office.keys.signing, now)
    part = _begin(target)
    office.store.copy_to(part / "reftel.db")
    keys = [office.folder / "keys" / "post.age", *sorted((office.folder / "people").glob("*.age"))]
    names = [path.relative_to(office.folder).as_posix() for path in keys]
    files = {name: _copy(office.folder / name, part / name) for name in names}
    files["reftel.db"] = _digest(part / "reftel.db")
    made = Backup(origin=office.origin, name=office.name, at=clock_text(now), checkpoint=note, files=files)
    body: Json = {"v": 1, **{name: getattr(made, name) for name in made.__slots__}}
    with disk_errors(part):
        write_durably(part / _MANIFEST, encode_json(body))
    _end(part, target)
    return made


def restore(saved: Path, folder: Path, passphrase: str, now: datetime) -> Backup:
    """Bring a post back from the backup ``saved`` into ``folder``, new or empty; it reads only.

    Nobody is signed in there. Raises :class:`NotFound` where there is no backup, :class:`FormatError` or
    :class:`StoreDamaged` for one that is not whole, :class:`Locked` for a wrong passphrase.
    """
    made = _read_manifest(saved)
    part = _begin(folder)
    for name, digest in made.files.items():
        if _copy(saved / name, part / name) != digest:
            raise StoreDamaged(f"{name} in {saved} is not what was backed up", mend="Take another backup.")
    keys = open_post_keys(part, passphrase)
    store = Store(part / "reftel.db", keys.database)
    try:
        with store.write(restored=True) as connection:
            head = open_checkpoint(made.checkpoint, keys.signing.verifier)
            if tree_of(connection).root(head.size) != head.root:
                raise StoreDamaged(f"the register in {saved} is not the one that its post signed")
            forget_all(connection)
            mark_restored(connection, int(now.timestamp()) // _MINUTE)
    finally:
        store.close()
    _end(part, folder)
    return made


def statement(office: Office, origin: str) -> str:
    """This post's signed word on the last that it has seen of the register of ``origin``.

    It is a checkpoint note: that post's own, with this post's cosignature of today, or, where
    nothing was ever seen, a cosigned head of no entries. Raises :class:`NotFound` for a stranger.
    """
    with office.store.read() as connection:
        _peer(connection, origin)
        query = select(t.views.c.note).where(t.views.c.origin == origin)
        note = connection.execute(query.order_by(t.views.c.size.desc()).limit(1)).scalar()
    if note is None:
        note = Head(origin=origin, size=0, root=EMPTY_ROOT).encode().decode() + "\n"
        head = Head(origin=origin, size=0, root=EMPTY_ROOT)
    else:
        head = read_head(note)
    time = int(office.clock.now().timestamp())
    return note + office.keys.signing.cosign(origin, head.size, head.root, time).decode()


def compare(office: Office, hand: Hand, statements: Sequence[str]) -> Compared:
    """Hold a restored register against what its peers have seen; ``hand`` is an administrator.

    If nothing was lost, the post writes again, with new opening keys and a new card, which goes to
    its peers with the next bags and should reach them before they seal anything. If something was,
    nothing changes: see :func:`new_origin`. Raises :class:`NotAllowed` when the post was not
    restored, or when a peer to which bags went has not been heard, :class:`NoteError` for a
    statement that is not right, or older than the restore.
    """
    with office.register.writing(restored=True) as writing:
        connection = writing.connection
        heads = _heads(office, connection, statements)
        lost = any(
            head.size > writing.tree.size or writing.tree.root(head.size) != head.root
            for head in heads.values()
        )
        seen = {peer: head.size for peer, head in sorted(heads.items())}
        compared = Compared(entries=writing.tree.size, seen=seen, lost=lost)
        if lost:
            return compared
        query = select(t.bags.c.peer).where(t.bags.c.way == "out").distinct()
        unheard = sorted(set(connection.execute(query).scalars()) - heads.keys())
        if unheard:
            raise NotAllowed(
                f"{', '.join(unheard)} may have seen more than this register has, and was not heard",
                mend="Ask that post for its statement: `reftel register checkpoint --of`.",
            )
        body: Json = {"entries": compared.entries, "peers": [[peer, size] for peer, size in seen.items()]}
        restored = record(office, connection, "restored", hand, body)
        writing.append([restored, *replace_keys(office, connection, hand)])
        mark_restored(connection, 0)
    return compared


def new_origin(office: Office, folder: Path, passphrase: str, statements: Sequence[str]) -> Office:
    """Open, in a new folder, the post that follows a restored one whose register went back.

    Its first record names the last checkpoint that anybody knows of the old register, from the
    peers' statements. People keep their key files. Raises as :func:`compare` and
    :func:`open_new_post` do.
    """
    with office.store.read() as connection:
        heads = _heads(office, connection, statements)
        if not heads:
            raise NotAllowed("no peer was heard", mend="Ask the peers for their statements first.")
    last = max(statements, key=lambda text: read_head(text).size)
    name, _, times = office.origin.partition("/")
    origin = f"{name}/{int(times or 1) + 1}"
    new = open_new_post(folder, origin, office.name, passphrase, office.clock, continues=last)
    for path in sorted((office.folder / "people").glob("*.age")):
        _copy(path, folder / "people" / path.name)
    return new


def _heads(office: Office, connection: Connection, statements: Sequence[str]) -> dict[str, Head]:
    """What each peer has seen of this post, every statement verified."""
    since = restored_at(connection) * _MINUTE
    if not since:
        raise NotAllowed("this post was not restored from a backup; there is nothing to compare")
    heads: dict[str, Head] = {}
    for text in statements:
        signatures = open_note(text.encode(errors="surrogatepass"))[1]
        peer, line = signatures[-1].name, signatures[-1].line().decode()
        verifier = open_card(_peer(connection, peer)).verifier
        head = read_head(text)
        if head.origin != office.origin:
            raise NoteError(f"{peer} speaks of {head.origin}, not of {office.origin}")
        if head.size:
            open_checkpoint(text, office.keys.signing.verifier)
        if verify_cosignature(text, line, verifier) < since - ACT_LIFE.total_seconds():
            raise NoteError(f"the statement of {peer} is older than the restore", mend="Ask for a new one.")
        if peer not in heads or heads[peer].size < head.size:
            heads[peer] = head
    return heads


def _peer(connection: Connection, origin: str) -> str:
    """A known peer's card."""
    query = select(t.posts.c.card).where(t.posts.c.origin == origin, t.posts.c.standing == "known")
    card = connection.execute(query).scalar()
    if card is None:
        raise NotFound(
            f"the post {origin} is not known here", mend="Compare with the word of a post that is."
        )
    return str(card)


def _read_manifest(saved: Path) -> Backup:
    path = saved / _MANIFEST
    if not path.exists():
        raise NotFound(f"there is no backup in {saved}", mend="Give the folder that holds backup.json.")
    with disk_errors(path), path.open("rb") as file:
        data = file.read(_MAX_MANIFEST)
    match decode_json(data):
        case {
            "v": 1,
            "origin": str(origin),
            "name": str(name),
            "at": str(at),
            "checkpoint": str(checkpoint),
            "files": {"reftel.db": str(), "keys/post.age": str(), **others} as files,
        } if all(_FILE.fullmatch(str(one)) and isinstance(digest, str) for one, digest in others.items()):
            return Backup(origin=origin, name=name, at=at, checkpoint=checkpoint, files=files)
        case _:
            raise FormatError(f"{path} is not the list of a backup")


def _begin(target: Path) -> Path:
    """A folder beside ``target``, to be filled and then named."""
    part = target.absolute().with_name(f".{target.absolute().name}.part")
    with disk_errors(target):
        if target.exists() and any(target.iterdir()):
            raise BadValue(
                f"the folder {target} holds something already", mend="Choose an empty or a new folder."
            )
        if part.exists():
            shutil.rmtree(part)
        for folder in (part, part / "keys", part / "people"):
            folder.mkdir(mode=0o700, parents=True)
    return part


def _end(part: Path, target: Path) -> None:
    with disk_errors(target):
        for folder in (part / "keys", part / "people", part):
            sync_folder(folder)
        part.rename(target)
        sync_folder(target.absolute().parent)


def _copy(source: Path, target: Path) -> str:
    """Copy one file durably, readable by its owner only; returns its digest."""
    digest = hashlib.sha256()
    with disk_errors(target):
        target.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as outward, os.fdopen(_open_plain(source), "rb") as inward:
            while block := inward.read(_CHUNK):
                digest.update(block)
                outward.write(block)
            outward.flush()
            os.fsync(outward.fileno())
    return b64(digest.digest())


def _open_plain(path: Path) -> int:
    """A descriptor of a plain file: a backup may lie on a medium that others had in hand."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FormatError(f"{path} is no plain file")
    return descriptor


def _digest(path: Path) -> str:
    with disk_errors(path), path.open("rb") as file:
        return b64(hashlib.file_digest(file, "sha256").digest())
