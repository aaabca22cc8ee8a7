"""What is counted of calls of models, by model and role, and the log line of each."""

from __future__ import annotations

import logging

import structlog
from prometheus_client import Counter, Gauge, Histogram

CALLS = Counter(
    "faultmaven_model_calls_total",
    "Calls of models, by model, role and outcome.",
    ["model", "role", "outcome"],
)
TOKENS = Counter(
    "faultmaven_model_tokens_total",
    "Tokens in and out, by model, role and direction.",
    ["model", "role", "direction"],
)
COST = Counter(
    "faultmaven_model_cost_dollars_total",
    "What calls cost where a price is known, by model and role.",
    ["model", "role"],
)
SECONDS = Histogram(
    "faultmaven_model_seconds",
    "How long calls took, by model and role.",
    ["model", "role"],
    buckets=(0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128),
)
FALLBACKS = Counter(
    "faultmaven_model_fallbacks_total",
    "Requests that a model did not answer, by model and role.",
    ["model", "role"],
)
OPEN = Gauge(
    "faultmaven_model_circuit_open",
    "1 while a model is left alone after failures, by model.",
    ["model"],
)

# Of the standard library: a command that configures no logs prints none among its output.
log = structlog.wrap_logger(logging.getLogger(__name__))
ANSWERED = "answered"
