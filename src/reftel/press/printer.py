"""The press: sheets on paper as PDF/A-3a and PDF/UA-1, one PDF for each numbered copy."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, cast

import segno
import typst

from reftel.errors import PressError
from reftel.files import write_durably
from reftel.press.sheet import Decision, SheetCopy, SheetData
from reftel.press.values import Values, code_text, copy_values, sheet_values

__all__ = ["Decision", "Press", "SheetCopy", "SheetData", "write_pdf"]

_NO_COPY = {"number": "–", "of": "–", "holder": "Nobody", "form": "a preview and no copy", "return_by": ""}
_NO_CODE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="9" height="9"/>'


class Press:
    """A typesetter with its fonts loaded; make one and keep it, the first copy warms it up.

    Nothing of a cable is written to disk: the values and the attached bytes are handed over in
    memory.
    """

    def __init__(self) -> None:
        room = files("reftel.press")
        self._template = (room / "sheet.typ").read_bytes()
        with as_file(room / "fonts") as folder:
            fonts = typst.Fonts(
                include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)]
            )
        self._compiler = typst.Compiler(font_paths=fonts)

    def print_copies(self, data: SheetData, copies: Sequence[SheetCopy]) -> Iterator[bytes]:
        """Each copy of ``data`` as the bytes of a PDF, in order; the same input gives the same bytes.

        The registered bytes ride along as ``cable.eml``, and ``cable.json`` when there is one.
        Raises :class:`PressError` when the sheet cannot be set without any warning.
        """
        attached = {"cable.eml": data.internet_form, "cable.json": data.cable_json}
        shared = {"sheet.typ": self._template, "sheet.json": _json(sheet_values(data)), **attached}
        # Choosing the mask is most of the work; one chosen for the sheet serves all its copies.
        mask = segno.make_qr(code_text(data, 0), error="m").mask
        for copy in copies:
            code = segno.make_qr(code_text(data, copy.number), error="m", mask=mask)
            own = {"copy.json": _json(copy_values(copy)), "code.svg": _svg(code)}
            yield compile_sheet(self._compiler, shared | own, int(data.printed_at.timestamp()))

    def compile(self, sources: Mapping[str, bytes], at: datetime) -> bytes:
        """The PDF of other sources, with these fonts: :func:`compile_sheet`."""
        return compile_sheet(self._compiler, sources, int(at.timestamp()))

    def draw(self, data: SheetData, pixels_per_inch: int) -> list[bytes]:
        """The pages of ``data`` as pictures in PNG that are no copy: no number, no holder, no square code.

        Raises :class:`PressError` when the sheet cannot be set.
        """
        sources = {
            "main": self._template,
            "sheet.json": _json(sheet_values(data)),
            "cable.eml": b"",
            "copy.json": _json(_NO_COPY),
            "code.svg": _NO_CODE,
        }
        try:
            # the binding takes a dict of files, which its type stub leaves out
            pages = self._compiler.compile(cast(Any, sources), format="png", ppi=pixels_per_inch)
        except typst.TypstError:
            raise PressError("the sheet could not be set: typst refused it") from None
        drawn = pages if isinstance(pages, list) else [pages]
        return [page for page in drawn if page is not None]


def compile_sheet(compiler: typst.Compiler, sources: Mapping[str, bytes], timestamp: int) -> bytes:
    """The PDF of ``sheet.typ`` among the in-memory ``sources``; ``timestamp`` in Unix seconds.

    Raises :class:`PressError` on any error or warning. What typst says is left out of it, for it
    may quote the cable; only the place in the template is told.
    """
    # typst takes a main file under the name "main"
    named = {
        "main": sources["sheet.typ"],
        **{name: data for name, data in sources.items() if name != "sheet.typ"},
    }
    try:
        # the binding takes a dict of files, which its type stub leaves out
        pdf, warnings = compiler.compile_with_warnings(
            cast(Any, named), format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=timestamp
        )
    except typst.TypstError:
        raise PressError("the sheet could not be set: typst refused it") from None
    if warnings or not isinstance(pdf, bytes):
        raise PressError(f"the sheet was set with {len(warnings)} warnings of typst, so it is not given out")
    return pdf


def write_pdf(path: Path, pdf: bytes) -> None:
    """Write ``pdf`` so that only its owner can read it (mode 0600), whole, down to the disk.

    Raises :class:`PressError` when it cannot be written.
    """
    try:
        write_durably(path, pdf)
    except OSError as error:
        raise PressError(f"{path} could not be written: {error.strerror}") from error


def _json(values: Values) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode()


def _svg(code: segno.QRCode) -> bytes:
    drawn = io.BytesIO()
    code.save(drawn, kind="svg", border=0, xmldecl=False)
    return drawn.getvalue()
