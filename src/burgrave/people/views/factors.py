"""One's own second factors."""

from __future__ import annotations

import base64

import segno
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.engines import otp
from burgrave.people import commands, queries
from burgrave.people.commands import passkeys, vault
from burgrave.people.commands.factors import RecoveryCodes, fresh_app_secret
from burgrave.people.errors import FactorStands, WrongFactor
from burgrave.people.forms.factors import AddAppForm, FactorNameForm
from burgrave.people.terms.factors import FactorKind, FactorRow
from burgrave.people.views import marks
from burgrave.people.views.confirming import FORM, recent
from burgrave.people.views.factor_words import KINDS
from burgrave.people.views.persons import with_form
from burgrave.people.views.requests import BurgraveRequest
from burgrave.web.errors import BadInput, NotFound

PENDING = "people.pending_app"
ADDING = "add"


@require_safe
def factors(request: BurgraveRequest) -> HttpResponse:
    """What one has, what one must have, and what to do next."""
    view = queries.myself(actor=request.actor, now=timezone.now())
    rows = queries.factors_of(view.person_id)
    due_at = queries.factor_due_at(view.person_id, joined_at=view.joined_at, now=timezone.now())
    main = [row for row in rows if row.kind is not FactorKind.RECOVERY_CODES]
    shown = {
        "rows": [(row, KINDS[row.kind]) for row in main],
        "codes": next((row for row in rows if row.kind is FactorKind.RECOVERY_CODES), None),
        "has_app": any(row.kind is FactorKind.APP for row in main),
        "due_at": due_at if not main else None,
        "is_due": bool(due_at and due_at <= timezone.now() and not main),
    }
    return render(request, "people/factors.html", shown)


@never_cache
@recent
@require_http_methods(FORM)
def add_app(request: BurgraveRequest) -> HttpResponse:
    """Scan, name, type the first code."""
    form = AddAppForm(request.POST or None, initial={"name": _("Phone")})
    refusal: FactorStands | None = None
    secret = _pending_secret(request)
    if request.method == "POST" and form.is_valid():
        try:
            codes = commands.add_app(
                secret,
                code=form.cleaned_data["code"],
                name=form.cleaned_data["name"],
                actor=request.actor,
                now=timezone.now(),
            )
        except WrongFactor as error:
            form.add_error("code", f"{error}. {error.mend}")
        except FactorStands as error:
            refusal = error
        else:
            request.session.pop(PENDING, None)
            return _added(request, codes)
    view = queries.myself(actor=request.actor, now=timezone.now())
    organisation = queries.organisation()
    address = otp.address(secret, issuer=organisation.name if organisation else "Burgrave", account=view.email)
    text = base64.b32encode(secret).decode("ascii")
    return with_form(
        request,
        "people/add_app.html",
        form,
        refusal=refusal,
        # Without a size of its own the picture is as large as the stylesheet says.
        picture=segno.make(address, error="m").svg_inline(omitsize=True, svgclass="qr", border=3, light="#fff"),
        secret=" ".join(text[start : start + 4] for start in range(0, len(text), 4)),
    )


def _pending_secret(request: BurgraveRequest) -> bytes:
    """The secret that this session offers, the same until it is used."""
    sealed = request.session.get(PENDING)
    if isinstance(sealed, str):
        return base64.b64decode(vault.decrypt(sealed))
    secret = fresh_app_secret()
    request.session[PENDING] = vault.encrypt(base64.b64encode(secret).decode("ascii"))
    return secret


