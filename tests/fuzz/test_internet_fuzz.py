"""Whatever bytes come: either not canonical, or exactly what would be written."""

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.cable.foreign import read_mail
from reftel.cable.internet import MAX_BYTES, read, write
from reftel.cable.plain import from_plain
from reftel.errors import FormatError, NotCanonical
from tests.cable.samples import SAMPLES

SEEDS = [write(cable) for cable in SAMPLES.values()]
TOKENS = [
    b"\r\n",
    b"\r\n ",
    b"\r\n\r\n",
    b" \r\n",
    b"\n",
    b" ",
    b'"',
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{}",
    b"[",
    b"null",
    b"1e9",
    b"NaN",
    b"> ",
    b"\xc2\x85",
    b"=?utf-8?B?eA==?=",
    b"--=_reftel_000000_=",
    b"Content-Type: multipart/mixed; boundary=x\r\n",
    b"X-Later: 1\r\n",
]


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A seed with some of its bytes cut out, doubled, moved, swapped or replaced."""
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        piece = data[start:end]
        new = draw(
            st.one_of(
                st.just(b""),
                st.just(piece + piece),
                st.binary(max_size=3),
                st.sampled_from(TOKENS),
                st.just(piece.swapcase()),
            )
        )
        data = data[:start] + new + data[end:]
    return data


@st.composite
def shuffled_lines(draw: st.DrawFn) -> bytes:
    """A seed with some of its lines left out, doubled or in another order."""
    lines = draw(st.sampled_from(SEEDS)).split(b"\r\n")
    for _ in range(draw(st.integers(1, 3))):
        taken = lines.pop(draw(st.integers(0, len(lines) - 1)))
        for _ in range(draw(st.integers(0, 2))):
            lines.insert(draw(st.integers(0, len(lines))), taken)
    return b"\r\n".join(lines)


@settings(max_examples=600)
@given(st.one_of(mutations(), shuffled_lines(), st.binary(max_size=200)))
def test_what_is_read_is_exactly_what_is_written(data):
    try:
        cable = read(data)
    except NotCanonical:
        return
    assert write(cable) == data


@settings(max_examples=300)
@given(st.one_of(mutations(), shuffled_lines(), st.binary(max_size=200)))
def test_foreign_mail_is_read_or_refused_and_can_be_written_and_read(data):
    try:
        mail = read_mail(data)
    except FormatError:
        return
    assert mail.doubts
    assert read(write(mail.cable)) == mail.cable


json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["sender", "to", "blocks", "text", "cable", "post", "moment", "extra", "registered"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=200)
@given(json)
def test_only_a_format_error_leaves_the_plain_form(value):
    with contextlib.suppress(FormatError):
        from_plain({"sender": {}, "to": [], "blocks": []} | value if isinstance(value, dict) else value)


def test_hostile_sizes_are_read_in_linear_time():
    seed = SEEDS[0]
    for filler in (
        b"a",
        b"a ",
        b"> ",
        b"=_reftel_000000_=",
        b"\xe4\xb8\xad",
        b"\\",
        b'"',
        b"=?utf-8?B?",
        b"\r\n ",
    ):
        many = filler * (2**20 // len(filler))
        for data in (
            seed + many,
            seed.replace(b"SECRET", many),
            seed.replace(b"Subject: ", b"Subject: " + many),
            seed.replace(b"\r\n\r\n", b"\r\nX: " + many + b"\r\n\r\n", 1),
        ):
            with contextlib.suppress(NotCanonical):
                read(data)
            with contextlib.suppress(FormatError):
                read_mail(data)
    assert len(data) < MAX_BYTES
