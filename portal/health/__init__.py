"""Health scores: models, arithmetic, explanations."""
