"""What is counted of calls of models, by model and role, and the log line of each."""

from __future__ import annotations

import structlog
from prometheus_client import Counter, Gauge, Histogram

CALLS = Counter(
    "faultmaven_model_calls_total", "Calls of models by outcome.", ["model", "role", "outcome"]
)
TOKENS = Counter(
    "faultmaven_model_tokens_total", "Tokens in and out.", ["model", "role", "direction"]
)
COST = Counter(
    "faultmaven_model_cost_dollars_total",
    "What calls cost, where a price is known.",
    ["model", "role"],
)
SECONDS = Histogram(
    "faultmaven_model_seconds",
    "How long calls took.",
    ["model", "role"],
    buckets=(0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128),
)
FALLBACKS = Counter(
    "faultmaven_model_fallbacks_total",
    "Requests that a model did not answer.",
    ["model", "role"],
)
OPEN = Gauge(
    "faultmaven_model_circuit_open", "1 while a model is left alone after failures.", ["model"]
)

log = structlog.get_logger(__name__)
ANSWERED = "answered"
