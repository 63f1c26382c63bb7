"""docs/examples/rate_limits, as uvicorn runs it, and its own tests."""

from pathlib import Path

import pytest

from datastore_service.config.loader import ConfigurationError, load_section
from docs.examples.rate_limits.limits import RateLimits
from docs.examples.rate_limits.tests.conftest import database, mediator, seconds
from docs.examples.rate_limits.tests.test_rate_limits import (
    test_refuses_what_comes_after_the_burst_until_time_has_passed,
)
from tests.docs.pages import DOCS
from tests.examples.test_file_publisher import serving

__all__ = ["database", "mediator", "seconds", "test_refuses_what_comes_after_the_burst_until_time_has_passed"]

CONF: Path = DOCS / "examples/rate_limits/conf"


def test_refuses_over_rest_and_graphql_with_a_code_of_its_own(database_url: str) -> None:
    limits = {"RATE_LIMITS_BURST": "2", "RATE_LIMITS_MESSAGES_PER_SECOND": "0.01"}
    with serving("rate_limits.app", DATABASE_URL=database_url, **limits) as client:
        answers = [client.get("/records") for _ in range(3)]
        over_graphql = client.post("/graphql", json={"query": "{ records { nodes { id } } }"}).json()
        ready = client.get("/health/ready")

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert 90 <= int(answers[-1].headers["retry-after"]) <= 100
    assert over_graphql["errors"][0]["extensions"]["code"] == "rate_limited"
    assert ready.status_code == 200


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        (
            {"RATE_LIMITS_BURST": "0"},
            "rate_limits.burst (RATE_LIMITS_BURST): '0' is too small; allowed: an integer from 1 to 100000",
        ),
        ({"DATASTORE_ENV": "prod"}, "DATASTORE_ENV: 'prod' is not an environment; allowed: container, local, test"),
    ],
)
def test_its_settings_are_checked_as_those_of_the_service(environ: dict[str, str], problem: str) -> None:
    with pytest.raises(ConfigurationError) as mistake:
        load_section("rate_limits", RateLimits, CONF, environ)

    assert mistake.value.problems == (problem,)


def test_an_environment_without_values_of_its_own_has_those_of_local() -> None:
    assert load_section("rate_limits", RateLimits, CONF, {"DATASTORE_ENV": "container"}).burst == 100
