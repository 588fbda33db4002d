"""The reporters, with their options; what draws is imported when a report is written, which many runs never do."""

import os
import sys
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from passmuster.components import BuildContext, Component
from passmuster.ports import Reporter


class HtmlOptions(BaseModel):
    """Options of ``html``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str | None = Field(default=None, min_length=1, description="The page's title; by default the suite's name.")


class ChartsOptions(BaseModel):
    """Options of ``charts``: none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MarkdownOptions(BaseModel):
    """Options of ``markdown``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    maximum_length: int = Field(
        default=65_000, ge=20_000, le=1_000_000, description="Bytes that the comment may have; default 65000."
    )


class JsonReportOptions(BaseModel):
    """Options of ``json``: none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GithubOptions(BaseModel):
    """Options of ``github``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    when: Literal["in_actions", "always", "never"] = Field(
        default="in_actions",
        description="When the summary and the annotations go to the runner: in_actions, always or never.",
    )


class SarifOptions(BaseModel):
    """Options of ``sarif``: none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class JunitOptions(BaseModel):
    """Options of ``junit``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    known: Literal["skipped", "failed"] = Field(
        default="skipped", description="What cases are that were wrong in the baseline already: skipped or failed."
    )


def _build_html(options: HtmlOptions, context: BuildContext) -> Reporter:
    from passmuster.adapters.reporters.html import HtmlReporter  # noqa: PLC0415 - see the module's first line
    from passmuster.charting.kept import KeptCharts  # noqa: PLC0415 - likewise

    return HtmlReporter(title=options.title, kept=KeptCharts(context.cache))


def _build_charts(_options: ChartsOptions, context: BuildContext) -> Reporter:
    from passmuster.adapters.reporters.charts import ChartsReporter  # noqa: PLC0415 - see the module's first line
    from passmuster.charting.kept import KeptCharts  # noqa: PLC0415 - likewise

    return ChartsReporter(kept=KeptCharts(context.cache))


def _build_markdown(options: MarkdownOptions, _context: BuildContext) -> Reporter:
    from passmuster.adapters.reporters.markdown import MarkdownReporter  # noqa: PLC0415 - see the module's first line

    return MarkdownReporter(maximum_length=options.maximum_length)


def _build_json(_options: JsonReportOptions, _context: BuildContext) -> Reporter:
    from passmuster.adapters.reporters.json_document import JsonReporter  # noqa: PLC0415 - see the module's first line

    return JsonReporter()


def _build_github(options: GithubOptions, context: BuildContext) -> Reporter:
    from passmuster.adapters.reporters.job_page import JobPageReporter  # noqa: PLC0415 - see the module's first line
    from passmuster.adapters.reporters.places import Places  # noqa: PLC0415 - likewise

    # The runner reads standard error as well, and standard output may be a document for machines.
    return JobPageReporter(when=options.when, environment=os.environ, stream=sys.stderr, places=Places(context.folder))


def _build_sarif(_options: SarifOptions, context: BuildContext) -> Reporter:
    from passmuster.adapters.reporters.places import Places  # noqa: PLC0415 - see the module's first line
    from passmuster.adapters.reporters.sarif import SarifReporter  # noqa: PLC0415 - likewise

    return SarifReporter(places=Places(context.folder))


def _build_junit(options: JunitOptions, context: BuildContext) -> Reporter:
    from passmuster.adapters.reporters.junit import JunitReporter  # noqa: PLC0415 - see the module's first line
    from passmuster.adapters.reporters.places import Places  # noqa: PLC0415 - likewise

    return JunitReporter(places=Places(context.folder), known_is_failure=options.known == "failed")


HTML: Final = Component(options=HtmlOptions, build=_build_html, is_deterministic=lambda _options: True)
CHARTS: Final = Component(options=ChartsOptions, build=_build_charts, is_deterministic=lambda _options: True)
MARKDOWN: Final = Component(options=MarkdownOptions, build=_build_markdown, is_deterministic=lambda _options: True)
JSON: Final = Component(options=JsonReportOptions, build=_build_json, is_deterministic=lambda _options: True)
GITHUB: Final = Component(options=GithubOptions, build=_build_github, is_deterministic=lambda _options: True)
SARIF: Final = Component(options=SarifOptions, build=_build_sarif, is_deterministic=lambda _options: True)
JUNIT: Final = Component(options=JunitOptions, build=_build_junit, is_deterministic=lambda _options: True)
