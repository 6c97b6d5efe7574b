import pytest
from flask import Flask

from portal.onboarding.rules import Proof
from portal.onboarding.wording import sentence


@pytest.mark.parametrize(
    ("proof", "expected"),
    [
        (Proof(kind="article.viewed"), "Someone opened the article"),
        (Proof(kind="article.viewed", people=3), "3 people opened the article"),
        (Proof(kind="article.viewed", people=3, count=3), "3 people opened the article"),
        (Proof(kind="feature.used", count=2), "Someone used the feature, 2 times in all"),
        (
            Proof(kind="product.route_planned", people=2, count=5),
            "2 people did it in the product, 5 times in all",
        ),
    ],
)
def test_a_proof_in_words(app: Flask, proof: Proof, expected: str) -> None:
    with app.test_request_context():
        assert sentence(proof) == expected
