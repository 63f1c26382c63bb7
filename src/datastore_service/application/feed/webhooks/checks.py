"""What a webhook may be given: the address that is called, and the secret that messages are signed with."""

from typing import Final
from urllib.parse import urlsplit

from datastore_service.application.feed.webhook import WebhookRules
from datastore_service.application.feed.webhooks.message import is_secret
from datastore_service.domain.errors import InvalidValue

_LONGEST_URL: Final = 2048


def check_address(url: str, rules: WebhookRules) -> None:
    """Makes sure that the service may post to an address.

    Raises:
        InvalidValue: It may not, or this is no such address.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if len(url) > _LONGEST_URL:
        raise InvalidValue("/url", f"A webhook's address has at most {_LONGEST_URL} characters.")
    if parts.scheme not in {"http", "https"} or not host or parts.username:
        raise InvalidValue("/url", "A webhook's address is an http or https URL without a user.")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidValue("/url", "A webhook's address has nothing but visible ASCII characters.")
    if not rules.allows(host):
        raise InvalidValue("/url", f"{host} may not be called; webhooks.allowed_hosts can name it.")


def check_secret(secret: str | None) -> None:
    """Makes sure that messages can be signed with a secret, where one is given.

    Raises:
        InvalidValue: They cannot.
    """
    if secret is not None and not is_secret(secret):
        raise InvalidValue("/secret", "A secret is `whsec_` and the Base64 of 24 to 64 bytes.")
