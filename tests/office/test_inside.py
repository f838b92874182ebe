"""Somebody of the post who bends the rules, and other users of the same machine."""

import os
import stat

from reftel.office.audit import audit
from reftel.testing import SimulatedPost


def test_a_clock_that_was_set_back_is_noted(tmp_path):
    """Acts done then are dated before they were done, and the register's order says so."""
    post = SimulatedPost(tmp_path / "post", "beijing.example", "BEIJING")
    post.pass_time(seconds=-50)
    post.release(post, text="By a clock that was put right.")
    assert "clock set back" not in {finding.kind for finding in audit(post.office).findings}
    post.pass_time(days=-3)
    post.release(post, text="Dated before.")
    report = audit(post.office)
    (finding,) = [finding for finding in report.findings if finding.kind == "clock set back"]
    post.close()
    assert report.clean
    assert "4320 minutes before" in finding.sentence


def test_no_file_of_a_post_is_for_others(tmp_path):
    """Whatever the user's umask says."""
    before = os.umask(0)
    try:
        post = SimulatedPost(tmp_path / "post", "beijing.example", "BEIJING")
    finally:
        os.umask(before)
    found = [tmp_path / "post", *(tmp_path / "post").rglob("*")]
    open_to_others = [path.name for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077]
    post.close()
    assert open_to_others == []
