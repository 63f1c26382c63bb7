"""JSON that stores are known to stumble over: what has to come back as it was, and what has to be refused."""

from typing import Final

from datastore_service.domain.json_value import MAX_INTEGER_DIGITS

DEEP: Final = 90  # within the depth of 100 that is configured, the request around the value included
TOO_DEEP: Final = 10_000


def nested(opening: bytes, closing: bytes, depth: int) -> bytes:
    return opening * depth + b"1" + closing * depth


KEPT: Final[dict[str, bytes]] = {
    "an integer that a double cannot hold": b"9007199254740993",
    "a negative integer that a double cannot hold": b"-9007199254740993",
    "the least 64-bit integer": b"-9223372036854775808",
    "an integer just beyond 64 bits": b"9223372036854775808",
    "an integer of 400 digits": b"1234567890" * 40,
    "the longest integer": b"9" * MAX_INTEGER_DIGITS,
    "10 to the power of 400": b"1e400",
    "10 to the power of 23": b"1e23",
    "10 to the power of -16000": b"1e-16000",
    "the least double": b"5e-324",
    "the greatest double": b"1.7976931348623157e308",
    "a capital exponent": b"1E5",
    "a signed exponent": b"-1.5E+3",
    "a zero at the end of a fraction": b"1.10",
    "a fraction of zeros": b"1.000",
    "zero with an exponent": b"0e10",
    "a negative zero": b"-0",
    "a negative zero with a fraction": b"[-0.0]",
    "a negative zero with an exponent": b"-0e5",
    "a negative zero with a capital exponent": b'{"a": -0.00E-3}',
    "a text that is no negative zero": b'["-0.0", "x-0.0", {"-0.0": -0.05}]',
    "a fraction that a double rounds": b"0.1000000000000000055511151231257827",
    "a sum that doubles get wrong": b"[0.1, 0.2, 0.30000000000000004]",
    "every escape": rb'"\"\\\/\b\f\n\r\t\u001f\u007f\u00e9\ud83d\ude00"',
    "each control character but NUL": b'"' + b"".join(b"\\u%04x" % code for code in range(1, 32)) + b'"',
    "one character of each plane": f'"{"".join(chr(plane * 0x10000 + 0x4E2D) for plane in range(17))}"'.encode(),
    "the last character of each plane": f'"{"".join(chr(plane * 0x10000 + 0xFFFF) for plane in range(17))}"'.encode(),
    "noncharacters": '"\ufdd0\ufdef\ufffe\uffff"'.encode(),
    "line and paragraph separators": '"a\u2028b\u2029c\u0085d"'.encode(),
    "a byte order mark within a text": '"\ufeffa\ufeff"'.encode(),
    "bidirectional controls and zero widths": '"\u202e\u200b\u200d\u2066"'.encode(),
    "the two forms of one accented letter": '{"\u00e9": 1, "e\u0301": 2}'.encode(),
    "an empty key": b'{"": {"": ""}}',
    "keys that JavaScript knows": b'{"__proto__": {"constructor": {"prototype": null}}, "toString": 1}',
    "keys that look like pointers": b'{"a/b": 1, "~0": 2, "$ref": "#/a", "-": 3, "0": 4}',
    "keys that look like code": rb'{"a.b": 1, "a\"b": 2, "a\\b": 3, "%s": 4, "{}": 5, "$1": 6, "\u0001": 7}',
    "texts that look like code": rb'["%s", "{0}", "$1", ":p", "\\u0000", "\\ud800", "\\", "\u0027; --"]',
    "texts that look like other values": b'["null", "true", "1", "NaN", "2026-01-01", ""]',
    "nothing in many forms": b'[null, false, 0, "", [], {}, [[]], [{}], {"a": []}]',
    "a deep array": nested(b"[", b"]", DEEP),
    "a deep object": nested(b'{"a":', b"}", DEEP),
    "brackets within a text": b'"' + b"[{" * TOO_DEEP + b'"',
    "a text of a megabyte": b'"' + b"x" * 1_000_000 + b'"',
    "a key of a megabyte": b'{"' + "\U0001f600".encode() * 250_000 + b'": 1}',
    "a wide array": b"[" + b"1," * 5_000 + b"1]",
    "a wide object": b"{" + b",".join(b'"k%d": %d' % (n, n) for n in range(5_000)) + b"}",
    "blanks of all kinds": b' \t\r\n[ 1 ,\t2\r\n, {"a" : null} ] \n',
}
"""JSON values as text; a null is only within others, as a merge patch would take it for a removal."""

NOT_STORABLE: Final[dict[str, bytes]] = {
    "NUL in a text": rb'"a\u0000b"',
    "NUL in a key": rb'{"\u0000": 1}',
    "a lone high surrogate": rb'"\ud800"',
    "a lone low surrogate": rb'["\udfff"]',
    "surrogates in the wrong order": rb'"\ude00\ud83d"',
    "a lone surrogate in a key": rb'{"a": {"\ud83d": 1}}',
    "an integer with a digit too many": b"9" * (MAX_INTEGER_DIGITS + 1),
    "an exponent that numeric does not hold": b"1e131072",
    "a negative exponent that numeric does not hold": b"1e-16384",
    "few characters that become many digits": b"[" + b",".join([b"1e131071"] * 100) + b"]",
}
"""JSON, but not what PostgreSQL could give back."""

NOT_JSON: Final[dict[str, bytes]] = {
    "NaN": b"NaN",
    "Infinity": b"[Infinity]",
    "negative infinity": b"-Infinity",
    "an exponent beyond all bounds": b"1e9999999999999999999",
    "a leading zero": b"01",
    "a leading plus": b"+1",
    "a fraction without an integer": b".5",
    "a fraction without digits": b"1.",
    "a hexadecimal number": b"0x10",
    "digits of another script": "\u0661".encode(),
    "single quotes": b"'a'",
    "an unquoted key": b"{a: 1}",
    "a trailing comma": b"[1,]",
    "a comment": b"[1 /* one */]",
    "a raw line feed in a text": b'"a\nb"',
    "a raw NUL in a text": b'"a\x00b"',
    "an unknown escape": rb'"\x41"',
    "a short escape": rb'"\u12"',
    "two values": b"1 2",
    "an open text": b'"a',
    "an open array": b"[1",
    "a no-break space": "[1,\u00a02]".encode(),
    "a key that stands twice": b'{"a": 1, "a": 1}',
    "a key that stands twice when unescaped": rb'[{"a": 1, "\u0061": 2}]',
    "a byte that is no UTF-8": b'"\xff"',
    "an overlong form": b'"\xc0\xaf"',
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "a cut character": b'"\xe2\x82"',
    "a character beyond Unicode": b'"\xf4\x90\x80\x80"',
    "Latin-1": '"é"'.encode("latin-1"),
    "an array 10,000 levels deep": nested(b"[", b"]", TOO_DEEP),
    "an object 10,000 levels deep": nested(b'{"a":', b"}", TOO_DEEP),
    "an array a level too deep": nested(b"[", b"]", 101),
    "10,000 brackets that never close": b"[" * TOO_DEEP,
}
"""No JSON (RFC 8259), or JSON whose meaning is left open."""
