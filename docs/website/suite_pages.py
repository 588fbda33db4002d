"""The reference of what is written into files: suites, cases, and the environment."""

import inspect
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from passmuster.composition.schemas import case_schema
from passmuster.configuration.settings import Settings
from passmuster.configuration.suite import SuiteConfiguration

from .pages import Page
from .tables import Schema, code, default, kind, mapping, properties, table, text, whole

FOLDER = PurePosixPath("reference")


def file_pages() -> list[Page]:
    """Return the pages of suites, of cases, and of the environment."""
    suite = SuiteConfiguration.model_json_schema(by_alias=True)
    case = case_schema()
    return [
        _page("suite", "Keys of suite.yaml", _SUITE, suite),
        _page("case", "Keys of a case", _CASE, case),
        _environment(),
    ]


_SUITE = (
    "Every key of `suite.yaml`, made from the model that reads it; [suite.yaml](../suite.md) explains them. Options of "
    "components have [pages of their own](components/index.md). `passmuster schema suite` prints the JSON Schema."
)
_ENVIRONMENT = (
    "What the environment may say of one machine, made from the model that reads it. An option of a command counts "
    "before it."
)
_CASE = (
    "Every key of a case, made from the JSON Schema that `passmuster schema case` prints; "
    "[datasets](../datasets.md) explains them."
)


def _page(name: str, title: str, said: str, schema: Schema) -> Page:
    definitions = mapping(schema.get("$defs"))
    parts = [f"# {title}", "", said, "", properties(schema, definitions=definitions), *_sections(definitions)]
    return Page(place=FOLDER / f"{name}.md", label=title, text="\n".join(parts))


def _sections(definitions: Schema) -> Iterator[str]:
    for name in sorted(definitions):
        section = mapping(definitions[name])
        if "properties" in section:
            yield f"## {name}\n\n{text(str(section.get('description', '')))}\n"
            yield properties(section, definitions=definitions)
        elif "enum" in section:
            yield f"## {name}\n\n{text(str(section.get('description', '')))}\n\nOne of {kind(section)}.\n"


def _environment() -> Page:
    schema = Settings.model_json_schema(by_alias=True)
    definitions = mapping(schema.get("$defs"))
    said = dict(_attributes(inspect.getdoc(Settings) or ""))
    rows = []
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"PASSMUSTER_{name.upper()}")
        described = whole(
            mapping(mapping(schema.get("properties")).get(str(field.validation_alias or name))), definitions
        )
        rows.append((code(variable), kind(described), default(described), text(said[name])))
    body = [
        "# Environment variables",
        "",
        _ENVIRONMENT,
        "",
        table(("variable", "value", "default", "says"), rows),
    ]
    return Page(place=FOLDER / "environment.md", label="Environment variables", text="\n".join(body))


def _attributes(documentation: str) -> Iterator[tuple[str, str]]:
    """Yield what a docstring says of each attribute."""
    for found in re.finditer(r"^    (\w+): (.+(?:\n {8}.+)*)", documentation, re.MULTILINE):
        yield found[1], found[2]
