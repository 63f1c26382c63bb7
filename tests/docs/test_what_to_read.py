"""docs/explanation/what-to-read.md has a place for each package."""

from tests.docs.pages import DOCS, ROOT, spans

PAGE = DOCS / "explanation/what-to-read.md"
PACKAGE = ROOT / "src/datastore_service"


def test_each_package_is_in_the_table() -> None:
    """A package that holds packages alone has it by these."""
    packages = {path.parent for path in PACKAGE.rglob("__init__.py")} - {PACKAGE}
    named = {(PACKAGE / span) for span in spans(PAGE.read_text("utf-8")) if span.endswith("/")}

    assert named <= packages, f"These are no packages: {sorted(map(str, named - packages))}."
    missing = [
        package.relative_to(PACKAGE).as_posix()
        for package in packages
        if not any(package.is_relative_to(place) or place.is_relative_to(package) for place in named)
    ]
    assert missing == [], f"Say in {PAGE.name} whether these are to be read or to be skipped."
