"""Signing in as people do, in a real browser against a running installation: password, app, passkey, sessions."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import live
from accessibility import violations
from browsing import IN_BROWSER, keep
from burgrave.engines import otp

pytestmark = [
    *IN_BROWSER,
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.Installation]:
    with live.installation(tmp_path_factory.mktemp("sign-in")) as installation:
        yield installation


class Seat:
    """A browser profile with its own passkey device; what its console says is kept."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.said: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.devices = context.new_cdp_session(self.page)
        self.devices.send("WebAuthn.enable")
        traits = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.device = self.devices.send("WebAuthn.addVirtualAuthenticator", {"options": traits})["authenticatorId"]

    def password(self) -> None:
        self.page.goto("/accounts/login/")
        address = self.page.get_by_label("E-mail address")
        expect(address).to_be_focused()  # who is quicker than the page keeps it from doing so, and the console says it
        address.fill(live.ADMIN)
        self.page.get_by_label("Password", exact=True).fill(live.PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def sign_out(self) -> None:
        self.page.goto("/accounts/logout/")
        self.page.locator("main").get_by_role("button", name="Sign out").click()
        expect(self.page).to_have_url(re.compile("/accounts/login/$"))

    def is_accessible(self) -> None:
        assert violations(self.page) == []
        assert self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.fixture
def seat(browser: Browser, running: live.Installation) -> Iterator[Seat]:
    # A passkey is bound to a name: localhost, never a number.
    context = browser.new_context(base_url=f"http://localhost:{running.port}", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    sitting = Seat(context)
    yield sitting
    context.close()


def test_app_and_passkey_are_added_and_sign_in(seat: Seat) -> None:
    page = seat.page
    seat.password()
    expect(page).to_have_url(re.compile("/$"))

    page.goto("/me/factors/")
    keep(page, "factors-none")
    seat.is_accessible()
    page.get_by_role("link", name="Add an app").click()
    keep(page, "add-app")
    seat.is_accessible()
    page.get_by_text("I cannot scan it").click()
    text = page.locator("details code").inner_text().replace(" ", "")
    secret = base64.b32decode(text)
    page.get_by_label("Code").fill(otp.code_at(secret, otp.step_at(time.time())))
    page.get_by_role("button", name="Add the app").click()
    expect(page.get_by_role("heading", name="Keep these recovery codes")).to_be_visible()
    keep(page, "recovery-codes")
    seat.is_accessible()
    codes = page.locator("figure code").inner_text().split()
    assert len(codes) == 10
    page.get_by_role("link", name="I have kept them").click()

    page.get_by_role("link", name="Add a passkey").click()
    keep(page, "add-passkey")
    seat.is_accessible()
    page.get_by_label("Name of the factor").fill("This laptop")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("cell", name="This laptop", exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="Signs in alone")).to_be_visible()
    keep(page, "factors")
    seat.is_accessible()

    # By the app, as second factor: the code of the next half minute, since the present one is used up.
    seat.sign_out()
    seat.password()
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    keep(page, "second-factor")
    seat.is_accessible()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("wrong, too old, or was used already")).to_be_visible()
    page.get_by_label("Code").fill(otp.code_at(secret, otp.step_at(time.time()) + 1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile("/$"))

    # By the passkey, as second factor.
    seat.sign_out()
    seat.password()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("localhost:[0-9]+/$"))

    # By the passkey alone, back to the page that was asked for.
    seat.sign_out()
    page.goto("/me/sessions/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile("/me/sessions/$"))
    expect(page.get_by_text("This browser")).to_be_visible()
    keep(page, "sessions")
    seat.is_accessible()

    # By a recovery code.
    seat.sign_out()
    seat.password()
    page.get_by_label("Code").fill(codes[0].lower())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto("/me/factors/")
    expect(page.get_by_text("9 unused codes are left")).to_be_visible()
    refused = [line for line in seat.said if "422" in line]
    assert seat.said == refused
    assert len(refused) == 1


def test_a_passkey_that_is_not_known_here_is_refused_with_a_sentence(seat: Seat) -> None:
    page = seat.page
    page.goto("/accounts/login/")
    keep(page, "login")
    seat.is_accessible()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("No passkey answered")).to_be_visible()
    seat.is_accessible()