@never_cache
@recent
@require_http_methods(FORM)
def add_passkey(request: BurgraveRequest) -> HttpResponse:
    """Name it, then the browser asks for the device."""
    form = FactorNameForm(request.POST or None)
    refusal: WrongFactor | FactorStands | None = None
    if request.method == "POST" and form.is_valid():
        try:
            answer, state = marks.answer_to(request.session, ADDING, request.POST.get("proof_new_passkey", ""))
            codes = commands.add_passkey(
                answer,
                state=state,
                host=marks.host_of(request),
                name=form.cleaned_data["name"],
                actor=request.actor,
                now=timezone.now(),
            )
        except (WrongFactor, FactorStands) as error:
            refusal = error
        else:
            return _added(request, codes)
    host = marks.host_of(request)
    return with_form(request, "people/add_passkey.html", form, refusal=refusal, on_a_number=_is_number(host), host=host)


@never_cache
@recent
@require_safe
def add_passkey_options(request: BurgraveRequest) -> HttpResponse:
    """What the browser asks the device."""
    view = queries.myself(actor=request.actor, now=timezone.now())
    question = passkeys.ask_to_register(
        person_id=view.person_id,
        email=view.email,
        name=view.name,
        host=marks.host_of(request),
        have=queries.passkeys_of(view.person_id),
    )
    return marks.ask_with(request.session, ADDING, question)


@recent
@require_http_methods(FORM)
def rename_factor(request: BurgraveRequest, factor_id: int) -> HttpResponse:
    """Another name for a factor."""
    row = _own(request, factor_id)
    form = FactorNameForm(request.POST or None, initial={"name": row.name})
    if request.method == "POST" and form.is_valid():
        try:
            commands.rename_factor(factor_id, name=form.cleaned_data["name"], actor=request.actor, now=timezone.now())
        except BadInput as error:
            form.add_error("name", str(error))
        else:
            return HttpResponseRedirect(reverse("people:factors"))
    return with_form(request, "people/rename_factor.html", form, refusal=None, row=row, kind=KINDS[row.kind])


@recent
@require_http_methods(FORM)
def remove_factor(request: BurgraveRequest, factor_id: int) -> HttpResponse:
    """Ask once, then the factor opens nothing any more."""
    row = _own(request, factor_id)
    if request.method == "POST":
        if commands.remove_factor(factor_id, actor=request.actor, now=timezone.now()):
            request.session.pop(marks.STRONG, None)
        messages.success(request, _("The factor is removed."))
        return HttpResponseRedirect(reverse("people:factors"))
    is_last = sum(each.kind is not FactorKind.RECOVERY_CODES for each in _mine(request)) == 1
    return render(request, "people/remove_factor.html", {"row": row, "kind": KINDS[row.kind], "is_last": is_last})


@never_cache
@recent
@require_POST
def make_recovery_codes(request: BurgraveRequest) -> HttpResponse:
    """Ten fresh codes, shown in this answer and nowhere else."""
    return _show(request, commands.make_recovery_codes(actor=request.actor, now=timezone.now()))


def _added(request: BurgraveRequest, codes: RecoveryCodes) -> HttpResponse:
    if request.actor.person_id is not None:
        marks.be_strong(request.session, request.actor.person_id)
    if codes:
        return _show(request, codes)
    messages.success(request, _("The factor is added. Your recovery codes stay the same."))
    return HttpResponseRedirect(reverse("people:factors"))


def _show(request: BurgraveRequest, codes: RecoveryCodes) -> HttpResponse:
    # A redirect would have to carry the codes; they are shown in this answer and nowhere else.
    return render(request, "people/recovery_codes.html", {"codes": codes, "text": "\n".join(codes)})


def _mine(request: BurgraveRequest) -> tuple[FactorRow, ...]:
    return queries.factors_of(queries.myself(actor=request.actor, now=timezone.now()).person_id)


def _own(request: BurgraveRequest, factor_id: int) -> FactorRow:
    for row in _mine(request):
        if row.factor_id == factor_id and row.kind is not FactorKind.RECOVERY_CODES:
            return row
    raise NotFound(_("you have no factor with this number"))


def _is_number(host: str) -> bool:
    """Whether the address names the machine by a number: no browser binds a passkey to one."""
    return host.startswith("[") or host.replace(".", "").isdigit()
