"""Builds the documentation as a site of static files that asks nobody for anything.

Run it from the top of the repository: ``python -m docs.website``, or ``make docs``.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from .site import ROOT, Site, SiteError, gathered

STAGE = ROOT / "build" / "website"
"""Where pages are put together for the builder; what is there goes."""

SEARCH = "worker_on_disk.js"
FETCHED = re.compile(r'<script src="https://[^"]*iframe-worker[^"]*"[^>]*>')


def main() -> int:
    """Put the pages together, and have them built; the exit status is 0 if nothing was complained about."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "site", help="the folder of the site; what is there goes")
    parser.add_argument("--stage", type=Path, default=STAGE, help="where pages are put together")
    wish = parser.parse_args()
    try:
        site = gathered()
    except SiteError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    stage(site, wish.stage)
    status = build(wish.stage)
    if status == 0:
        seal(wish.stage / "site")
        shutil.rmtree(wish.output, ignore_errors=True)
        shutil.move(wish.stage / "site", wish.output)
    return status


def stage(site: Site, folder: Path) -> None:
    """Write pages, pictures, style and configuration into a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for place, words in site.pages.items():
        path = folder / "pages" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words, encoding="utf-8")
    for place, picture in site.pictures.items():
        path = folder / "pages" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, path)
    here = Path(__file__).parent
    for name in ("appearance.css", SEARCH):
        shutil.copyfile(here / name, folder / "pages" / name)
    configuration = yaml.safe_load((here / "configuration.yaml").read_text(encoding="utf-8"))
    whole = {**configuration, "docs_dir": "pages", "site_dir": "site", "nav": site.navigation}
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), encoding="utf-8")


def seal(folder: Path) -> None:
    """Put a script of ours in the place of the one that the builder would have every page fetch from elsewhere."""
    for page in folder.rglob("*.html"):
        words = page.read_text(encoding="utf-8")
        up = "../" * len(page.relative_to(folder).parent.parts)
        page.write_text(FETCHED.sub(f'<script src="{up}{SEARCH}">', words), encoding="utf-8")


def build(folder: Path) -> int:
    """Have the builder make a site of what was staged; a warning of it is an error."""
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict", "--config-file", "mkdocs.yml"]
    return subprocess.run(command, cwd=folder, check=False).returncode  # noqa: S603 - fixed words


if __name__ == "__main__":
    sys.exit(main())
