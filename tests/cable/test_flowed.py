"""Lines of text: they fit a mail line, look as written, and come back exactly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.cable.flowed import flow, unflow

texts = st.one_of(
    st.text(alphabet="ab >\n停F", min_size=1, max_size=40),
    st.builds(
        lambda piece, times: piece * times,
        st.text(alphabet="ab >\n停", min_size=1, max_size=9),
        st.integers(1, 400),
    ),
    st.sampled_from(
        ["From ", "From me", " ", "\n", "\n\n", ">", "a ", "a \n b", "x" * 960, "x" * 961, "é" * 241]
    ),
)


@settings(max_examples=300)
@given(texts, st.integers(0, 16))
def test_text_comes_back_exactly(text, quoted):
    chunk = flow(text, quoted)
    assert unflow(chunk, quoted) == text
    assert all(0 < len(line.encode()) <= 980 for line in chunk.split("\n"))


@pytest.mark.parametrize(
    ("text", "quoted", "chunk"),
    [
        ("as it is", 0, "as it is"),
        ("said", 2, ">> said"),
        ("> a mark\nFrom here\n indented\n\nend", 0, " > a mark\n From here\n  indented\n \nend"),
        ("a blank at the end ", 0, "a blank at the end  \n "),
        ("word " * 200, 0, "word " * 192 + " \n" + "word " * 8 + " \n "),
        ("停" * 250, 0, "停" * 240 + " \n" + "停" * 10),
    ],
)
def test_lines_stand_as_rfc_3676_has_them(text, quoted, chunk):
    assert flow(text, quoted) == chunk
