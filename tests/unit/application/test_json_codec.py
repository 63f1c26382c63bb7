"""JSON text to Python values and back."""

import json
from contextlib import suppress
from decimal import Decimal

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from datastore_service.application.json_codec import MalformedJson, decode, encode
from datastore_service.domain.json_value import MAX_DEPTH, Json
from tests.strategies import json_number_texts, json_texts, json_values

_TEN_KEYS = ", ".join(f'"{n}": {n}' for n in range(10))


@given(json_values())
@example("\x00")
@example(2**63 - 1)
@example(-(2**63))
@example(Decimal(2**63))
@example({"b": 1, "a": [1.0, True, Decimal("1E+400")]})
def test_gives_back_what_was_encoded(value: Json) -> None:
    decoded = decode(encode(value))

    # Unlike ==, repr tells 1 from 1.0 and True, 0.0 from -0.0, and one order of members from another.
    assert repr(decoded) == repr(value)


@given(json_texts())
def test_reads_valid_documents_as_other_decoders_do(text: str) -> None:
    decoded = decode(text.encode())

    assert repr(decoded) == repr(json.loads(text)) == repr(orjson.loads(text))


@given(json_number_texts())
def test_reads_each_number_to_its_last_digit(text: str) -> None:
    decoded = decode(text.encode())

    assert isinstance(decoded, int | float | Decimal)
    assert Decimal(repr(decoded) if isinstance(decoded, float) else decoded) == Decimal(text)


@given(st.lists(st.tuples(st.text('a :"', max_size=3), json_number_texts()), max_size=4), st.sampled_from(["", " "]))
@example([("a b", "1"), ("ab", "1")], " ")
@example([("a b", "1"), ("a b", "1")], " ")
def test_refuses_an_object_only_for_a_repeated_key(members: list[tuple[str, str]], space: str) -> None:
    written = f",{space}".join(f"{json.dumps(key)}{space}:{number}" for key, number in members)
    text = f"{space}{{{written}}}".encode()

    if len(dict(members)) < len(members):
        with pytest.raises(MalformedJson, match="twice"):
            decode(text)
    else:
        decoded = decode(text)

        assert repr(decoded) == repr({key: decode(number.encode()) for key, number in members})


_nested = st.recursive(
    st.text('[]{}"\\a', max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('[]{}"\\', max_size=2), inner, max_size=3),
)


@given(_nested)
def test_counts_brackets_that_are_not_in_strings(value: Json) -> None:
    text = json.dumps(value).encode()
    depth = _depth(value)

    assert decode(text, max_depth=depth) == value
    if depth:
        with pytest.raises(MalformedJson, match=f"nested more than {depth - 1} levels deep"):
            decode(text, max_depth=depth - 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.0, b"0.0"),
        (Decimal("-0"), b"0"),
        (Decimal("-0.00"), b"0.00"),
        ({"-0.0": ["-0.0", -0.0, -0.05, 2**70, True]}, b'{"-0.0":["-0.0",0.0,-0.05,1180591620717411303424,true]}'),
    ],
)
def test_writes_zero_for_a_negative_zero(value: Json, text: bytes) -> None:
    assert encode(value) == text


def _depth(value: Json) -> int:
    match value:
        case dict():
            return 1 + max(map(_depth, value.values()), default=0)
        case list():
            return 1 + max(map(_depth, value), default=0)
        case _:
            return 0


