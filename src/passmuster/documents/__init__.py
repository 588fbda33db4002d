"""YAML and JSON text as plain data, with the line and column of every node.

Nothing here recurses and everything is bounded, because the text may come from anybody.
"""

from passmuster.documents.json_text import parse_json
from passmuster.documents.places import Document, Path
from passmuster.documents.yaml_text import parse_yaml

__all__ = ["Document", "Path", "parse_json", "parse_yaml"]
