"""The page, the description in OpenAPI, and the health of a server."""

import base64
import hashlib
import json
import re

import pytest


def described(client, name):
    status, _, text = client(name).raw("GET", "/openapi.json")
    assert status == 200
    return json.loads(text)


def test_health_counts_the_answers(client):
    connection = client("iris")
    before = json.loads(connection.raw("GET", "/health")[2])
    assert (before["status"], before["model"]) == ("ok", "iris")
    connection.ask({"rows": [[1, 2, 3, 4]]})
    assert json.loads(connection.raw("GET", "/health")[2])["answered"] == before["answered"] + 1


@pytest.mark.parametrize("name", ["houses", "iris", "pixels"])
def test_the_example_in_the_description_is_answered(client, name):
    content = described(client, name)["paths"]["/predict"]["post"]["requestBody"]["content"]
    example = content["application/json"]["example"]
    assert client(name).ask(example)[0] == 200


@pytest.mark.parametrize("name", ["houses", "iris", "pixels"])
def test_answers_have_the_keys_that_the_description_requires(client, name):
    operation = described(client, name)["paths"]["/predict"]["post"]
    _, answer = client(name).ask(operation["requestBody"]["content"]["application/json"]["example"])
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert sorted(schema["required"]) == sorted(answer)
    item = schema["properties"]["predictions"]["items"]
    if item["type"] == "object":
        assert sorted(item["required"]) == sorted(answer["predictions"][0])


def test_the_description_names_columns_and_their_values(client):
    rows = described(client, "houses")["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    row = rows["schema"]["properties"]["rows"]["items"]
    assert row["required"] == ["rooms", "town"]
    assert row["properties"]["town"]["examples"] == ["Hull", "York"]


def test_the_page_loads_nothing_from_elsewhere(client):
    status, headers, text = client("houses").raw("GET", "/")
    assert status == 200
    assert re.findall(r"""(?:src|href)=["'](?!data:|/)[^"']*""", text) == []
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    for kind in ("script", "style"):
        block = re.search(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "{{" not in text
    assert "York" in text
