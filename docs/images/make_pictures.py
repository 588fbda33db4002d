"""Makes the pictures of the README from a real run: a planted edit in a copy of this repository's own suite.

Run it from the top of the repository, with Chromium for the picture of the report::

    .venv/bin/python docs/images/make_pictures.py
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
COMMAND = "passmuster run software_team"
WIDTH = 104
"""Columns of the terminal in the picture."""

AGENT = Path("evals/software_team/agents/debugger.md")
PLANTED = "Use it for anything that fails: a flaky test, a red build, a broken migration, an alert at night. "
"""What the edit adds to the description, before its first example."""

# Like rich's own format, but without the web fonts: the picture must ask nobody for anything.
FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<title>passmuster run, after an edit of one description</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> int:
    """Plant the edit, run the command, and draw what it said."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("evals", "datasets"):
            shutil.copytree(ROOT / part, folder / part)
        plant(folder / AGENT)
        (HERE / "terminal.svg").write_text(terminal_picture(run(folder)), encoding="utf-8")
        return photograph(folder / "reports/software_team/report.html", HERE / "report.png")


def plant(agent: Path) -> None:
    """Add a sentence to the description of one agent."""
    text = agent.read_text(encoding="utf-8")
    agent.write_text(text.replace("<example>", f"{PLANTED}<example>", 1), encoding="utf-8")


def run(folder: Path) -> str:
    """Return what the command prints in a terminal of the picture's width."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "passmuster.cli", *COMMAND.split()[1:]],
        cwd=folder,
        env={**os.environ, "COLUMNS": str(WIDTH), "FORCE_COLOR": "1"},
        check=False,  # the planted edit fails the gate: that is the picture
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the progress bar
        text=True,
    )
    return done.stdout


def terminal_picture(output: str) -> str:
    """Return the picture as SVG."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)
    console.print(f"$ {COMMAND}", style="bold")
    console.print(Text.from_ansi(output.rstrip("\n")))
    return console.export_svg(title="", theme=SVG_EXPORT_THEME, code_format=FORMAT, unique_id="terminal")


def photograph(page: Path, picture: Path) -> int:
    """Let Chromium draw the first screen of a page."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("chromium is not installed, so the picture of the report stays as it is\n")
        return 1
    switches = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --hide-scrollbars --window-size=1280,1000"
    )
    with tempfile.TemporaryDirectory() as profile:
        command = [chromium, *switches.split(), f"--user-data-dir={profile}", f"--screenshot={picture}", page.as_uri()]
        done = subprocess.run(command, check=False, stderr=subprocess.DEVNULL, timeout=60)  # noqa: S603 - fixed switches
        return done.returncode


if __name__ == "__main__":
    sys.exit(main())
