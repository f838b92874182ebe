"""A post's key files: which secret lies in which file, and who can open it.

| file | sealed to | holds |
|---|---|---|
| ``keys/post.age`` | the post's passphrase (scrypt) | signing seeds, database key, the key of the next row |
| ``keys/epoch-<id>.age`` | the key in ``post.age`` | the seed of one dated opening key |
| ``people/<person>.age`` | the person's own passphrase (scrypt) | the seed of the person's signing key |

No backup holds an epoch's file; destroying the file destroys what was sealed to it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from reftel.cipher.age import decrypt, encrypt
from reftel.cipher.identity import HybridIdentity, ScryptIdentity, ScryptRecipient
from reftel.cipher.note import PostKey
from reftel.cipher.person import PersonKey
from reftel.cipher.vault import new_key
from reftel.errors import AgeNoMatch, BadValue, Locked, NotFound, PeerError, ReftelError, StoreDamaged
from reftel.files import sync_folder, write_durably
from reftel.register.entries import b64, decode_json, encode_json, unb64
from reftel.store.engine import disk_errors

_MAX_KEY_FILE = 64 * 1024
_EPOCH = re.compile(r"epoch-([a-z0-9-]{1,40})\.age\Z")
_LONGEST_NAME = 240
MIN_PASSPHRASE = 8


@dataclass(frozen=True, slots=True)
class PostKeys:
    """A post's keys, unlocked. Nothing of them is ever shown."""

    folder: Path
    signing: PostKey
    database: bytes
    storage: HybridIdentity
    _epochs: dict[str, HybridIdentity] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<PostKeys {self.signing.origin}>"

    def at(self, folder: Path) -> PostKeys:
        """The same keys, whose files were moved to ``folder``."""
        return replace(self, folder=folder, _epochs=dict(self._epochs))

    def new_epoch(self, epoch: str) -> HybridIdentity:
        """Make an opening key and keep its seed; on the disk when this returns."""
        identity = HybridIdentity.generate()
        sealed = encrypt(identity.text().encode(), [self.storage.recipient()])
        path = self._epoch_file(epoch)
        with disk_errors(path):
            write_durably(path, sealed)
        self._epochs[epoch] = identity
        return identity

    def epochs(self) -> dict[str, HybridIdentity]:
        """The opening keys whose seeds are still there, newest first."""
        with disk_errors(self.folder):
            found = [_EPOCH.match(entry.name) for entry in (self.folder / "keys").iterdir()]
        names = sorted((match.group(1) for match in found if match), reverse=True)
        for gone in set(self._epochs) - set(names):
            del self._epochs[gone]
        for name in names:
            if name not in self._epochs:
                self._epochs[name] = self._load(self._epoch_file(name))
        return {name: self._epochs[name] for name in names}

    def _load(self, path: Path) -> HybridIdentity:
        try:
            return HybridIdentity.parse(decrypt(_read(path), [self.storage]).decode())
        except (PeerError, ValueError) as error:
            raise StoreDamaged(f"{path.name} is not a seed of this post, or is damaged") from error

    def destroy_epoch(self, epoch: str) -> None:
        """Overwrite and remove an epoch's seed; done already is no error, half done is finished.

        On flash media the old blocks may outlive the overwriting: what protects them then is
        that the file is sealed to the post's own key.
        """
        path = self._epoch_file(epoch)
        # Under another name first: what is half overwritten must not be taken for a key.
        going = path.with_suffix(".going")
        with disk_errors(path):
            if path.exists():
                path.rename(going)
                sync_folder(path.parent)
            if going.exists():
                with going.open("r+b") as file:
                    file.write(bytes(going.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
                going.unlink()
                sync_folder(path.parent)
        self._epochs.pop(epoch, None)

    def _epoch_file(self, epoch: str) -> Path:
        return self.folder / "keys" / f"epoch-{epoch}.age"


def create_post_keys(folder: Path, origin: str, passphrase: str) -> PostKeys:
    """Make a post's signing, storage and database keys and keep them under ``passphrase``."""
    check_passphrase(passphrase)
    path = folder / "keys" / "post.age"
    signing, storage, database = PostKey.generate(origin), HybridIdentity.generate(), new_key()
    ed25519, mldsa44 = signing.seeds()
    secret = encode_json(
        {
            "v": 1,
            "origin": origin,
            "ed25519": b64(ed25519),
            "mldsa44": b64(mldsa44),
            "database": b64(database),
            "storage": storage.text(),
        }
    )
    with disk_errors(folder):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists():
            raise BadValue(f"{folder} holds a post's keys already", mend="Choose another folder.")
        write_durably(path, encrypt(secret, [ScryptRecipient(passphrase)]))
    return PostKeys(folder, signing, database, storage)


def open_post_keys(folder: Path, passphrase: str) -> PostKeys:
    """Unlock a post's keys; :class:`Locked` for a wrong passphrase."""
    return load_post_keys(folder, unlock_post(folder, passphrase))


def unlock_post(folder: Path, passphrase: str) -> bytes:
    """The content of a post's key file, to be kept in memory only; :class:`Locked` as above."""
    path = folder / "keys" / "post.age"
    if not path.exists():
        raise NotFound(f"there is no post in {folder}", mend="Make one with `reftel init`, or give --post.")
    return _unlock(path, passphrase)


def load_post_keys(folder: Path, secret: bytes) -> PostKeys:
    """The keys in the content of a post's key file."""
    try:
        value = decode_json(secret)
        signing = PostKey.from_seeds(
            value["origin"], unb64(value["ed25519"], 32), unb64(value["mldsa44"], 32)
        )
        storage = HybridIdentity.parse(value["storage"])
        return PostKeys(folder, signing, unb64(value["database"], 32), storage)
    except (KeyError, TypeError, ReftelError) as error:
        raise StoreDamaged(f"the key file in {folder} opens but is not a post's key file") from error


def create_person_key(folder: Path, person: str, passphrase: str) -> PersonKey:
    """Make a person's signing key and keep it under the person's own passphrase.

    An old file of that person is replaced only by removing it first.
    """
    check_passphrase(passphrase)
    path = person_file(folder, person)
    key = PersonKey.generate()
    with disk_errors(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists():
            raise BadValue(f"{person} has a key file already", mend=f"Move {path} away first.")
        write_durably(path, encrypt(key.seed(), [ScryptRecipient(passphrase)]))
    return key


def open_person_key(folder: Path, person: str, passphrase: str) -> PersonKey:
    """Unlock a person's key; :class:`Locked` for a wrong passphrase, :class:`NotFound` for no file."""
    path = person_file(folder, person)
    if not path.exists():
        raise NotFound(f"there is no key file for {person} in {folder}")
    try:
        return PersonKey.from_seed(_unlock(path, passphrase))
    except PeerError as error:
        raise StoreDamaged(f"{path.name} opens but is not a person's key file") from error


def person_file(folder: Path, person: str) -> Path:
    """Where a person's key lies; the name is spelled so that it is safe as a file's name."""
    safe = "".join(c if c.isalnum() or c in "-." else f"_{ord(c):x}_" for c in person).lower()
    if not safe.strip(".") or len(safe.encode()) > _LONGEST_NAME:
        raise BadValue("a person has a name, and no longer than a file's may be")
    return folder / "people" / f"{safe}.age"


def check_passphrase(passphrase: str) -> None:
    """Refuse an empty or very short passphrase; a generated one of six words is far better."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise BadValue(
            f"a passphrase has at least {MIN_PASSPHRASE} characters", mend="Take six words drawn by dice."
        )


def _unlock(path: Path, passphrase: str) -> bytes:
    try:
        return decrypt(_read(path), [ScryptIdentity(passphrase)])
    except AgeNoMatch as error:
        raise Locked(f"that passphrase does not open {path.name}", mend="Type it again.") from error
    except PeerError as error:
        raise StoreDamaged(f"{path.name} is damaged", mend="Restore the key file from a backup.") from error


def _read(path: Path) -> bytes:
    with disk_errors(path), path.open("rb") as file:
        return file.read(_MAX_KEY_FILE)
