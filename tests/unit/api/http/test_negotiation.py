"""Which media type a client would rather have."""

import pytest

from datastore_service.api.http.negotiation import preferred

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
HTML = "text/html"
CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"


@pytest.mark.parametrize(
    ("accept", "offers", "expected"),
    [
        pytest.param(None, [JSON, HTML], JSON, id="no header"),
        pytest.param("", [JSON, HTML], JSON, id="an empty header"),
        pytest.param("*/*", [JSON, HTML], JSON, id="anything"),
        pytest.param(JSON, [HTML, JSON], JSON, id="one type"),
        pytest.param("APPLICATION/Json", [HTML, JSON], JSON, id="types have no case"),
        pytest.param("application/*", [HTML, JSON], JSON, id="one family"),
        pytest.param(f"{JSON},{HTML}", [HTML, JSON], HTML, id="the server decides between equals"),
        pytest.param("text/*,application/*", [JSON, HTML], JSON, id="the server decides between equal families"),
        pytest.param(f"{JSON};q=0.5,{HTML};q=0.9", [JSON, HTML], HTML, id="the heavier"),
        pytest.param(f"{JSON};Q=0.5,{HTML};Q=0.9", [JSON, HTML], HTML, id="parameters have no case"),
        pytest.param(f"{JSON} ; q=0.5 , {HTML} ; q=0.9", [JSON, HTML], HTML, id="spaces"),
        pytest.param(f"{JSON};q=0.500,{HTML};q=0.501", [JSON, HTML], HTML, id="three digits"),
        pytest.param(f"{JSON};q=1.000,{HTML};q=0.999", [HTML, JSON], JSON, id="one and nearly one"),
        pytest.param(f"{JSON};q=0.5,{HTML}", [JSON, HTML], HTML, id="no weight is one"),
        pytest.param(f"{JSON};charset=utf-8;q=0.5,{HTML};level=1", [JSON, HTML], HTML, id="other parameters"),
        pytest.param(f"*/*;q=0.1,{JSON};q=0.2", [HTML, JSON], JSON, id="the rest weighs less"),
        pytest.param(f"*/*,{JSON};q=0.2", [JSON, HTML], HTML, id="the most specific range counts, not the heaviest"),
        pytest.param(f"application/*;q=0.9,{JSON};q=0.1,*/*;q=0.5", [JSON, HTML], HTML, id="family below the rest"),
        pytest.param("text/*;q=0.3,*/*;q=0.2", [JSON, HTML], HTML, id="family before the rest"),
        pytest.param(f"{JSON};q=0,*/*", [JSON, HTML], HTML, id="anything but one type"),
        pytest.param("application/*;q=0,*/*", [JSON, HTML], HTML, id="anything but one family"),
        pytest.param(f"{JSON};q=0", [JSON, HTML], None, id="nothing is left"),
        pytest.param("*/*;q=0", [JSON, HTML], None, id="nothing at all"),
        pytest.param("*/*;q=0.0", [JSON, HTML], None, id="nothing at all, with a digit"),
        pytest.param("image/png", [JSON, HTML], None, id="another type"),
        pytest.param("image/*,video/mp4", [JSON, HTML], None, id="other types"),
        pytest.param("application/json-seq", [JSON], None, id="a longer name"),
        pytest.param("application/jso", [JSON], None, id="a shorter name"),
        pytest.param(f"{JSON},, ,{HTML};q=0.1", [HTML, JSON], JSON, id="empty elements"),
        pytest.param(f"{GRAPHQL}, {JSON};q=0.9", [JSON, GRAPHQL], GRAPHQL, id="GraphQL over HTTP"),
        pytest.param(JSON, [GRAPHQL, JSON], JSON, id="an older GraphQL client"),
        pytest.param(CHROME, [JSON, HTML], HTML, id="Chrome"),
        pytest.param(CHROME, [JSON], JSON, id="Chrome where there is only JSON"),
        pytest.param(FIREFOX, [GRAPHQL, JSON, HTML], HTML, id="Firefox"),
        pytest.param(JAVA, [JSON, HTML], HTML, id="Java"),
        pytest.param(JAVA, [JSON], JSON, id="Java where there is only JSON"),
        pytest.param("*/*", [], None, id="no offers"),
    ],
)
def test_gives_the_offer_that_weighs_most(accept: str | None, offers: list[str], expected: str | None) -> None:
    assert preferred(accept, offers) == expected


@pytest.mark.parametrize("quality", ["", "x", "0,5", "1/2", "-1", "nan", "inf", "--1", "0x1", "1_0", "\u0661"])
def test_passes_over_a_range_whose_weight_cannot_be_read(quality: str) -> None:
    for offers in ([JSON, HTML], [HTML, JSON]):
        assert preferred(f"{JSON};q={quality},{HTML};q=0.1", offers) == HTML


@pytest.mark.parametrize(
    "accept", ["json", "application", "/", "*/json", ";", ";q=1", "application/", "/json", "text html", "\x00"]
)
def test_takes_nothing_that_is_no_media_range(accept: str) -> None:
    assert preferred(accept, [JSON, HTML]) is None
