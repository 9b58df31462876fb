"""Does a client ask for what its service offers? The client's methods against the service's OpenAPI.

Every method of the client is called on a recorder; what it would send and read is compared with the document:
the route, the parameters, the body's fields, and each field of the answer that the client's model requires,
with a type that the model accepts.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import inspect
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import BaseModel

from shared.clients.base import ServiceClient

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """What a client's method asks for."""

    name: str
    method: str
    path: str
    model: type[BaseModel] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None


def calls_of(client: type[ServiceClient]) -> list[Call]:
    """What each public method of a client asks for, called with values made up from its annotations."""
    own = set(dir(client)) - set(dir(ServiceClient))
    return [call for name in sorted(own) if not name.startswith("_") for call in _recorded(client, name)]


def disagreements(openapi: Schema, client: type[ServiceClient]) -> list[str]:
    """Every way in which the client expects something else than the service says; empty if they agree."""
    calls = calls_of(client)
    assert calls, f"{client.__name__} has no methods"
    return [f"{call.name}: {why}" for call in calls for why in _of_call(openapi, call)]


def _recorded(client: type[ServiceClient], name: str) -> list[Call]:
    calls: list[Call] = []

    class Recorder(client):  # type: ignore[valid-type, misc]
        async def call(self, method: str, path: str, **sent: Any) -> Any:
            calls.append(Call(name, method, path, None, sent.get("params") or {}, sent.get("json")))
            return {}

        async def get(self, model: type[BaseModel], path: str, **sent: Any) -> Any:
            return await self.send(model, "GET", path, **sent)

        async def text(self, path: str, **sent: Any) -> str:
            await self.call("GET", path, **sent)
            return ""

        async def send(self, model: type[BaseModel], method: str, path: str, **sent: Any) -> Any:
            calls.append(Call(name, method, path, model, sent.get("params") or {}, sent.get("json")))
            return model.model_construct()

    method = getattr(Recorder("http://nowhere.invalid"), name)
    if not inspect.iscoroutinefunction(method):
        return []
    hints = typing.get_type_hints(method)
    values = {
        parameter.name: _made_up(hints[parameter.name])
        for parameter in inspect.signature(method).parameters.values()
        if parameter.kind not in {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}
    }

    async def ask() -> None:
        # What it makes of an answer without content is not what is looked at.
        with contextlib.suppress(AttributeError, KeyError, TypeError):
            await method(**values)

    with asyncio.Runner() as runner:
        runner.run(ask())
    assert calls, f"{client.__name__}.{name} asked for nothing"
    return calls


_DAY = date(2026, 1, 31)
_SIMPLE: dict[type, Any] = {str: "sample", int: 1, float: 1.0, bool: True, bytes: b"sample", dict: {}, date: _DAY}


def _made_up(hint: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return _made_up(next(one for one in arguments if one is not type(None)))
    if origin is typing.Literal:
        return arguments[0]
    if origin is tuple and Ellipsis not in arguments:
        return tuple(map(_made_up, arguments))
    kind = origin or hint
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        needed = {name: one.annotation for name, one in kind.model_fields.items() if one.is_required()}
        return kind.model_construct(**{name: _made_up(annotation) for name, annotation in needed.items()})
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if isinstance(kind, type) and issubclass(kind, Mapping):
        return {}
    if arguments:
        return [_made_up(arguments[0])]
    return "sample"


def _of_call(openapi: Schema, call: Call) -> Iterator[str]:
    operation = _operation(openapi, call)
    if operation is None:
        yield f"the service has no {call.method} {call.path}"
        return
    known = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
    for name in call.params:
        if name not in known:
            yield f"{call.method} {call.path} has no query parameter {name!r}"
    yield from _of_body(openapi, operation, call)
    if call.model is None:
        return
    schema = _answer(operation)
    if schema is None:
        yield f"{call.method} {call.path} answers without a described body"
        return
    document = call.model.model_json_schema(mode="validation")
    yield from _mismatches(_Side(document, document), _Side(openapi, schema), call.model.__name__)


def _operation(openapi: Schema, call: Call) -> Schema | None:
    def place(path: str) -> tuple[int, str]:
        return path.count("{"), path

    for path in sorted(openapi["paths"], key=place):
        pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path))
        if re.fullmatch(pattern, call.path) and call.method.lower() in openapi["paths"][path]:
            found: Schema = openapi["paths"][path][call.method.lower()]
            return found
    return None


