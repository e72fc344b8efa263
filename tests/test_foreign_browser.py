"""Signing in over an identity provider in a real browser: Burgrave runs, and the provider runs beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

import live
from accessibility import violations
from browsing import IN_BROWSER, keep, listen, window
from identity import Provider, openid_provider
from saml_idp import Idp, saml_provider

pytestmark = [
    *IN_BROWSER,
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def office() -> Iterator[Provider]:
    with openid_provider() as provider:
        provider.email = live.ADMIN
        yield provider


@pytest.fixture(scope="module")
def hall() -> Iterator[Idp]:
    with saml_provider() as provider:
        provider.email = live.ADMIN
        yield provider


@pytest.fixture(scope="module")
def running(office: Provider, hall: Idp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.Installation]:
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "hall.pem").write_text(hall.certificate)
    (folder / "office.secret").write_text(office.client_secret + "\n")
    (folder / "providers.toml").write_text(
        f"""
        [[provider]]
        kind = "oidc"
        slug = "office"
        name = "Office"
        issuer = "{office.issuer}"
        client_id = "{office.client_id}"
        client_secret_file = "office.secret"

        [[provider]]
        kind = "saml"
        slug = "hall"
        name = "Town hall"
        entity_id = "{hall.entity_id}"
        sso_url = "{hall.sso_url}"
        certificate_file = "hall.pem"
        domains = ["example.org"]
        """
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BURGRAVE_IDENTITY_PROVIDERS", str(folder / "providers.toml"))
        with live.installation(folder / "home") as installation:
            yield installation


@pytest.fixture
def page(browser: Browser, running: live.Installation, said: list[str]) -> Iterator[Page]:
    context = window(browser, f"http://localhost:{running.port}")
    context.set_default_timeout(20_000)
    yield listen(context.new_page(), said)
    context.close()
    assert [line for line in said if "403" not in line] == []


def is_accessible(page: Page) -> None:
    assert violations(page) == []


def test_openid_connect_signs_in_and_leads_back_to_the_page_that_was_asked_for(page: Page) -> None:
    page.goto("/me/sessions/")
    keep(page, "login-with-providers")
    is_accessible(page)
    page.get_by_role("link", name="Sign in with Office").click()
    expect(page).to_have_url(re.compile("/me/sessions/$"))
    expect(page.get_by_role("cell", name="Sign-in of the organisation").first).to_be_visible()
    expect(page.get_by_text("This browser")).to_be_visible()


def test_saml_signs_in_and_the_session_is_there_after_the_post_from_another_site(page: Page) -> None:
    page.goto("/me/sessions/")
    page.get_by_role("link", name="Sign in with Town hall").click()
    page.get_by_role("button", name="Sign in at the provider").click()
    expect(page).to_have_url(re.compile("/me/sessions/$"))
    expect(page.get_by_role("cell", name="Sign-in of the organisation").first).to_be_visible()


def test_somebody_whom_nobody_knows_reads_why_they_stay_outside(page: Page, office: Provider) -> None:
    office.email, known = "stranger@example.org", office.email
    office.subject, subject = "stranger", office.subject
    try:
        page.goto("/accounts/login/")
        page.get_by_role("link", name="Sign in with Office").click()
        expect(page.get_by_text("nobody here has the e-mail address that Office tells")).to_be_visible()
        keep(page, "foreign-refused")
        is_accessible(page)
    finally:
        office.email, office.subject = known, subject