@given(st.binary() | json_texts().map(str.encode), st.binary(max_size=2), st.integers(0, 1000))
def test_decodes_or_refuses_every_text(text: bytes, inserted: bytes, place: int) -> None:
    place %= len(text) + 1
    damaged = text[:place] + inserted + text[place:]

    with suppress(MalformedJson):
        decode(damaged)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-0", 0),
        ("-0.0", 0.0),
        ("-0e5", 0.0),
        ('{"-0.0": [-0.0, -0, -0.00, -0.05, "-0.0"]}', {"-0.0": [0.0, 0, 0.0, -0.05, "-0.0"]}),
        ("-1e-400", Decimal("-1E-400")),
        ("1.0", 1.0),
        ("1E2", 100.0),
        ("0.1", 0.1),
        ("0.10", 0.1),
        ("5e-324", 5e-324),
        ("123456789012345678", 123456789012345678),
        ("9223372036854775808", Decimal(9223372036854775808)),
        ("-9223372036854775809", Decimal(-9223372036854775809)),
        ("1" * 5000, Decimal("1" * 5000)),
        ("1e400", Decimal("1E+400")),
        ("1e-400", Decimal("1E-400")),
        ("0.1234567890123456789", Decimal("0.1234567890123456789")),
        ("123456789.123456789123456789", Decimal("123456789.123456789123456789")),
        ("0." + "3" * 5000, Decimal("0." + "3" * 5000)),
        ('"\\u0000\\ud83d\\ude00\\/"', "\x00\U0001f600/"),
        ("\r\n\t [ ] ", []),
    ],
    ids=lambda part: str(part)[:24],
)
def test_reads(text: str, value: Json) -> None:
    decoded = decode(text.encode())

    assert repr(decoded) == repr(value)


@pytest.mark.parametrize("number", [2**62, 10**18, 2**63 - 1, -(10**17), -(2**63)])
def test_reads_a_64_bit_integer_as_an_integer(number: int) -> None:
    decoded = decode(str(number).encode())

    assert (type(decoded), decoded) == (int, number)


@pytest.mark.parametrize(
    "number", [2**63, 2**64, -(2**63) - 1, 10**400, -(10**5000)], ids=["63", "64", "low", "400", "5000"]
)
def test_writes_long_integers_digit_for_digit(number: int) -> None:
    encoded = encode({"n": [number, True, None, "1", 0.5]})

    assert encoded == b'{"n":[%s,true,null,"1",0.5]}' % str(Decimal(number)).encode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "Expecting value (line 1, column 1)."),
        (b" \n ", "Expecting value (line 2, column 2)."),
        (b"1 2", "Extra data (line 1, column 3)."),
        (b"{}\n]", "Extra data (line 2, column 1)."),
        (b"01", "Extra data (line 1, column 2)."),
        (b"1.", "Extra data (line 1, column 2)."),
        (b".5", "Expecting value (line 1, column 1)."),
        (b"+1", "Expecting value (line 1, column 1)."),
        (b"0x10", "Extra data (line 1, column 2)."),
        (b"\n\n [tru]", "Expecting value (line 3, column 3)."),
        (b"None", "Expecting value (line 1, column 1)."),
        (b"undefined", "Expecting value (line 1, column 1)."),
        (b"[1,\n2 3]", "(line 2, column 3)."),
        (b"[1", "Expecting ',' delimiter (line 1, column 3)."),
        (b"[1}", "Expecting ',' delimiter (line 1, column 3)."),
        (b"{'a': 1}", "Expecting property name enclosed in double quotes (line 1, column 2)."),
        (b"{1: 2}", "Expecting property name enclosed in double quotes (line 1, column 2)."),
        (b'{"a" 1}', "Expecting ':' delimiter (line 1, column 6)."),
        (b"// a\n1", "Expecting value (line 1, column 1)."),
        (b'"abc', "Unterminated string starting at (line 1, column 1)."),
        (b'"a\tb"', "Invalid control character at (line 1, column 3)."),
        (b'["\\x"]', "(line 1, column 3)."),
        (b'"\\u12"', "(line 1, column "),
        (b"\xc2\xa01", "Expecting value (line 1, column 1)."),
        (b"\x0c1", "Expecting value (line 1, column 1)."),
        ("\u0661".encode(), "Expecting value (line 1, column 1)."),
        (b"NaN", "NaN is no JSON number."),
        (b"[Infinity]", "Infinity is no JSON number."),
        (b'{"a": -Infinity}', "-Infinity is no JSON number."),
        (b'{"a": 1, "b": 2, "a": 1}', 'An object has the key "a" twice.'),
        (b'[{"x": {"\\u00e9": 1, "\xc3\xa9": 2}}]', 'An object has the key "\\u00e9" twice.'),
        (b'{"\\ud800": 1, "\\ud800": 2}', 'An object has the key "\\ud800" twice.'),
        (b'["\xff"]', "The text is not valid UTF-8: byte 2 is 0xff."),
        (b'"\xed\xa0\x80"', "The text is not valid UTF-8: byte 1 is 0xed."),
        (b'"\xc0\x80"', "The text is not valid UTF-8: byte 1 is 0xc0."),
        (b'"\xe2\x98', "The text is not valid UTF-8: byte 1 is 0xe2."),
        ("1".encode("utf-16"), "The text is not valid UTF-8"),
        (b"\xef\xbb\xbf1", "byte order mark"),
    ],
)
def test_says_what_is_wrong_and_where(text: bytes, reason: str) -> None:
    with pytest.raises(MalformedJson) as refusal:
        decode(text)

    assert reason in str(refusal.value)


