"""Numbers that states give to people, and their births. Known by what names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.redaction.rule import BIRTH, IDENTITY, anchored, searching

if TYPE_CHECKING:
    import re

_PAPERS = (
    r"passports?|reisepass|passeport|pasaporte|passaporto"
    r"|driver'?s?[ ]licen[cs]e|driving[ ]licen[cs]e|führerschein|fuehrerschein"
    r"|permis[ ]de[ ]conduire|licen[cs]e[ ](?:number|no|nr|plate)|number[ ]plate"
    r"|personalausweis|ausweis|identity[ ]card|national[ ]id|voter[ ]id"
    r"|nhs|aadhaar|codice[ ]fiscale|national[ ]insurance|social[ ]insurance|sécurité[ ]sociale"
    r"|steuer-?id|personnummer|pesel|medicare|tax[ ]id|itin|nino|kennzeichen"
)
# In capitals, small ones are words and parts of names.
_ACRONYMS = "CPF|CNPJ|DNI|NIE|SIN|NIR|BSN|CURP|DL|VIN|PAN|TFN|HKID"
_NAMING = r"(?:number|numero|número|nummer|no|nr|num|id|card|code|is|was|ist|est|es)"
_BETWEEN = rf"(?:[\s:=#.\"']{{1,3}}(?i:{_NAMING})(?!\w)){{0,3}}[\s:=#.\"']{{1,4}}"
# Groups of capitals and digits: a word in small letters ends it.
_NUMBER = (
    r"(?P<v>[A-Z0-9]{1,20}(?:[ ./-](?=[A-Z0-9]{0,8}[0-9]|[A-Z]{1,3}(?!\w))[A-Z0-9]{1,8}){0,6})"
)
_FEWEST, _SHORTEST = 3, 6  # digits; letters and digits
_DATE = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ]{1,2}\d{1,2}[-/. ]{1,2}\d{2,4}"
    r"|(?:\d{1,2}(?:st|nd|rd|th|\.)?[ ])?[A-Za-zéûäç]{3,10}\.?[ ]"
    r"(?:\d{1,2}(?:st|nd|rd|th)?,?[ ])?\d{4})"
)
_BORN = (
    r"date[ ]of[ ]birth|birth[ _]?da(?:te|y)|born(?:[ ]on)?|dob|geburtsdatum|geboren(?:[ ]am)?"
    r"|date[ ]de[ ]naissance|fecha[ ]de[ ]nacimiento|data[ ]di[ ]nascita"
)


def _is_number(match: re.Match[str]) -> bool:
    """Long enough, with digits; a year, a count or a version is shorter."""
    plain = [one for one in match["v"] if one.isalnum()]
    return len(plain) >= _SHORTEST and sum(map(str.isdigit, plain)) >= _FEWEST


RULES = (
    searching(
        # In ASCII, and long enough: so they are looked for where any word is that tells something
        "passport|reisepass|passeport|pasaporte|passaporto|driver licen|driver's licen"
        "|drivers licen|driving licen|hrerschein|permis de|license n|licence n|license plate"
        "|licence plate|number plate|ausweis|identity card|national id|voter id|nhs|aadhaar"
        "|codice fiscale|national insurance|social insurance|sociale|steuer|personnummer|pesel"
        "|medicare|tax id|itin|nino|kennzeichen",
        rf"(?<![A-Za-z])(?i:{_PAPERS}){_BETWEEN}{_NUMBER}(?![\w-])",
        _is_number,
        kind=IDENTITY,
        screen=r"(?i:passports?|reisepass|passeport|pasaporte|passaporto|licen[cs]e|schein|conduire"
        r"|plate|ausweis|identity card|(?:national|voter|tax) id|steuer-?id|nhs|aadhaar|fiscale"
        r"|insurance|sociale|personnummer|pesel|medicare|itin|nino|kennzeichen)[\s:=#.\"'].*[0-9]",
    ),
    anchored(
        "cpf|cnpj|dni|nie |nie:|sin |sin:|nir |nir:|bsn|curp|dl |dl:|dl=|dl#|vin |vin:|pan |pan:"
        "|tfn|hkid",
        rf"(?<![A-Za-z])(?:{_ACRONYMS}|cpf|dni){_BETWEEN}{_NUMBER}(?![\w-])",
        _is_number,
        kind=IDENTITY,
        screen=rf"(?:{_ACRONYMS}|cpf|dni)[\s:=#.\"'].*[0-9]",
    ),
    searching(
        # Of Brazil, whose marks nothing else has
        "-",
        r"(?<![\w.])(?P<v>\d{3}\.\d{3}\.\d{3}-\d\d|\d\d\.\d{3}\.\d{3}/\d{4}-\d\d)(?![\w-])",
        kind=IDENTITY,
        screen=r"\d{3}\.\d{3}[./]\d{3,4}-\d\d",
    ),
    searching(
        "birth|born|dob|geburtsdatum|geboren|naissance|nacimiento|nascita",
        rf"(?<![A-Za-z])(?i:{_BORN})(?i:[ ](?:is|was|ist))?[\s:=\"']{{1,4}}(?P<v>{_DATE})(?!\w)",
        kind=BIRTH,
        screen=r"(?i:birth|born|dob|geb|naissance|nacimiento|nascita).*[0-9]{2}",
    ),
)
