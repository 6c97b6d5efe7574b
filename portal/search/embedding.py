"""What turns texts into vectors, which are near to each other when they say the same, in any language."""

import json
from collections.abc import Sequence
from typing import Final, Protocol
from urllib.error import URLError
from urllib.parse import parse_qsl, urlsplit, urlunsplit
from urllib.request import Request, urlopen

import numpy as np
from numpy.typing import NDArray

from portal.core.errors import PortalError

Vectors = NDArray[np.float32]
"""One row a text, each of length 1, so that a product is a cosine."""

BUNDLED: Final = ""
OFF: Final = "off"
ENDPOINT_PATIENCE_SECONDS: Final = 20.0
LEAST_COSINE: Final = 0.35
"""What most models give texts that have something to do with each other; an endpoint may name its own."""


class EmbeddingError(PortalError):
    """Texts could not be turned into vectors now; search answers by words, and the worker tries again."""


class Embedder(Protocol):
    """A model of meaning. Both methods raise EmbeddingError when it cannot be reached."""

    @property
    def model(self) -> str:
        """The model's name; vectors of different models cannot be compared."""

    @property
    def least_cosine(self) -> float:
        """How near a document has to be to be found by meaning alone."""

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of what people ask."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of what documents say."""


def make_embedder(url: str) -> Embedder | None:
    """Return the model behind a setting: an endpoint, the bundled model, or None where there is none."""
    if url == OFF:
        return None
    if url != BUNDLED:
        return EndpointEmbedder(url)
    try:
        from portal.search.bundled_embedder import BundledEmbedder  # noqa: PLC0415  # An extra brings it.
    except ImportError:
        return None
    return BundledEmbedder()


class EndpointEmbedder:
    """An endpoint that speaks as OpenAI's does: `https://:KEY@HOST/v1/embeddings?model=NAME&least=0.35`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        self.model = options.get("model", "default")
        self.least_cosine = float(options.get("least", LEAST_COSINE))
        self._key = parts.password
        self._address = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of what people ask."""
        return self._vectors([f"{self._prefix('query')}{text}" for text in texts])

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of what documents say."""
        return self._vectors([f"{self._prefix('passage')}{text}" for text in texts])

    def _prefix(self, role: str) -> str:
        """Return what models of the E5 family were trained to read before a text."""
        return f"{role}: " if "e5" in self.model.lower() else ""

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        body = json.dumps({"model": self.model, "input": list(texts)}).encode()
        request = Request(self._address, data=body, headers=headers)  # noqa: S310  # The setting allows http(s) only.
        try:
            with urlopen(request, timeout=ENDPOINT_PATIENCE_SECONDS) as answer:  # noqa: S310  # The same.
                found = json.load(answer)["data"]
            rows = np.array([item["embedding"] for item in found], dtype=np.float32)
        except (URLError, OSError, ValueError, KeyError, TypeError) as error:
            raise EmbeddingError(f"The embedding endpoint gave no vectors: {error}") from error
        if rows.ndim != 2 or len(rows) != len(texts):  # noqa: PLR2004  # A table has two dimensions.
            raise EmbeddingError("The embedding endpoint gave another number of vectors than of texts.")
        lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        vectors: Vectors = rows / lengths.astype(np.float32)
        return vectors
