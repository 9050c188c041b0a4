"""The documents of --json against their schemas."""

import json
from pathlib import Path
from typing import Any

import jsonschema

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def validated(verb: str, text: str) -> dict[str, Any]:
    """Return the document, which has the keys of its verb's schema and no others."""
    schema = json.loads((SCHEMAS / f"{verb}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    _close(schema)
    document: dict[str, Any] = json.loads(text)
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    return document


def _close(schema: object) -> None:
    if isinstance(schema, dict):
        if "properties" in schema:
            assert schema["required"] == list(schema["properties"])
            schema["additionalProperties"] = False
        for part in schema.values():
            _close(part)
    elif isinstance(schema, list):
        for part in schema:
            _close(part)
