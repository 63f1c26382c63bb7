"""What any running service shows: its health, its descriptions and its pages."""

import httpx2
import pytest


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/health/live", "/health/ready"])
def test_serves_its_pages(base_url: str, path: str) -> None:
    assert httpx2.get(base_url + path).status_code == 200


def test_serves_graphiql_to_a_browser(base_url: str) -> None:
    page = httpx2.get(f"{base_url}/graphql", headers={"Accept": "text/html"})

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_says_what_is_wrong_in_a_problem_document(base_url: str) -> None:
    answer = httpx2.post(f"{base_url}/records", content=b"{", headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["code"]
