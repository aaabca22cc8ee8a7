"""The command line. Commands import what they need when they run, so that `--help` is instant."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from core.errors import FaultMavenError, StoreUnavailable, WrongUsage
from core.text.redacted import legible
from faultmaven import __version__

if TYPE_CHECKING:
    from types import ModuleType

    from typer._click import Context, HelpFormatter

COULD_NOT, WRONG_USAGE = 1, 2
RUN, USE, CARE = "Run it", "Use it", "Look after it"


MOST_DAYS = 36_500


def _in_utc(moment: datetime | None) -> datetime | None:
    """Aware, in UTC; without a zone it is that already."""
    try:
        return moment and moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError as error:
        message = "it lies outside the years 1 to 9999"
        raise typer.BadParameter(message) from error


class Grouped(TyperGroup):
    """Lists commands by what one wants to do. Rich's own panels take longer than all the rest."""

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        for panel in (RUN, USE, CARE):
            commands = [self.commands[name] for name in self.list_commands(ctx)]
            rows = [
                (command.name or "", command.get_short_help_str(limit=100))
                for command in commands
                if getattr(command, "rich_help_panel", None) == panel
            ]
            with formatter.section(panel):
                formatter.write_dl(rows)


app = typer.Typer(
    name="faultmaven",
    cls=Grouped,
    rich_markup_mode=None,
    help="Investigates incidents in the open: an alert opens a case, evidence ranks the causes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
jobs = typer.Typer(
    help="Work that failed for good: list it, try it again, or give it up.", no_args_is_help=True
)
alert = typer.Typer(help="Try the way that alerts take.", no_args_is_help=True)
app.add_typer(jobs, name="jobs", rich_help_panel=CARE)
routes = typer.Typer(help="Try the policy that says where cases open.", no_args_is_help=True)
users = typer.Typer(help="Accounts: who may sign in to the API.", no_args_is_help=True)
app.add_typer(users, name="user", rich_help_panel=CARE)
memories = typer.Typer(
    help="What cases taught: see it, or have it forgotten.", no_args_is_help=True
)
app.add_typer(memories, name="memories", rich_help_panel=USE)
knowledge = typer.Typer(help="Runbooks: their health, and drafts of them.", no_args_is_help=True)
app.add_typer(knowledge, name="knowledge", rich_help_panel=USE)
app.add_typer(alert, name="alert", rich_help_panel=CARE)
app.add_typer(routes, name="routes", rich_help_panel=CARE)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
AtTheEnd = Annotated[bool, typer.Option("--json", help="One JSON document, when it has ended.")]
WhenReady = Annotated[
    bool, typer.Option("--json", help="One JSON document, when it is ready: process, pid, url.")
]


def run(command: str, **arguments: Any) -> None:
    """Hand over to `faultmaven.commands.COMMAND`, and turn what it says into an exit code."""
    try:
        code = _imported(command).run(**arguments)
    except WrongUsage as error:
        _explain(error)
        raise typer.Exit(WRONG_USAGE) from error
    except FaultMavenError as error:
        _explain(error)
        raise typer.Exit(COULD_NOT) from error
    except BrokenPipeError as error:  # who read along has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(COULD_NOT) from error
    except OSError as error:  # of a file that the person named
        problem = f"{error.filename or 'a file'}: {error.strerror or error}"
        _explain(StoreUnavailable(problem, next_step="Look whether it is there, and may be read."))
        raise typer.Exit(COULD_NOT) from error
    raise typer.Exit(code or 0)


def _imported(command: str) -> ModuleType:
    """Its module. What loading it makes stays to the end, so no collection looks through that."""
    name = f"faultmaven.commands.{command}"
    if name in sys.modules:
        return sys.modules[name]
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()  # else those that follow, and the one at exit, take half a second in all
        gc.enable()


def _explain(error: FaultMavenError) -> None:
    sys.stderr.write(f"faultmaven: {legible(str(error))}\n{legible(error.next_step)}\n")


OF_A_SERVER = frozenset(
    {"alert", "cases", "chat", "events", "evidence", "export", "jobs", "replay", "timeline"}
)


@app.callback(invoke_without_command=True)
def main_options(
    context: typer.Context,
    server: Annotated[
        str | None, typer.Option(help="Ask this server, https://HOST, instead of one here.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="A file that holds a token of it.", dir_okay=False)
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Say the version and stop.", is_eager=True)
    ] = False,
) -> None:
    """Options before the command."""
    if version:
        typer.echo(f"faultmaven {__version__}")
        raise typer.Exit
    if server and context.invoked_subcommand not in OF_A_SERVER:
        message = f"`{context.invoked_subcommand}` is about this machine"
        step = f"These can ask another server: {', '.join(sorted(OF_A_SERVER))}."
        _explain(WrongUsage(message, next_step=step))
        raise typer.Exit(WRONG_USAGE)
    _set("SERVER", server)
    _set("TOKEN_FILE", token_file)


def _set(name: str, value: str | Path | None) -> None:
    """An option before the command is a setting of this process; a token itself is never one."""
    if value is not None:
        os.environ[f"FAULTMAVEN_{name}"] = str(value)


@app.command(rich_help_panel=RUN)
def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    as_json: WhenReady = False,
) -> None:
    """Start everything in one process: webhooks, jobs, terminal door."""
    run("up", host=host, port=port, as_json=as_json)


@app.command(rich_help_panel=RUN)
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    as_json: WhenReady = False,
) -> None:
    """Start only the listener; `worker` and `bot` do the work (PostgreSQL)."""
    run("serve", host=host, port=port, as_json=as_json)


