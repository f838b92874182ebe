"""Files that last, in folders that others may write to."""

import os
import stat

import pytest

from reftel.files import write_durably


def test_a_file_is_its_owners_whatever_lay_there(tmp_path):
    """Somebody laid an open file and a link where the new one is made and where it goes."""
    path, elsewhere = tmp_path / "sheet.pdf", tmp_path / "elsewhere"
    part = tmp_path / ".sheet.pdf.part"
    elsewhere.write_bytes(b"theirs")
    for lay in (lambda: part.write_bytes(b""), lambda: part.symlink_to(elsewhere)):
        lay()
        if not part.is_symlink():
            part.chmod(0o666)
        kept = os.open(part, os.O_RDONLY)
        write_durably(path, b"secret")
        assert path.read_bytes() == b"secret"
        assert stat.S_IMODE(path.lstat().st_mode) == 0o600
        assert os.read(kept, 10) != b"secret"
        os.close(kept)
    assert elsewhere.read_bytes() == b"theirs"


def test_nothing_is_left_of_an_attempt_that_fails(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_durably(tmp_path / "taken", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
