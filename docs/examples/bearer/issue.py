"""Stands in for an issuer, to try the example: `python -m bearer.issue keys.json "write:orders read:customers"`.

Makes a key, publishes its public half in the file, and prints a token that is good for an hour.
"""

import json
import os
import sys
import time
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt.algorithms import ECAlgorithm


def main() -> None:
    """Does it."""
    path, scope = Path(sys.argv[1]), sys.argv[2]
    key = generate_private_key(SECP256R1())
    public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"keys": [{**public, "kid": "tried-out", "alg": "ES256"}]}))
    new.replace(path)
    claims = {
        "iss": os.environ["JWT_ISSUER"],
        "aud": os.environ["JWT_AUDIENCE"],
        "sub": "ada",
        "exp": int(time.time()) + 3600,
        "scope": scope,
    }
    sys.stdout.write(f"{jwt.encode(claims, key, 'ES256', {'kid': 'tried-out'})}\n")


if __name__ == "__main__":
    main()
