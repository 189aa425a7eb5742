"""A manager's morning in a real browser."""

import shutil

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def browser():
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no browser installed: none of {', '.join(BROWSERS)} is on PATH")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def page(browser, workbench):
    """A page whose browser reported no fault and no broken rule of the content policy."""
    context = browser.new_context(base_url=workbench, locale="en-GB")
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert faults == []


def test_a_manager_sees_todays_tasks_in_both_languages(page, demo):
    page.goto("/tasks?lang=zh")
    tasks = page.locator("[data-card]")

    assert page.locator("h1").inner_text() == "今日任务"
    assert tasks.count() >= 1
    positions = [int(text) for text in tasks.locator(".position").all_inner_texts()]
    assert positions == sorted(positions)
    first = tasks.first
    assert first.locator(".reasons .rule").first.inner_text()
    assert first.locator(".facts b").count() >= 1
    assert first.locator(".stake .money").inner_text().startswith("¥")
    assert "建议话术" in first.inner_text()

    page.locator("[data-language]").click()

    assert page.locator("h1").inner_text() == "Today's tasks"
    assert page.locator("[data-card] .stake .money").first.inner_text().startswith("CNY")
    assert "minutes planned" in page.locator(".load").inner_text()
    page.goto("/tasks")
    assert page.locator("h1").inner_text() == "Today's tasks"


def test_a_manager_opens_a_task_by_key_and_reads_why(page):
    page.goto("/tasks?lang=en")
    page.keyboard.press("j")
    assert page.locator("[data-card].current").count() == 1
    page.keyboard.press("o")
    page.wait_for_url("**/task?id=*")

    assert page.get_by_text("How the priority came about").is_visible()
    assert page.locator("tr.total .value").inner_text().startswith("CNY")
    assert page.locator("tbody tr").count() >= 1
    assert page.get_by_text("What did not become a task, and why").is_visible()


def test_a_manager_records_an_outcome_in_three_taps(page):
    page.goto("/tasks?lang=en")
    before = int(page.locator(".tabs a").nth(2).locator(".n").inner_text())
    card = page.locator("[data-card]").first
    task = card.locator("[data-open]").get_attribute("href")

    card.locator("summary.main").click()
    card.locator(".choice").first.click()
    card.locator("form button.main").first.click()

    assert page.get_by_role("status").inner_text() == "The outcome is recorded."
    assert int(page.locator(".tabs a").nth(2).locator(".n").inner_text()) == before + 1
    assert page.locator(f'[data-open][href="{task}"]').count() == 0
    page.goto(task)
    assert page.locator(".act .badge").is_visible()


def test_a_manager_chooses_an_outcome_by_number(page):
    page.goto("/tasks?lang=en")
    page.keyboard.press("j")
    page.keyboard.press("2")

    assert page.locator("[data-card].current input[name=outcome]").nth(1).is_checked()


def test_a_task_is_snoozed_until_tomorrow(page):
    page.goto("/tasks?lang=en")
    before = int(page.locator(".tabs a").nth(1).locator(".n").inner_text())
    card = page.locator("[data-card]").first

    card.locator("summary").nth(1).click()
    card.locator("form").nth(1).locator("button.main").click()

    assert page.get_by_role("status").inner_text() == "The task is snoozed."
    assert int(page.locator(".tabs a").nth(1).locator(".n").inner_text()) == before + 1


def test_a_manager_sees_the_customer_with_chart_and_timeline(page):
    page.goto("/tasks?lang=zh")
    page.locator("[data-card] .name").first.click()
    page.wait_for_url("**/customer/*")

    chart = page.locator("svg.chart")
    assert chart.is_visible()
    assert "最高" in chart.locator("desc").text_content()
    assert len(chart.locator(".line").get_attribute("points").split()) >= 30
    assert page.locator(".line-of-time li").count() >= 1
    assert page.locator(".subject").count() >= 5
    assert "*" in page.locator("h1").inner_text()


def test_pre_answers_are_shown_for_each_channel(page):
    page.goto("/pre-answers?lang=en")
    page.locator(".filters a").first.click()

    assert page.locator(".channels h2").all_inner_texts() == [
        "Phone menu",
        "Agent desktop",
        "App service page",
        "WeChat",
    ]
    assert page.locator(".answer h3").count() >= 1
    assert page.locator(".bubble").count() >= 1


def test_an_unknown_page_and_an_unknown_customer_say_where_to_go(page, workbench):
    answer = page.request.get("/customer/nobody?lang=en")

    assert answer.status == 404
    assert "Go back to today" in answer.text()
