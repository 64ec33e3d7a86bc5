"""The browser of these tests: a page that asks another host is found out, and gets no answer."""

import pytest


@pytest.mark.parametrize("host", ["example.org", "192.0.2.1", "localhost"])
def test_a_request_to_another_host_is_noted_and_leads_nowhere(page, host):
    page.set_content(f'<img src="http://{host}/x.png">')
    page.wait_for_load_state("networkidle")
    assert page.foreign_requests == [f"http://{host}/x.png"]
    assert "ERR_NAME_NOT_RESOLVED" in page.console_errors[0]


def test_an_error_of_a_script_is_noted(page):
    page.set_content("<script>nowhere.to.be.found()</script>")
    assert "nowhere is not defined" in page.console_errors[0]


def test_the_site_itself_is_not_foreign(page, site_url):
    page.goto(f"{site_url}/book/intro.html", wait_until="networkidle")
    assert page.foreign_requests == []
    assert page.console_errors == []
