"""What is said of a database that cannot be used."""

from ssl import SSLCertVerificationError

import pytest

from datastore_service.application.errors import StoreUnavailable
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("IP address mismatch, certificate is not valid for '10.0.0.5'.", "IP address mismatch"),
        ("self-signed certificate", "self-signed certificate"),
    ],
)
def test_a_certificate_that_is_not_accepted_is_told_with_the_reason_and_without_hosts(
    message: str, reason: str
) -> None:
    error = SSLCertVerificationError()
    error.verify_message = message

    with pytest.raises(StoreUnavailable) as told, translate_database_errors():
        raise error

    assert told.value.detail == f"The certificate of the database is not accepted: {reason}."