@pytest.mark.parametrize("number", ["1e9999999999999999999", "-1e9999999999999999999", "1e-9999999999999999999"])
def test_refuses_an_exponent_that_no_number_type_holds(number: str) -> None:
    with pytest.raises(MalformedJson):
        decode(f'{{"n": [{number}]}}'.encode())


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("1", 0),
        ("[]", 1),
        ('{"a": {}}', 2),
        ("[[], [], [[]], {}]", 3),
        ('["[[[[[{{{{"]', 1),
        ('["\\"[[[[", {}]', 2),
        ('["\\\\", [[]], "\\\\\\"[[["]', 3),
        ('{"[[[": "]]]", "{": [1]}', 2),
        (f'[{{{_TEN_KEYS}, "]": []}}]', 3),
    ],
)
def test_accepts_nesting_up_to_the_limit_and_no_deeper(text: str, depth: int) -> None:
    decode(text.encode(), max_depth=depth)

    if depth:
        with pytest.raises(MalformedJson, match=f"nested more than {depth - 1} levels deep"):
            decode(text.encode(), max_depth=depth - 1)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"]":', "}]")])
def test_accepts_two_hundred_levels_by_default(opening: str, closing: str) -> None:
    times = MAX_DEPTH // (opening.count("[") + opening.count("{"))

    decode(f"{opening * times}0{closing * times}".encode())

    with pytest.raises(MalformedJson, match="nested more than 200 levels deep"):
        decode(f"{opening * times}[0]{closing * times}".encode())


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000])
def test_refuses_an_extremely_deep_document(text: bytes) -> None:
    with pytest.raises(MalformedJson, match="nested more than 200 levels deep"):
        decode(text)


@pytest.mark.parametrize(
    "tail",
    [
        pytest.param(b'"' + b'\\"' * 8_000, id="a string of escaped quotes without an end"),
        pytest.param(b'"' + b"\\\\" * 8_000, id="a string of backslashes without an end"),
        pytest.param(b'"\\\n' * 8_000, id="escaped line ends"),
        pytest.param(b'"",' * 8_000, id="empty strings"),
        pytest.param(b"]" * 8_000, id="closing brackets"),
    ],
)
def test_decodes_in_linear_time(tail: bytes) -> None:
    text = b"[" + b"[]," * MAX_DEPTH + tail * 20

    # Were the time to grow with the square of the length, this would take minutes.
    with pytest.raises(MalformedJson):
        decode(text)


@pytest.mark.parametrize(
    "value",
    [{1: 2}, [object()], b"1", "\ud800", {"\ud800": 1}],
    ids=["key", "item", "bytes", "surrogate", "surrogate key"],
)
def test_encodes_json_values_only(value: Json) -> None:
    with pytest.raises(TypeError):
        encode(value)
