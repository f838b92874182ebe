"""What comes with an act from a page: each field read strictly, within its bounds, into plain JSON values.

A form sends text only, a list with one item as the item, and leaves empty what nobody filled in; a
script sends numbers and lists as such. Both are read to the same. What is not expected is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from reftel.errors import BadValue
from reftel.register.entries import Json, b64
from reftel.web.visit import read_bytes

Read: TypeAlias = Callable[[object], Any]
MAX_NAME = 80
MAX_LINE = 1000
MAX_TEXT = 20_000
MAX_SHEET = 3 * 1024 * 1024
MAX_FILE = 3 * 1024 * 1024
MAX_ENTRY = 10**12
_BREAKS = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One argument: how it is read, and whether it must be there; else ``default`` stands for it."""

    read: Read
    needed: bool = True
    default: Any = ""


def needed(read: Read) -> Field:
    """An argument that must be there."""
    return Field(read=read)


def optional(read: Read, default: Any = "") -> Field:
    """An argument that may be left out, or empty."""
    return Field(read=read, needed=False, default=default)


def read_fields(fields: Mapping[str, Field], value: object) -> Json:
    """Read an object by its fields; :class:`BadValue` for one that lacks, another, or one out of bounds."""
    if not isinstance(value, dict):
        raise BadValue("the arguments of an act are named", mend="Load the page again.")
    unknown = sorted(str(name)[:40] for name in value if name not in fields)
    if unknown:
        raise BadValue(f"this act has no argument {unknown[0]!r}", mend="Load the page again.")
    given: Json = {}
    for name, field in fields.items():
        found = value.get(name)
        if found in (None, "", []):
            if field.needed:
                raise BadValue(f"{_said(name)} is left out", mend="Fill it in.")
            given[name] = field.default
            continue
        try:
            given[name] = field.read(found)
        except BadValue as error:
            raise BadValue(f"{_said(name)}: {error.sentence}", mend=error.mend) from error
    return given


def _said(name: str) -> str:
    return name.replace("_", " ")


def line(longest: int = MAX_LINE) -> Read:
    """One line of text, of at most so many characters, without control characters."""

    def read(value: object) -> str:
        if not isinstance(value, str) or len(value) > longest:
            raise BadValue(f"that is not text of at most {longest} characters")
        text = value.strip()
        if not text or not all(_may_stand(c) for c in text):
            raise BadValue("that is empty, or holds characters that cannot be printed")
        return text

    return read


def _may_stand(character: str) -> bool:
    """Text of any script, also with the marks that join and direct it; no control and no half character."""
    return character >= " " and not "\x7f" <= character <= "\x9f" and not "\ud800" <= character <= "\udfff"


def text(longest: int = MAX_TEXT) -> Read:
    """Text of several lines."""

    def read(value: object) -> str:
        if not isinstance(value, str) or len(value) > longest:
            raise BadValue(f"that is not text of at most {longest} characters")
        found = _BREAKS.sub("\n", value)
        if not found.strip() or not all(_may_stand(c) or c in "\n\t" for c in found):
            raise BadValue("that is empty, or holds characters that cannot be printed")
        return found

    return read


def sheet(value: object) -> str:
    """A sheet as it was typed, each line ended; whether it is one is for the sheet's own reader."""
    return str(text(MAX_SHEET)(value)).removesuffix("\n") + "\n"


def whole(low: int, high: int) -> Read:
    """A whole number within bounds."""

    def read(value: object) -> int:
        if isinstance(value, str) and re.fullmatch("[0-9]{1,13}", value):
            value = int(value)
        if type(value) is not int or not low <= value <= high:
            raise BadValue(f"that is not a whole number from {low} to {high}")
        return value

    return read


def entry(value: object) -> int:
    """The number of an entry, such as that of a cable; a form may write ``entry:17``."""
    return int(whole(0, MAX_ENTRY)(value.removeprefix("entry:") if isinstance(value, str) else value))


def number_or_entry(value: object) -> int | str:
    """What names a cable: any number that it bears, or its entry."""
    if isinstance(value, str) and not re.fullmatch("entry:[0-9]{1,13}", value):
        return str(line(200)(value))
    return entry(value)


def choice(*words: str) -> Read:
    """One of these words."""

    def read(value: object) -> str:
        if value not in words:
            raise BadValue(f"that is none of {', '.join(words)}")
        return str(value)

    return read


def yes(value: object) -> bool:
    """A box that is ticked or not."""
    if value in (True, "on", "true", "yes", "1"):
        return True
    if value in (False, "off", "false", "no", "0"):
        return False
    raise BadValue("that is neither yes nor no")


def many(read: Read, most: int = 64) -> Read:
    """A list of at most so many; empty lines of a form are left out."""

    def read_all(value: object) -> list[Any]:
        if isinstance(value, dict) and all(re.fullmatch("[0-9]{1,4}", str(key)) for key in value):
            value = [value[key] for key in sorted(value, key=int)]
        items = value if isinstance(value, list) else [value]
        items = [item for item in items if not _is_empty(item)]
        if len(items) > most:
            raise BadValue(f"that is more than {most}")
        return [read(item) for item in items]

    return read_all


def _is_empty(item: object) -> bool:
    return item in (None, "") or (
        isinstance(item, dict) and all(value in (None, "") for value in item.values())
    )


def parts(**fields: Field) -> Read:
    """Something that has fields of its own."""
    return lambda value: read_fields(fields, value)


def listed(read: Read, most: int = 64) -> Read:
    """A list that a form may give in one line, parted by commas."""

    def read_all(value: object) -> list[Any]:
        return list(many(read, most)(value.split(",") if isinstance(value, str) else value))

    return read_all


def file(longest: int = MAX_FILE) -> Read:
    """A file's bytes, in either alphabet of base64; they are kept in the register's."""

    def read(value: object) -> str:
        given = value.replace("+", "-").replace("/", "_") if isinstance(value, str) else value
        return b64(read_bytes(given, longest))

    return read


def digest(value: object) -> str:
    """Base64 of 32 bytes, as the register writes a digest."""
    if not isinstance(value, str) or not re.fullmatch("[A-Za-z0-9+/]{43}", value):
        raise BadValue("that is not a digest")
    return value
