"""Mail by Django's SMTP, or by whatever EMAIL_URL says. A copy of a message carries the same Message-ID."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage

from park.notices.channels.letter import Letter, Unreachable

NOT_AVAILABLE = 421


def send(letter: Letter) -> None:
    """What the server says about one message is raised as it is; what keeps it from taking any as Unreachable."""
    message = EmailMessage(
        subject=letter.title,
        body="\n\n".join(part for part in (letter.body, letter.link) if part),
        to=[letter.to],
        headers={"Message-ID": f"<{letter.id.replace(':', '.')}@{settings.MESSAGE_ID_DOMAIN}>"},
    )
    try:
        message.send()
    except OSError as error:
        if _is_about_the_server(error):
            raise Unreachable(repr(error)) from error
        raise


def _is_about_the_server(error: OSError) -> bool:
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError | smtplib.SMTPAuthenticationError):
        return True
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code == NOT_AVAILABLE
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return NOT_AVAILABLE in {code for code, _words in error.recipients.values()}
    return True
