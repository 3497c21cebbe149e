"""Whether an answer is what configs/openapi.yaml says: types, what must be there, and no field that
it does not name."""
import yaml

import lull

DOCUMENT = yaml.safe_load((lull.SOURCE / "configs/openapi.yaml").read_text(encoding="utf-8"))
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
         "number": (int, float)}


def resolved(node):
    while "$ref" in node:
        found = DOCUMENT
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def problems(value, schema, where="$"):
    """What is wrong with it, as sentences."""
    schema = resolved(schema)
    if "anyOf" in schema:
        each = [problems(value, one, where) for one in schema["anyOf"]]
        return [] if [] in each else each[0]
    if value is None:
        return [] if schema.get("nullable") else [f"{where} is null"]
    wanted = TYPES[schema["type"]]
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        return [f"{where} is {type(value).__name__}, not {schema['type']}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where} is {value!r}, none of {schema['enum']}"]
    if isinstance(value, list):
        return [each for i, item in enumerate(value)
                for each in problems(item, schema["items"], f"{where}[{i}]")]
    if not isinstance(value, dict):
        return []
    found = [f"{where}.{name} is missing" for name in schema.get("required", [])
             if name not in value]
    fields, others = schema.get("properties"), schema.get("additionalProperties")
    for name, item in value.items():
        if fields and name in fields:
            found += problems(item, fields[name], f"{where}.{name}")
        elif others:
            found += problems(item, others, f"{where}.{name}")
        elif fields:
            found.append(f"{where}.{name} is not documented")
    return found


def paths():
    """Those that answer GET with JSON and need nothing but a country: path -> schema of its 200."""
    found = {}
    for path, methods in DOCUMENT["paths"].items():
        content = resolved(methods.get("get", {}).get("responses", {}).get("200", {})).get("content")
        if content:
            found[path.replace("{country}", "KP")] = content["application/json"]["schema"]
    return found


def methods():
    """path, with something in place of its parameters -> the methods that it takes."""
    filled = {"{country}": "KP", "{id}": "1", "{word}": "ack"}
    found = {}
    for path, taken in DOCUMENT["paths"].items():
        for parameter, value in filled.items():
            path = path.replace(parameter, value)
        found[path] = {method.upper() for method in taken if method in ("get", "post", "delete")}
    return found


def schema_of(path, method="get", status="200"):
    response = resolved(DOCUMENT["paths"][path][method]["responses"][status])
    return response["content"]["application/json"]["schema"]
