"""Application commands: registered by the bot, filled in by people.

Source: Discord: interactions/application-commands.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.discord import errors, message_writer
from tests.fakes.discord.rest import API, answer, no_content

if TYPE_CHECKING:
    from tests.fakes.discord.errors import Path
    from tests.fakes.discord.model import Wire
    from tests.fakes.discord.world import DiscordWorld

SLASH, ON_USER, ON_MESSAGE = 1, 2, 3
MOST = {SLASH: 100, ON_USER: 15, ON_MESSAGE: 15}
NAME = re.compile(r"^[-_'\w]{1,32}$")
SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, BOOLEAN, NUMBER = 3, 4, 5, 10
ONE_COMMAND = 8_000  # characters of names, descriptions and values together


class Commands:
    """`by_scope`: the commands of the application ("") and of the guild (its id)."""

    def __init__(self, world: DiscordWorld) -> None:
        self.world = world
        self.by_scope: dict[str, list[Wire]] = {"": [], world.guild_id: []}

    def routes(self) -> list[web.RouteDef]:
        paths = [f"{API}/applications/{{app}}/commands"]
        paths.append(f"{API}/applications/{{app}}/guilds/{{guild}}/commands")
        routes = list[web.RouteDef]()
        for path in paths:
            path_of_one = f"{path}/{{command}}"
            routes += [web.get(path, self.listed), web.put(path, self.replace)]
            routes += [web.post(path, self.upsert), web.get(path_of_one, self.read)]
            routes += [web.patch(path_of_one, self.change), web.delete(path_of_one, self.delete)]
        return routes

    def offered(self) -> list[Wire]:
        """What a person can choose from: those of the guild, then those of the application."""
        return self.by_scope[self.world.guild_id] + self.by_scope[""]

    async def listed(self, request: web.Request) -> web.Response:
        return answer(self._scope(request))

    async def replace(self, request: web.Request) -> web.Response:
        """A bulk overwrite: what is not in it is gone."""
        scope, body = self._scope(request), await message_writer.read_body(request)
        wires = body.data.get("list", [])
        check_commands(wires)
        known = {(command["name"], command["type"]): command["id"] for command in scope}
        scope[:] = [self._kept(request, wire, known) for wire in wires]
        return answer(scope)

    async def upsert(self, request: web.Request) -> web.Response:
        """The same name again takes the place of the old one."""
        scope, body = self._scope(request), await message_writer.read_body(request)
        known = {(command["name"], command["type"]): command["id"] for command in scope}
        new = self._kept(request, body.data, known)
        others = [command for command in scope if command["id"] != new["id"]]
        check_commands([*others, new])
        scope[:] = [*others, new]
        return answer(new, 200 if len(others) < len(scope) and new["id"] in known.values() else 201)

    async def read(self, request: web.Request) -> web.Response:
        return answer(self._one(request))

    async def change(self, request: web.Request) -> web.Response:
        scope, old = self._scope(request), self._one(request)
        new = old | (await message_writer.read_body(request)).data
        check_commands([command for command in scope if command is not old] + [new])
        old |= new
        return answer(old)

    async def delete(self, request: web.Request) -> web.Response:
        self._scope(request).remove(self._one(request))
        return no_content()

    def _scope(self, request: web.Request) -> list[Wire]:
        if request.match_info["app"] != self.world.application_id:
            raise errors.missing_access()
        guild_id = request.match_info.get("guild", "")
        if guild_id not in self.by_scope:
            raise errors.missing_access()
        return self.by_scope[guild_id]

    def _one(self, request: web.Request) -> Wire:
        for command in self._scope(request):
            if command["id"] == request.match_info["command"]:
                return command
        raise errors.unknown("Application Command")

    def _kept(self, request: web.Request, wire: Wire, known: dict[tuple[str, int], str]) -> Wire:
        kind = int(wire.get("type") or SLASH)
        new: Wire = {"description": "", "options": [], "default_member_permissions": None} | wire
        new |= {"type": kind, "application_id": self.world.application_id}
        new |= {"id": known.get((wire["name"], kind)) or self.world.new_id()}
        new |= {"version": self.world.new_id()}
        guild_id = request.match_info.get("guild")
        return new | ({"guild_id": guild_id} if guild_id else {})


def check_commands(wires: list[Wire]) -> None:
    """Of one scope together. Raises DiscordRefused (400, 50035; 30032 for too many)."""
    form = errors.Form()
    for kind, most in MOST.items():
        if sum(int(wire.get("type") or SLASH) == kind for wire in wires) > most:
            says = f"Maximum number of application commands reached ({most})"
            raise errors.DiscordRefused(400, 30032, says)
    seen = set[tuple[str, int]]()
    for index, command in enumerate(wires):
        kind = int(command.get("type") or SLASH)
        key = (str(command.get("name")), kind)
        if key in seen:
            says = "Application command names must be unique"
            form.wrong((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", says)
        seen.add(key)
        _check_command(form, (index,), command, kind)
    form.check()


def _check_command(form: errors.Form, path: Path, command: Wire, kind: int) -> None:
    if kind != SLASH:
        form.length((*path, "name"), command.get("name"), 32, 1)
        if command.get("description") or command.get("options"):
            says = "Context menu commands have no description and no options"
            form.wrong((*path, "description"), "BASE_TYPE_BAD_LENGTH", says)
        return
    _check_name(form, path, command)
    _check_options(form, path, command.get("options") or [], depth=0)
    if _size(command) > ONE_COMMAND:
        says = "Command exceeds maximum size (8000)"
        form.wrong(path, "APPLICATION_COMMAND_TOO_LARGE", says)


def _check_name(form: errors.Form, path: Path, command: Wire) -> None:
    name = str(command.get("name", ""))
    if not NAME.match(name) or name != name.lower():
        says = "Command name is invalid"
        form.wrong((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", says)
    form.length((*path, "description"), command.get("description"), 100, 1)


def _check_options(form: errors.Form, path: Path, options: list[Wire], *, depth: int) -> None:
    form.count((*path, "options"), options, 25)
    optional = False
    for index, option in enumerate(options):
        here = (*path, "options", index)
        _check_name(form, here, option)
        form.count((*here, "choices"), option.get("choices"), 25)
        if option.get("type") in (SUBCOMMAND, GROUP):
            if depth > 1:
                form.wrong((*here, "type"), "BASE_TYPE_CHOICES", "Nested too deep")
            _check_options(form, here, option.get("options") or [], depth=depth + 1)
        elif option.get("required") and optional:
            code = "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
            form.wrong(here, code, "Required options must be placed before non-required options")
        if option.get("choices") and option.get("autocomplete"):
            code = "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES"
            form.wrong(here, code, "Choices and autocomplete exclude each other")
        optional = optional or not option.get("required")


def _size(command: Wire) -> int:
    own = len(command.get("name", "")) + len(command.get("description", ""))
    own += sum(len(str(c["name"])) + len(str(c["value"])) for c in command.get("choices") or ())
    return own + sum(_size(option) for option in command.get("options") or ())


def fill_in(offered: list[Wire], path: str, values: Wire, *, focused: str = "") -> Wire:
    """The `data` of a command that a person typed, as in `fill_in(…, "fm ask", {"text": "why?"})`.

    focused: the option that is being typed, for autocomplete. Raises LookupError or ValueError
    where Discord's client would not let it be sent.
    """
    name, *rest = path.split()
    known = [command for command in offered if (command["name"], command["type"]) == (name, SLASH)]
    if not known:
        there = sorted(command["name"] for command in offered if command["type"] == SLASH)
        message = f"no command /{name}: there are {there}"
        raise LookupError(message)
    command = known[0]
    options = _options(command, rest, values, focused)
    data = {"id": command["id"], "name": name, "type": SLASH, "options": options}
    return data | ({"guild_id": command["guild_id"]} if command.get("guild_id") else {})


def _options(level: Wire, rest: list[str], values: Wire, focused: str) -> list[Wire]:
    named = {option["name"]: option for option in level.get("options") or ()}
    if rest:
        if rest[0] not in named:
            message = f"{level['name']} has no {rest[0]}: it has {sorted(named)}"
            raise LookupError(message)
        inner = named[rest[0]]
        filled = _options(inner, rest[1:], values, focused)
        return [{"name": rest[0], "type": inner["type"], "options": filled}]
    missing = [
        option
        for option in named.values()
        if option.get("required") and option["name"] not in values
    ]
    unknown = set(values) - set(named)
    wrong = unknown or any(option["type"] in (SUBCOMMAND, GROUP) for option in named.values())
    if wrong or (missing and not focused):
        message = f"/{level['name']} takes {json.dumps(list(named))}, not {json.dumps(values)}"
        raise ValueError(message)
    return [_option(named[name], value, focused) for name, value in values.items()]


def _option(option: Wire, value: object, focused: str) -> Wire:
    if option["name"] == focused:  # half typed, so a string whatever the option is
        return {"name": focused, "type": option["type"], "value": str(value), "focused": True}
    choices = [choice["value"] for choice in option.get("choices") or ()]
    if choices and value not in choices:
        message = f"{option['name']} is one of {choices}, not {value!r}"
        raise ValueError(message)
    kinds = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: float}
    typed = kinds.get(option["type"], str)(value)
    return {"name": option["name"], "type": option["type"], "value": typed}
