"""The job that hands one message to the mail server.

Nothing is lost: a server that hangs, refuses for now or breaks off makes the job come again, with a growing pause.
Nothing is doubled: the message carries the same Message-ID each time, so that one that was taken just before this
worker was killed is known when it comes again.
"""

from __future__ import annotations

import smtplib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import ngettext

from burgrave.jobs.terms import Args, Lease
from burgrave.notifications import commands, queries
from burgrave.notifications.errors import MailFailed
from burgrave.notifications.handlers.trust import distrust, tls_context
from burgrave.notifications.queries.outgoing import Letter
from burgrave.notifications.terms import MailServer, MailState, Security
from burgrave.people.terms import Contact

DEADLINE_SECONDS = 90.0
"""A server that answers a byte at a time keeps no worker longer than this."""
PERMANENT = range(500, 600)
SUBJECT_MAX = 150


def send_mail(lease: Lease, args: Args) -> None:
    """The mail server has the message, or has refused it for good. Raises MailFailed to come again."""
    mail_id = UUID(str(args["mail_id"]))
    letter = queries.mail(mail_id)
    if letter is None or letter.state is not MailState.WAITING:
        return
    server: MailServer | None = settings.BURGRAVE_MAIL
    if server is None:
        raise MailFailed("sending a message: no mail server is named in BURGRAVE_SMTP_HOST any more")
    if letter.contact is None or not letter.items:
        with lease.final_effects():
            commands.mail_refused(mail_id, error="nobody is there to get it any more")
        return
    try:
        hand_over(server, message(letter, letter.contact, sender=server.sender, base_url=settings.BURGRAVE_URL))
    except (smtplib.SMTPException, OSError) as error:
        said = _said(error)
        if _is_permanent(error):
            with lease.final_effects():
                commands.mail_refused(mail_id, error=said)
            return
        with lease.effects():
            commands.mail_failed(mail_id, error=said)
        raise MailFailed(f"handing a message to {server.host}:{server.port}: {said}") from error
    with lease.final_effects():
        commands.mail_sent(mail_id, now=lease.now())


def message(letter: Letter, contact: Contact, *, sender: str, base_url: str) -> EmailMultiAlternatives:
    """The message in the reader's language, as text and as simple HTML."""
    with translation.override(contact.language), timezone.override(contact.time_zone):
        lines = [(text, f"{base_url}{link}") for text, link in letter.lines()]
        shown = {
            "name": contact.name,
            "lines": lines,
            "is_digest": letter.is_digest,
            "preferences": f"{base_url}/me/notifications/",
            "language": "zh-Hans" if contact.language.startswith("zh") else "en",
        }
        subject = lines[0][0]
        if letter.is_digest:
            count = len(lines)
            subject = ngettext("%(count)s piece of news", "%(count)s pieces of news", count) % {"count": count}
        made = EmailMultiAlternatives(
            subject=f"[Burgrave] {' '.join(subject.split())}"[:SUBJECT_MAX],
            body=render_to_string("notifications/mail.txt", shown),
            from_email=sender,
            to=[contact.email],
            headers={
                "Message-ID": f"<{letter.mail_id}@{_domain(base_url)}>",
                "Date": format_datetime(timezone.now()),
                "Auto-Submitted": "auto-generated",
            },
        )
        made.attach_alternative(render_to_string("notifications/mail.html", shown), "text/html")
    return made


def _domain(base_url: str) -> str:
    host = urlsplit(base_url).hostname or "localhost"
    return f"[{host}]" if ":" in host else host


def hand_over(server: MailServer, made: EmailMultiAlternatives) -> None:
    """The server has answered that it took the message. Raises SMTPException or OSError."""
    backend = EmailBackend(
        host=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.security is Security.STARTTLS,
        use_ssl=server.security is Security.TLS,
        timeout=server.timeout_seconds,
    )
    backend.ssl_context = tls_context()
    backend.open()
    try:
        with _deadline(backend):
            if not backend.send_messages([made]):
                raise smtplib.SMTPServerDisconnected("the message was not handed over")
    finally:
        backend.close()


@contextmanager
def _deadline(backend: EmailBackend) -> Iterator[None]:
    """While inside, a clock runs that cuts the connection at its end."""

    def cut() -> None:
        sock = getattr(backend.connection, "sock", None)
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was closed meanwhile, which is what was wanted

    timer = threading.Timer(DEADLINE_SECONDS, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _is_permanent(error: Exception) -> bool:
    """A refusal of this message or of its reader. A refused sign-in is for the operator to mend, so it comes again."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code in PERMANENT for code, _answer in error.recipients.values())
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return False
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code in PERMANENT


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = [f"{code} {_text(answer)}" for code, answer in error.recipients.values()]
        return f"the reader's address was refused: {'; '.join(answers)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    if said := distrust(error):
        return said
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "the mail server did not answer in time"
    return f"{type(error).__name__}: {error}"


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
