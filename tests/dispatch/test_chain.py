"""A letter goes by the first channel that reaches its reader, in her language (COPY_CHANNELS=altinn,smtp,folder)."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.dispatch.notices import KARI, accept, body, deliveries_of, grant
from tests.dispatch.systems import altinn_with_settings, settings_for_mail
from varsling.context import Context
from varsling.demo.samples import synthetic_number
from varsling.letters.content import Language
from varsling.letters.texts import texts
from varsling.simulators.smtp import SmtpSimulator
from varsling.worker import run_until_idle

NUMBER = {"national_id": synthetic_number(date(1970, 1, 1), 0), "birth_date": None}
WITHOUT = {"email": None}


@pytest.mark.parametrize("language", Language)
def test_what_is_known_of_her_decides_the_channel_and_her_language_the_words(
    new_context: Callable[..., Context], tmp_path: Path, letters: Path, language: Language
) -> None:
    mail = SmtpSimulator()
    with altinn_with_settings(tmp_path) as (altinn, settings), mail.served():
        channels = {"copy_channels": ["altinn", "smtp", "folder"], "unopened": 0}
        context = new_context(**settings | settings_for_mail(mail, tmp_path) | channels)
        grant(context)
        reader = KARI | {"language": language.value, "email": "kari@mail.example"}
        (first, second, third) = accept(
            context, body("1", [reader | NUMBER]), body("2", [reader]), body("3", [reader | WITHOUT])
        )
        run_until_idle(context)
    used = [{one.channel for one in deliveries_of(context, notice)} for notice in (first, second, third)]
    assert used == [{"altinn"}, {"smtp"}, {"folder"}]
    say = texts(language).line
    (message,), (taken,), (sheet,) = altinn.messages.values(), mail.taken, letters.glob("*.json")
    assert message.fields["Correspondence.Content.MessageTitle"] == say("letter.subject")
    assert taken.mail["Subject"] == say("message.mail.subject")
    assert json.loads(sheet.read_text())["language"] == language
