"""`faultmaven compare-models`: what other models, or other prompts, make of a recorded case."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from core.clock import wire_time
from core.errors import WrongUsage
from core.investigation.consultation.profile import PROFILES
from core.investigation.consultation.prompts import TEMPLATES
from core.investigation.language_model import ModelRole
from core.workflows.replay import replay
from faultmaven.language_models import load_model_library, open_model, reasoner_with
from faultmaven.model_settings import models_by_role, must_be_model, with_only
from faultmaven.output import print_json, print_line, print_table
from faultmaven.settings import load_settings
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from core.cases.opinion import Opinion
    from core.investigation.ports import Reasoner
    from core.workflows.replay import ModelComparison, ReplayedRound, ReplayedVerdict
    from core.workflows.services import Services
    from faultmaven.settings import Settings

COLUMNS = ("", "verdict", "the model itself", "calls", "tokens", "cost", "took")
MICRO_A_CENT = 10_000
SUFFIX = ".md.j2"


def run(
    *,
    case: int,
    models: Sequence[str],
    profile: str | None,
    prompts: Path | None,
    as_json: bool,
) -> int:
    """Compare. Raises WrongUsage, NotFound; a model that fails is told in its row."""
    if profile is not None and profile not in PROFILES:
        message = f"{profile} is no profile"
        raise WrongUsage(message, next_step=f"One of: {', '.join(PROFILES)}.")
    settings = load_settings()
    if profile is not None:
        settings = settings.model_copy(update={"model_profile": profile})
    templates = _templates(prompts) if prompts is not None else {}
    compared = asyncio.run(_compare(case, _named(models, settings), settings, templates))
    if as_json:
        print_json(document(compared))
    else:
        _print(compared)
    return 0


def _named(models: Sequence[str], settings: Settings) -> Sequence[str]:
    """Those to ask: without a name, each that is set for opinions."""
    for number, model in enumerate(models, 1):
        try:
            must_be_model(model, number)
        except ValueError as error:
            message = f"--model {error}"
            raise WrongUsage(message, next_step="For example: --model ollama/qwen3:8b") from None
    chosen = models or models_by_role(settings)[ModelRole.REASONING]
    if not chosen:
        message = "there is no model to compare"
        raise WrongUsage(message, next_step="Name one with --model, or set FAULTMAVEN_MODELS.")
    return tuple(dict.fromkeys(chosen))


def _templates(folder: Path) -> dict[str, str]:
    """By name, those that the folder holds."""
    paths = {name: folder / f"{name}{SUFFIX}" for name in TEMPLATES}
    templates = {
        name: path.read_text(encoding="utf-8") for name, path in paths.items() if path.is_file()
    }
    if not templates:
        message = f"{folder} holds no template of a prompt"
        step = f"It may hold {', '.join(path.name for path in paths.values())}."
        raise WrongUsage(message, next_step=step)
    return templates


async def _compare(
    case: int, models: Sequence[str], settings: Settings, templates: Mapping[str, str]
) -> ModelComparison:
    async with wire(settings, audiences=()) as installation:
        services = installation.services
        await load_model_library()  # seconds, which are no model's
        reasoners = {
            name: _reasoner(model, settings, templates, services)
            for name, model in _by_name(models).items()
        }
        return await replay(case, reasoners, services=services)


def _by_name(models: Sequence[str]) -> dict[str, str]:
    """Each by its name without the address, which may hold a password; a second one by a number."""
    named = dict[str, str]()
    for model in models:
        name, _, _ = model.partition("@")
        number = sum(other.partition(" ")[0] == name for other in named)
        named[f"{name} ({number + 1})" if number else name] = model
    return named


def _reasoner(
    name: str, settings: Settings, templates: Mapping[str, str], services: Services
) -> Reasoner:
    model = open_model(with_only(name, settings), services)
    if model is None:
        message = "the library that asks models is not installed"
        raise WrongUsage(message, next_step="pip install 'faultmaven[llm]'")
    return reasoner_with(model, services, settings, templates=templates)


def document(compared: ModelComparison) -> dict[str, Any]:
    """The comparison as JSON."""
    return {
        "case": compared.case.number,
        "title": compared.case.title.text,
        "state": compared.case.state,
        "confirmed": compared.confirmed.text if compared.confirmed else None,
        "rounds": [_round_document(round_) for round_ in compared.rounds],
    }


def _round_document(round_: ReplayedRound) -> dict[str, Any]:
    situation = round_.recorded.situation
    return {
        "at": wire_time(situation.at),
        "files": [file.name.text for file in situation.files],
        "altered": [text.text for text in round_.recorded.altered],
        "engine": _verdict_document(round_.engine),
        "recorded": _verdict_document(round_.then) if round_.then else None,
        "models": [
            {**_verdict_document(verdict), "flip": round_.flip(verdict)} for verdict in round_.now
        ],
    }


def _verdict_document(verdict: ReplayedVerdict) -> dict[str, Any]:
    leader, spent = None if verdict.problem else verdict.leader, verdict.spent
    return {
        "model": verdict.model,
        "verdict": None if verdict.problem else verdict.verdict,
        "cause": leader.statement.text if leader else None,
        "service": leader.cause.service if leader else None,
        "fault": leader.cause.fault if leader else None,
        "share": round(leader.confidence, 3) if leader else None,
        "opinion": _opinion_document(verdict.opinion),
        "problem": verdict.problem.text or None,
        "calls": spent.calls,
        "tokens": spent.tokens,
        "cents": round(spent.cost / MICRO_A_CENT, 4),
        "seconds": round(spent.seconds, 2),
    }


def _opinion_document(opinion: Opinion | None) -> dict[str, Any] | None:
    if opinion is None:
        return None
    return {
        "harmless": opinion.is_harmless,
        "cited": opinion.cited,
        "struck": opinion.struck,
        "causes": [
            {
                "service": cause.service,
                "fault": cause.fault,
                "statement": cause.statement.text,
                "probability": cause.probability,
            }
            for cause in opinion.causes
        ],
    }


def _print(compared: ModelComparison) -> None:
    case = compared.case
    print_line(f"#{case.number} {case.title.text} · {case.state}")
    if compared.confirmed:
        print_line(f"Confirmed by people: {compared.confirmed.line().text}")
    for round_ in compared.rounds:
        print_line("")
        _print_round(round_)


def _print_round(round_: ReplayedRound) -> None:
    situation = round_.recorded.situation
    print_line(f"{situation.at:%Y-%m-%d %H:%M:%S} UTC · files: {len(situation.files)}")
    for text in round_.recorded.altered:
        print_line(f"Not as it was then: {text.text}")
    rows = [["engine alone", *_cells(round_.engine)]]
    if round_.then:
        rows.append([f"then, {round_.then.model}", *_cells(round_.then)])
    rows += [[f"now, {verdict.model}", *_cells(verdict)] for verdict in round_.now]
    print_table(COLUMNS, rows)
    for line in _differences(round_):
        print_line(line)
    if round_.then:
        print_line("What it took then is the whole turn, with its answers to people.")


def _cells(verdict: ReplayedVerdict) -> list[str]:
    spent = verdict.spent
    if verdict.model is None:
        return [verdict.text.text, "-", "-", "-", "-", "-"]
    outcome = f"no opinion: {verdict.problem.text}" if verdict.problem else verdict.text.text
    return [
        outcome,
        _own_word(verdict.opinion),
        f"{spent.calls}",
        f"{spent.tokens:,}",
        f"{spent.cost / MICRO_A_CENT:.2f} ¢" if spent.cost else "-",
        f"{spent.seconds:.1f} s",
    ]


def _own_word(opinion: Opinion | None) -> str:
    """What it holds for likeliest, before that is weighed."""
    if opinion is None:
        return "-"
    if not opinion.causes:
        return "no impact" if opinion.is_harmless else "no cause"
    first = max(opinion.causes, key=lambda cause: cause.probability)
    return f"{first.service or 'unknown service'}, {first.fault}: {first.probability:.0%}"


_FLIPS = {
    "gained": "says {now}; {before} {was}",
    "lost": "says {now}; {before} {was}",
    "service": "blames another service: {now}; {before} {was}",
    "fault": "names another fault: {now}; {before} {was}",
    "impact": "says {now}; {before} {was}",
    "leader": "puts another cause first: {now}; {before} {was}",
}


def _differences(round_: ReplayedRound) -> Iterator[str]:
    before = "then" if round_.then else "the engine alone:"
    for verdict in round_.now:
        flip = round_.flip(verdict)
        if verdict.problem:
            yield f"{verdict.model}: no opinion: {verdict.problem.text}"
        elif flip is None:
            yield f"{verdict.model}: no flip"
        else:
            words = _FLIPS[flip].format(
                now=verdict.text.text, before=before, was=round_.baseline.text.text
            )
            yield f"{verdict.model}: flip: {words}"
