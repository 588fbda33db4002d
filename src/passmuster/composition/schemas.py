"""One JSON Schema for ``suite.yaml``, with the options of every installed component; and the schema of a case."""

from pathlib import Path
from typing import Any

from passmuster.components import BuildContext
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.confining import AUTOMATIC
from passmuster.configuration.suite import SuiteConfiguration
from passmuster.domain.errors import MissingExtraError

DIALECT = "https://json-schema.org/draft/2020-12/schema"

GROUPS = {
    "roster": "roster_loaders",
    "execution": "executors",
    "store": "stores",
    "sandbox": "sandboxes",
}
"""Sections of a suite that are one component."""

LISTED = {"datasets": "dataset_loaders", "reports": "reporters"}
NAMED = {"backends": "backends", "subjects": "subjects"}

NESTED = {"router": "routers", "embedder": "embedders"}
"""Options of components that are one component again."""


def suite_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``suite.yaml``."""
    schema = SuiteConfiguration.model_json_schema(by_alias=True)
    schema["$schema"] = DIALECT
    properties = schema["properties"]
    definitions: dict[str, Any] = schema["$defs"]
    for key, group in GROUPS.items():
        properties[key] = {**_choice(group, definitions), "description": properties[key]["description"]}
    automatic = {"properties": {"use": {"const": AUTOMATIC}}, "required": ["use"], "additionalProperties": False}
    properties["sandbox"]["anyOf"].append({"type": "object", **automatic})
    for key, group in LISTED.items():
        properties[key]["items"] = _choice(group, definitions)
    for key, group in NAMED.items():
        properties[key].pop("patternProperties", None)
        properties[key]["additionalProperties"] = _choice(group, definitions)
    return schema


def case_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of one case, from the loader of local files."""
    component = Catalogue(folder=Path()).component("dataset_loaders", "files")
    loader = component.build(component.options(location="."), BuildContext(folder=Path()))
    schema: dict[str, Any] = loader.schema()
    return schema


def _choice(group: str, definitions: dict[str, Any]) -> dict[str, Any]:
    catalogue = Catalogue(folder=Path())
    options = []
    for name in catalogue.names(group):
        try:
            component = catalogue.component(group, name)
        except MissingExtraError:
            continue
        schema = component.options.model_json_schema(by_alias=True)
        for inner, definition in schema.pop("$defs", {}).items():
            definitions.setdefault(inner, definition)
        for option, inner_group in NESTED.items():
            if option in schema.get("properties", {}):
                described = schema["properties"][option].get("description", "")
                schema["properties"][option] = {**_choice(inner_group, definitions), "description": described}
        schema["properties"] = {"use": {"const": name}, **schema.get("properties", {})}
        schema["required"] = ["use", *schema.get("required", [])]
        options.append(schema)
    own = {"type": "object", "properties": {"use": {"type": "string", "pattern": ":"}}, "required": ["use"]}
    return {"anyOf": [*options, own]}