@app.command(rich_help_panel=RUN)
def worker(as_json: WhenReady = False) -> None:
    """Start a worker of the pool (PostgreSQL and Redis)."""
    run("worker", as_json=as_json)


@app.command(rich_help_panel=RUN)
def bot(as_json: WhenReady = False) -> None:
    """Start the process that sends to chat (PostgreSQL)."""
    run("bot", as_json=as_json)


@app.command(rich_help_panel=USE)
def demo(as_json: AtTheEnd = False) -> None:
    """Play a recorded incident, from alert to report."""
    run("demo", as_json=as_json)


@app.command(rich_help_panel=USE)
def chat(
    case: Annotated[int | None, typer.Argument(help="Number of the case to talk about.")] = None,
    as_json: AtTheEnd = False,
) -> None:
    """Talk with FaultMaven in this terminal, on a running `up` or by itself."""
    run("chat", case=case, as_json=as_json)


@app.command(rich_help_panel=USE)
def investigate(  # noqa: PLR0913, PLR0917 - each of them is an option
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.", exists=True)],
    alert_file: Annotated[
        Path | None,
        typer.Option("--alert", help="An alert as delivered.", exists=True, dir_okay=False),
    ] = None,
    topology: Annotated[
        Path | None,
        typer.Option(help='{"calls": [["caller", "callee"]]}', exists=True, dir_okay=False),
    ] = None,
    question: Annotated[str | None, typer.Option(help="Ask this at the end.")] = None,
    at: Annotated[
        datetime | None, typer.Option(help="The moment it is about, UTC.", callback=_in_utc)
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(help="Draw the causes and what decides: a .png or .svg.", dir_okay=False),
    ] = None,
    services: Annotated[
        bool, typer.Option("--services", help="Which names are of one service, and why.")
    ] = False,
    model: Annotated[
        list[str] | None,
        typer.Option(help="Ask this language model, too; the next one where it fails."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rank the causes that your own files speak for. Needs no server."""
    run(
        "investigate",
        paths=paths,
        alert=alert_file,
        topology=topology,
        question=question,
        at=at,
        picture=picture,
        services=services,
        models=tuple(model or ()),
        as_json=as_json,
    )


@app.command(rich_help_panel=USE)
def learn(  # noqa: PLR0913, PLR0917 - one parameter for each option
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Runbooks, or folders of runbooks.")
    ] = None,
    git: Annotated[
        str, typer.Option(help="A git repository instead: its folder, or an address.")
    ] = "",
    path: Annotated[str, typer.Option(help="A folder of that repository.")] = "",
    branch: Annotated[str, typer.Option(help="A branch of it, not the one it starts on.")] = "",
    urls: Annotated[
        Path | None,
        typer.Option(help="A list of pages instead, one address a line.", dir_okay=False),
    ] = None,
    forget_gone: Annotated[
        bool, typer.Option("--forget-gone", help="Delete what was learned of pages that are gone.")
    ] = False,
    tag: Annotated[
        list[str] | None, typer.Option(help="For each of them; may be given again.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where nothing known of a folder is in it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring runbooks for everybody, and keep them in step with their files."""
    run(
        "learn",
        paths=paths or [],
        tags=tag or [],
        git=git,
        path=path,
        branch=branch,
        urls=urls,
        forget_gone=forget_gone,
        replace=replace,
        as_json=as_json,
    )


@app.command(rich_help_panel=USE)
def forget(
    sources: Annotated[
        list[str], typer.Argument(help="As `search` names them; a folder with all below it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Delete runbooks that were learned."""
    run("forget", sources=sources, as_json=as_json)


@app.command(rich_help_panel=USE)
def search(
    words: Annotated[list[str], typer.Argument(help="Words, or an alert as it reads.")],
    tag: Annotated[
        list[str] | None, typer.Option(help="Only what has one of these; may be given again.")
    ] = None,
    newer: Annotated[
        str, typer.Option(help="Only what is newer than an age or a day: 90d, 2026-01-31.")
    ] = "",
    older: Annotated[str, typer.Option(help="Only what is older: 1y.")] = "",
    limit: Annotated[int, typer.Option(help="Show so many.", min=1, max=50)] = 5,
    as_json: AsJson = False,
) -> None:
    """Find what the runbooks say."""
    text = " ".join(words)
    run(
        "search",
        words=text,
        tags=tag or [],
        newer=newer,
        older=older,
        limit=limit,
        as_json=as_json,
    )


@app.command(rich_help_panel=USE)
def reindex(
    again: Annotated[
        bool, typer.Option("--all", help="Also what has vectors of this model already.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Embed runbooks that have no vectors yet, with the model that is installed."""
    run("reindex", again=again, as_json=as_json)


@app.command(rich_help_panel=USE)
def extract(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    picture: Annotated[
        Path | None,
        typer.Option(
            help="Draw what moved in metrics, or a profile as a flame graph: a .png or .svg.",
            dir_okay=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what can be found in one file. Needs no server."""
    run("extract", path=path, picture=picture, as_json=as_json)


@app.command(rich_help_panel=USE)
def events(  # noqa: PLR0913, PLR0917 - each of them is an option
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files, or folders of files.", exists=True)
    ] = None,
    case: Annotated[int | None, typer.Option(help="The files of this case instead.")] = None,
    level: Annotated[str | None, typer.Option(help="At least this one, such as error.")] = None,
    since: Annotated[
        str | None, typer.Option(help="90m, 1h or 2d back; 14:05; 2026-11-20T14:05Z.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="The first moment after, as above.")] = None,
    at: Annotated[
        str | None, typer.Option(help="Count back from here, not from the newest event.")
    ] = None,
    service: Annotated[str | None, typer.Option(help="Its name, or a part of it.")] = None,
    host: Annotated[str | None, typer.Option(help="Its name as the lines spell it.")] = None,
    one_id: Annotated[str | None, typer.Option("--id", help="Of a request or trace.")] = None,
    kind: Annotated[int | None, typer.Option(help="Lines like one whose `kind` this is.")] = None,
    limit: Annotated[int, typer.Option(help="Show so many.")] = 50,
    oldest_first: Annotated[bool, typer.Option("--oldest-first", help="And not newest.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show lines of logs by time, level, service, host or id."""
    from core.evidence.events.window import EventQueryText  # noqa: PLC0415 - not for `--help`

    spelt = EventQueryText(
        level=level,
        since=since,
        until=until,
        at=at,
        service=service,
        host=host,
        id=one_id,
        kind=kind,
        limit=limit,
        oldest_first=oldest_first,
    )
    run("events", paths=paths or [], case=case, spelt=spelt, as_json=as_json)


@app.command(rich_help_panel=USE)
def timeline(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files, or folders of files.", exists=True)
    ] = None,
    case: Annotated[int | None, typer.Option(help="The files of this case instead.")] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Draw it, too: a .png or .svg.", dir_okay=False)
    ] = None,
    at: Annotated[
        datetime | None, typer.Option(help="As it stood at this moment, UTC.", callback=_in_utc)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Merge what happened in all files on one line of time, with onset and clock skew."""
    run("timeline", paths=paths or [], case=case, picture=picture, at=at, as_json=as_json)


@app.command(rich_help_panel=USE)
def redact(
    path: Annotated[
        Path | None,
        typer.Argument(help="A text file; without it, standard input.", exists=True),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print a text with its secrets and e-mail addresses taken out."""
    run("redact", path=path, as_json=as_json)


@app.command(rich_help_panel=USE)
def cases(
    limit: Annotated[int, typer.Option(help="Show so many.", min=1, max=10_000)] = 200,
    as_json: AsJson = False,
) -> None:
    """List the newest cases."""
    run("cases", limit=limit, as_json=as_json)


@app.command(rich_help_panel=USE)
def report(
    case: Annotated[int, typer.Argument(help="Number of the case.")],
    form: Annotated[str, typer.Option("--format", help="md, pdf or postmortem.")] = "md",
    out: Annotated[
        Path | None,
        typer.Option(help="The file to write it to; by default one here.", dir_okay=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the report of a case, redacted: Markdown, PDF, or a post-mortem draft."""
    run("report", case=case, form=form, out=out, as_json=as_json)


@app.command(rich_help_panel=CARE)
def evidence(
    case: Annotated[int, typer.Argument(help="Number of the case.")],
    file: Annotated[str, typer.Argument(help="Which of its files: e3.")],
    out: Annotated[Path, typer.Option(help="Where to write it.", dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Write an original as it came, nothing in it redacted; the case notes that down."""
    run("evidence", case=case, file=file, out=out, as_json=as_json)


@app.command(rich_help_panel=CARE)
def export(
    case: Annotated[int | None, typer.Argument(help="Number of the case.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write it to.", dir_okay=False)
    ] = None,
    everything: Annotated[
        Path | None,
        typer.Option(
            "--all",
            metavar="ARCHIVE",
            help="Everything instead, sealed, for `import` in another installation.",
            dir_okay=False,
        ),
    ] = None,
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for what seals the archive.")
    ] = False,
    originals: Annotated[
        bool, typer.Option("--originals", help="With its files as they came, nothing redacted.")
    ] = False,
    public_key: Annotated[
        bool, typer.Option("--public-key", help="Print the key that checks exports, and stop.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a case into one signed file that anybody can check with `verify`, or all of them."""
    run(
        "export",
        case=case,
        out=out,
        everything=everything,
        passphrase=passphrase,
        originals=originals,
        public_key=public_key,
        as_json=as_json,
    )


@app.command("import", rich_help_panel=CARE)
def import_archive(
    archive: Annotated[Path, typer.Argument(help="What `export --all` wrote.", dir_okay=False)],
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for what the archive was sealed with.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring in everything that another installation exported; twice is once."""
    run("archive", archive=archive, passphrase=passphrase, as_json=as_json)


@app.command(rich_help_panel=CARE)
def verify(
    bundle: Annotated[Path, typer.Argument(help="What `export` wrote.", dir_okay=False)],
    key: Annotated[
        str | None, typer.Option(help="The public key that must have signed it: ed25519:…")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check an exported case. Needs no server, no database, no network and no model."""
    run("verify", bundle=bundle, key=key, as_json=as_json)


@app.command(rich_help_panel=CARE)
def doctor(as_json: AsJson = False) -> None:
    """Check the installation, and say what to do about what is wrong."""
    run("doctor", as_json=as_json)


@app.command(rich_help_panel=CARE)
def ready(
    process: Annotated[Literal["worker", "bot"], typer.Argument(help="Which of them.")],
    as_json: AsJson = False,
) -> None:
    """Check that the `worker` or `bot` of this data directory can work; they listen nowhere."""
    run("ready", process=process, as_json=as_json)


@app.command(rich_help_panel=CARE)
def spend(
    by: Annotated[str, typer.Option(help="day, model or case.")] = "day",
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="So many days back.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Sum up what language models took."""
    run("spend", by=by, days=days, as_json=as_json)


@app.command(rich_help_panel=CARE)
def analytics(
    since: Annotated[
        datetime | None,
        typer.Option("--from", help="Of cases opened then or later, UTC.", callback=_in_utc),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", help="Opened before, UTC.", callback=_in_utc)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sum up cases: times to acknowledge and resolve, counts, how well causes are ranked."""
    run("analytics", since=since, until=until, as_json=as_json)


@app.command("compare-models", rich_help_panel=CARE)
def compare_models(
    case: Annotated[int, typer.Argument(help="Number of the case.")],
    model: Annotated[
        list[str] | None,
        typer.Option(help="Ask this one; repeatable. Without it, each that is set."),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="large or small, in place of the set.")
    ] = None,
    prompts: Annotated[
        Path | None,
        typer.Option(help="A folder with prompts in place of ours.", exists=True, file_okay=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask models what they make of a recorded case, beside what was said then."""
    run(
        "compare_models",
        case=case,
        models=model or (),
        profile=profile,
        prompts=prompts,
        as_json=as_json,
    )


@app.command(rich_help_panel=CARE)
def migrate(
    begin_anew: Annotated[
        bool,
        typer.Option("--begin-anew", help="Make an empty database where one was lost."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the database to this version's tables (`up` does so by itself)."""
    run("migrate", as_json=as_json, begin_anew=begin_anew)


@app.command(rich_help_panel=CARE)
def replay(
    delivery: Annotated[str | None, typer.Option(help="Drive this delivery again.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(help="Drive all since this time again, UTC.", callback=_in_utc),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Drive journaled webhook deliveries again; what is known already stays as it is."""
    run("replay", delivery=delivery, since=since, as_json=as_json)


@alert.command("test")
def alert_test(as_json: AsJson = False) -> None:
    """Send a test alert through the whole path."""
    run("alert_test", as_json=as_json)


@routes.command("test")
def routes_test(
    alert_file: Annotated[
        Path | None,
        typer.Option(
            "--alert",
            help="An alert as delivered; without it, standard input.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option(
            "--label",
            metavar="NAME=VALUE",
            help="In place of an alert, or over its own; repeatable.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show where the case of an alert would open, and why no other route takes it."""
    run("routes", alert=alert_file, labels=labels or (), as_json=as_json)


@jobs.command("list")
def jobs_list(
    state: Annotated[str, typer.Option(help="pending, running, done or dead.")] = "dead",
    as_json: AsJson = False,
) -> None:
    """List jobs."""
    run("jobs", action="list", job_id=None, state=state, as_json=as_json)


@jobs.command("retry")
def jobs_retry(job_id: str, as_json: AsJson = False) -> None:
    """Try a dead job again."""
    run("jobs", action="retry", job_id=job_id, state="dead", as_json=as_json)


@jobs.command("drop")
def jobs_drop(job_id: str, as_json: AsJson = False) -> None:
    """Give a dead job up."""
    run("jobs", action="drop", job_id=job_id, state="dead", as_json=as_json)


@memories.command("list")
def memories_list(
    limit: Annotated[int, typer.Option(help="Show so many.", min=1, max=1_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List what cases taught, the newest first."""
    run("memories", action="list", limit=limit, as_json=as_json)


@memories.command("show")
def memories_show(case: str, as_json: AsJson = False) -> None:
    """Show what one case taught: its cause, what fixed it and what did not."""
    run("memories", action="show", case=case, as_json=as_json)


@memories.command("forget")
def memories_forget(case: str, as_json: AsJson = False) -> None:
    """Learn nothing from a case; what happens in it later counts again."""
    run("memories", action="forget", case=case, as_json=as_json)


@memories.command("rebuild")
def memories_rebuild(as_json: AsJson = False) -> None:
    """Learn anew from the logs of all cases, also of those from before there were memories."""
    run("memories", action="rebuild", as_json=as_json)


@knowledge.command("health")
def knowledge_health(
    stale_days: Annotated[
        int, typer.Option(help="After so many days a runbook may be stale.", min=1, max=3_650)
    ] = 90,
    as_json: AsJson = False,
) -> None:
    """Show which alerts have no runbook, and which runbooks nobody uses, likes or renews."""
    run("knowledge", action="health", stale_days=stale_days, as_json=as_json)


@knowledge.command("show")
def knowledge_show(
    source: Annotated[str, typer.Argument(help="The document, as `search` names it.")],
    diff: Annotated[
        bool, typer.Option("--diff", help="With what changed from version to version.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the tags and versions of a runbook, and whether it helped."""
    run("knowledge", action="show", source=source, diff=diff, as_json=as_json)


@knowledge.command("graph")
def knowledge_graph(
    service: Annotated[str, typer.Argument(help="What is around it; else what is busiest.")] = "",
    picture: Annotated[
        Path | None, typer.Option(help="Draw it, too: a .png or .svg.", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how services, alerts, runbooks, cases, causes, fixes and people are related."""
    run("knowledge", action="graph", service=service, picture=picture, as_json=as_json)


@knowledge.command("draft")
def knowledge_draft(
    alert: Annotated[str, typer.Argument(help="Its name, as alerts have it.")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write it to, a new one.", dir_okay=False)
    ] = None,
) -> None:
    """Draft a runbook in Markdown of what resolved cases taught; nothing is learned by it."""
    run("knowledge", action="draft", alert=alert, out=out)


@users.command("add")
def user_add(
    name: str,
    email: Annotated[str, typer.Option(help="Where a forgotten password is answered.")] = "",
    admin: Annotated[bool, typer.Option("--admin", help="May do everything.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make an account; the password is asked for, or the first line of standard input."""
    run("user", action="add", name=name, email=email, admin=admin, as_json=as_json)


@users.command("list")
def user_list(as_json: AsJson = False) -> None:
    """List accounts."""
    run("user", action="list", as_json=as_json)


@users.command("password")
def user_password(name: str, as_json: AsJson = False) -> None:
    """Set somebody's password, and sign them out everywhere.

    Tokens of programs stay, and are named.
    """
    run("user", action="password", name=name, as_json=as_json)


@users.command("role")
def user_role(
    name: str,
    admin: Annotated[bool, typer.Option("--admin/--user", help="May do everything, or not.")],
    as_json: AsJson = False,
) -> None:
    """Make somebody an admin, or not any more."""
    run("user", action="role", name=name, admin=admin, as_json=as_json)


@users.command("disable")
def user_disable(name: str, as_json: AsJson = False) -> None:
    """Let somebody in no more."""
    run("user", action="disable", name=name, as_json=as_json)


@users.command("enable")
def user_enable(name: str, as_json: AsJson = False) -> None:
    """Let somebody in again."""
    run("user", action="enable", name=name, as_json=as_json)