def _of_body(openapi: Schema, operation: Schema, call: Call) -> Iterator[str]:
    described = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if not isinstance(call.body, dict):
        return
    if described is None:
        yield f"{call.method} {call.path} takes no body"
        return
    schema = _resolved(_Side(openapi, described)).schema
    if "properties" not in schema:
        return
    for name in call.body.keys() - schema["properties"].keys():
        yield f"{call.method} {call.path} takes no {name!r} in its body"
    for name in set(schema.get("required", ())) - call.body.keys():
        yield f"{call.method} {call.path} needs {name!r} in its body"


def _answer(operation: Schema) -> Schema | None:
    for status in sorted(operation["responses"]):
        if status.startswith("2"):
            found: Schema | None = (
                operation["responses"][status].get("content", {}).get("application/json", {}).get("schema")
            )
            return found
    return None


@dataclass(frozen=True)
class _Side:
    """A schema and the document its references point into."""

    document: Schema
    schema: Schema

    def at(self, schema: Schema) -> _Side:
        return _Side(self.document, schema)


def _resolved(side: _Side) -> _Side:
    schema = side.schema
    while "$ref" in schema:
        found: Any = side.document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return side.at(schema)


def _alternatives(side: _Side) -> list[_Side]:
    side = _resolved(side)
    for word in ("anyOf", "oneOf"):
        if word in side.schema:
            return [found for one in side.schema[word] for found in _alternatives(side.at(one))]
    if len(side.schema.get("allOf", ())) == 1:
        return _alternatives(side.at(side.schema["allOf"][0]))
    if isinstance(side.schema.get("type"), list):
        return [side.at({**side.schema, "type": one}) for one in side.schema["type"]]
    return [side]


def _mismatches(client: _Side, service: _Side, where: str) -> Iterator[str]:
    """Why the client could not read what the service may answer. Recursive types are followed once."""
    accepted = _alternatives(client)
    for offered in _alternatives(service):
        reasons = [list(_one(one, offered, where)) for one in accepted]
        if [] not in reasons:
            yield from min(reasons, key=len)


def _one(client: _Side, service: _Side, where: str) -> Iterator[str]:
    wants, gives = client.schema, service.schema
    wanted, given = _type(wants), _type(gives)
    if wanted is None:
        return
    if given != wanted and (wanted, given) != ("number", "integer"):
        yield f"{where} is {given or 'anything'} in the service, {wanted} for the client"
        return
    if wants.get("format") not in {None, gives.get("format")}:
        yield f"{where} has the format {gives.get('format')!r} in the service, {wants['format']!r} for the client"
    values = _values(wants)
    if values is not None and not (_values(gives) or {object()}) <= values:
        yield f"{where} may have other values in the service than the client knows"
    compare = _STRUCTURED.get(wanted)
    if compare is not None:
        yield from compare(client, service, where)


def _objects(client: _Side, service: _Side, where: str) -> Iterator[str]:
    wants, gives = client.schema, service.schema
    offered, certain = gives.get("properties", {}), set(gives.get("required", ()))
    for name, schema in wants.get("properties", {}).items():
        needed = name in wants.get("required", ())
        if name not in offered:
            if needed:
                yield f"{where}.{name} is required by the client and not answered by the service"
            continue
        if needed and name not in certain:
            yield f"{where}.{name} is required by the client and may be missing in the answer"
        yield from _mismatches(client.at(schema), service.at(offered[name]), f"{where}.{name}")
    rest = wants.get("additionalProperties")
    if isinstance(rest, Mapping):
        given_rest = gives.get("additionalProperties")
        members = list(offered.values()) + ([given_rest] if isinstance(given_rest, Mapping) else [])
        if not members and given_rest is not False:
            yield f"{where}: the service does not say what it maps to"
        for one in members:
            yield from _mismatches(client.at(rest), service.at(one), f"{where}.*")


def _arrays(client: _Side, service: _Side, where: str) -> Iterator[str]:
    if "items" in client.schema:
        yield from _mismatches(
            client.at(client.schema["items"]), service.at(service.schema.get("items", {})), f"{where}[]"
        )


_STRUCTURED: dict[str, Callable[[_Side, _Side, str], Iterator[str]]] = {"object": _objects, "array": _arrays}


def _type(schema: Schema) -> str | None:
    if "type" in schema:
        return str(schema["type"])
    values = _values(schema)
    if values and all(isinstance(one, str) for one in values):
        return "string"
    return "object" if "properties" in schema else None


def _values(schema: Schema) -> set[Any] | None:
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None
