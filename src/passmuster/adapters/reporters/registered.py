"""The reporters, with their options; what draws is imported when a report is written, which many runs never do."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from passmuster.components import BuildContext, Component
from passmuster.ports import Reporter


class HtmlOptions(BaseModel):
    """Options of ``html``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str | None = Field(default=None, min_length=1, description="The page's title; by default the suite's name.")


class MarkdownOptions(BaseModel):
    """Options of ``markdown``: none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class JsonReportOptions(BaseModel):
    """Options of ``json``: none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _build_html(options: HtmlOptions, _context: BuildContext) -> Reporter:
    from passmuster.adapters.reporters.html import HtmlReporter  # noqa: PLC0415 - see the module's first line

    return HtmlReporter(title=options.title)


def _build_markdown(_options: MarkdownOptions, _context: BuildContext) -> Reporter:
    from passmuster.adapters.reporters.markdown import MarkdownReporter  # noqa: PLC0415 - see the module's first line

    return MarkdownReporter()


def _build_json(_options: JsonReportOptions, _context: BuildContext) -> Reporter:
    from passmuster.adapters.reporters.json_document import JsonReporter  # noqa: PLC0415 - see the module's first line

    return JsonReporter()


HTML: Final = Component(options=HtmlOptions, build=_build_html, is_deterministic=lambda _options: True)
MARKDOWN: Final = Component(options=MarkdownOptions, build=_build_markdown, is_deterministic=lambda _options: True)
JSON: Final = Component(options=JsonReportOptions, build=_build_json, is_deterministic=lambda _options: True)
