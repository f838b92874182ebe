"""Bech32, by the test vectors of BIP 173 and for keys longer than it allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reftel.cipher import bech32
from reftel.errors import KeyTextError


@pytest.mark.parametrize(
    ("text", "hrp", "size"),
    [
        ("A12UEL5L", "A", 0),
        ("a12uel5l", "a", 0),
        (
            "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
            None,
            0,
        ),
        ("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef", 20),
        (
            "11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j",
            "1",
            51,
        ),
        ("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "split", 30),
        ("?1ezyfcl", "?", 0),
    ],
)
def test_valid_vectors_of_bip_173_decode_and_encode_again(text, hrp, size):
    part, data = bech32.decode(text)
    assert part == (hrp or text[:-7])
    assert len(data) == size
    assert bech32.encode(part, data) == text


@pytest.mark.parametrize(
    "text",
    [
        "\x201nwldj5",
        "\x7f1axkwrx",
        "\x801eym55h",
        "pzry9x0s0muk",
        "1pzry9x0s0muk",
        "x1b4n0q5v",
        "li1dgmt3",
        "de1lg7wt\xff",
        "A1G7SGD8",
        "10a06t8",
        "1qzzfhee",
        "",
        "A12uEL5L",
        "a12uel5m",
    ],
)
def test_invalid_vectors_of_bip_173_are_refused(text):
    with pytest.raises(KeyTextError):
        bech32.decode(text)


def test_known_data_has_known_text():
    # BIP 173's own P2WPKH example without its witness version.
    text = bech32.encode("bc", bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6"))
    assert text.startswith("bc1w508d6qejxtdg4y5r3zarvary0c5xw7k")


def with_checksum(hrp: str, symbols: str) -> str:
    """Any symbols, whole bytes or not, with the checksum that belongs to them."""
    values = ["qpzry9x8gf2tvdw0s3jn54khce6mua7l".index(c) for c in symbols]
    expanded = [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]
    check = 1
    for value in [*expanded, *values, 0, 0, 0, 0, 0, 0]:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> i & 1 else 0
    check ^= 1
    tail = [check >> 5 * (5 - i) & 31 for i in range(6)]
    return hrp + "1" + symbols + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[v] for v in tail)


@pytest.mark.parametrize("symbols", ["q", "qqq", "qqqqqq", "qp", "qqqp"])
def test_spare_bits_that_no_byte_owns_are_refused(symbols):
    with pytest.raises(KeyTextError, match="belong to no byte"):
        bech32.decode(with_checksum("age", symbols))


def test_text_over_the_bound_is_refused():
    with pytest.raises(KeyTextError, match="too long"):
        bech32.decode(bech32.encode("age", bytes(2600)))


@given(st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True), st.binary(max_size=1300))
def test_what_is_encoded_decodes(hrp, data):
    text = bech32.encode(hrp, data)
    assert bech32.decode(text) == (hrp, data)
    symbols = text[len(hrp) + 1 : -6]
    assert text == with_checksum(hrp, symbols)


@given(st.binary(min_size=1, max_size=60), st.data())
def test_one_wrong_character_is_always_noticed(data, draw):
    text = bech32.encode("age", data)
    at = draw.draw(st.integers(4, len(text) - 1))
    wrong = draw.draw(st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l").filter(lambda c: c != text[at]))
    with pytest.raises(KeyTextError):
        bech32.decode(text[:at] + wrong + text[at + 1 :])
