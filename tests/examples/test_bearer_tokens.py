"""docs/examples/bearer: which tokens are taken."""

import base64
import hmac
import json
import os
import subprocess
import sys
from pathlib import Path

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from datastore_service.api.http.authentication import Unauthenticated
from tests.docs.pages import DOCS
from tests.examples.bearers import AUDIENCE, ISSUER, KEY, authenticator, bearing, claims, publish, token

OTHER = generate_private_key(SECP256R1())


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def part(document: object) -> str:
    return encoded(json.dumps(document).encode())


def tampered(text: str, **changes: object) -> str:
    """Returns a token with other claims and its old signature."""
    header, _, signature = text.split(".")
    return f"{header}.{part(claims(**changes))}.{signature}"


def resigned_with_the_public_key() -> str:
    """Returns a token that is right where the public key is taken for a secret one."""
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part({'alg': 'HS256', 'kid': 'first'})}.{part(claims())}"
    signature = hmac.digest(public, signed.encode(), "sha256")
    return f"{signed}.{encoded(signature)}"


BAD = {
    "expired": token(exp=1_700_000_000),
    "never expires": token(exp=None),
    "not yet": token(nbf=99_999_999_999),
    "another audience": token(aud="another"),
    "no audience": token(aud=None),
    "another issuer": token(iss=f"{ISSUER}.evil.example"),
    "no issuer": token(iss=None),
    "nobody": token(sub=None),
    "no name": token(sub=""),
    "a name that cannot be stored": token(sub="a\x00b"),
    "beyond all time": token(exp=10**18),
    "alg none": f"{part({'alg': 'none', 'kid': 'first'})}.{part(claims())}.",
    "no signature": token().rpartition(".")[0] + ".",
    "unknown kid": token(kid="unknown"),
    "no kid": token(kid=None),
    "another key": token(OTHER),
    "tampered": tampered(token(scope="read:a"), scope="admin"),
    "the public key as a secret": resigned_with_the_public_key(),
    "a key of its own": jwt.encode(claims(), OTHER, "ES256", {"kid": "first", "jwk": {"kty": "EC"}, "jku": "http://a"}),
    "not known but critical": jwt.encode(claims(), KEY, "ES256", {"kid": "first", "crit": ["b"], "b": 1}),
    "no token": "abc",
    "nothing": "",
    "two": f"{token()} {token()}",
    "kid of another type": f"{part({'alg': 'ES256', 'kid': ['first']})}.{part(claims())}.AAAA",
    "deep": f"{encoded(b'[' * 5_000)}.{part(claims())}.AAAA",
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("store", ["fakes"], indirect=True)
async def test_refuses(client: httpx2.AsyncClient, kind: str) -> None:
    headers = {"Authorization": f"Bearer {BAD[kind]}"}

    answers = [
        await client.get("/records", headers=headers),
        await client.post("/graphql", json={"query": "{ records { totalCount } }"}, headers=headers),
    ]

    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith('Bearer realm="datastore", error="invalid_token"')
    assert ("expired" in answers[0].json()["detail"]) == (kind == "expired")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": ""}])
@pytest.mark.parametrize("store", ["fakes"], indirect=True)
async def test_who_has_no_token_is_told_that_one_is_needed(client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.get("/records", headers=headers)

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="datastore"')


@pytest.mark.parametrize("store", ["fakes"], indirect=True)
async def test_the_subject_is_who_has_made_a_change(client: httpx2.AsyncClient) -> None:
    created = await client.post("/records", json={"payload": 1}, headers=bearing("write:default", "grace"))

    changes = (await client.get("/changes", headers=bearing("admin"))).json()["items"]
    assert created.status_code == 201
    assert [change["actor"] for change in changes] == ["grace"]


@pytest.mark.parametrize("store", ["fakes"], indirect=True)
async def test_probes_need_no_token(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/health/ready")).status_code == 200


def carrying(text: str) -> Request:
    return Request({"type": "http", "headers": [(b"authorization", f"bearer {text}".encode("latin-1"))]})


async def scopes_of(path: Path, text: str) -> object:
    actor = await authenticator(path)(carrying(text))
    return actor.claims["scopes"]


async def test_audiences_may_be_several_and_scopes_none(key_file: Path) -> None:
    assert await scopes_of(key_file, token(aud=["other", AUDIENCE], scope=None)) == frozenset()
    assert await scopes_of(key_file, token(scope="read:a write:b")) == {"read:a", "write:b"}


async def test_keys_come_and_go_with_the_file(key_file: Path) -> None:
    service = authenticator(key_file)

    async def taken(text: str) -> bool:
        try:
            await service(carrying(text))
        except Unauthenticated:
            return False
        return True

    new = token(OTHER, kid="second")
    assert (await taken(token()), await taken(new)) == (True, False)
    replace(key_file, first=KEY, second=OTHER)
    assert (await taken(token()), await taken(new)) == (True, True)
    spoil(key_file)
    assert (await taken(token()), await taken(new)) == (True, True)
    replace(key_file, second=OTHER)
    assert (await taken(token()), await taken(new)) == (False, True)


def add(path: Path, key: object) -> None:
    document = json.loads(path.read_text())
    path.write_text(json.dumps({"keys": [*document["keys"], key]}))


def spoil(path: Path) -> None:
    path.write_text('{"keys": [')


def replace(path: Path, **keys: EllipticCurvePrivateKey) -> None:
    new = path.with_suffix(".new")
    publish(new, **keys)
    new.replace(path)


async def test_a_secret_key_among_the_keys_is_not_used(tmp_path: Path) -> None:
    secret, key_file = b"k" * 32, tmp_path / "keys.json"
    publish(key_file, first=KEY)
    add(key_file, {"kty": "oct", "kid": "shared", "alg": "HS256", "k": encoded(secret)})

    with pytest.raises(Unauthenticated):
        await scopes_of(key_file, token(secret, "HS256", "shared"))


@given(
    text=st.text(st.characters(max_codepoint=255))
    | st.from_regex(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", fullmatch=True)
)
async def test_whatever_is_no_token_is_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed-keys.json"
    publish(path, first=KEY)

    with pytest.raises(Unauthenticated):
        await scopes_of(path, text)


async def test_what_the_page_says_to_try_works(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    environment = os.environ | {
        "JWT_KEYS": str(keys),
        "JWT_ISSUER": ISSUER,
        "JWT_AUDIENCE": AUDIENCE,
        "DATASTORE_ENV": "test",
    }

    def run(*words: str) -> str:
        command = [sys.executable, *words]
        return subprocess.run(
            command, cwd=DOCS / "examples", env=environment, capture_output=True, text=True, check=True, timeout=120
        ).stdout

    printed = run("-m", "bearer.issue", str(keys), "write:orders read:customers")
    made = run("-c", "from bearer.app import make_app; print(make_app().state.authenticate.issuer)")

    actor = await authenticator(keys)(carrying(printed.strip()))
    assert (actor.id, actor.claims["scopes"]) == ("ada", {"write:orders", "read:customers"})
    assert made.strip() == ISSUER
