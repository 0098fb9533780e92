// The page in a real browser: what it shows, how it is moved through, and whether everybody can use it.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import * as reports from "./reports.mjs";

const executable = reports.find_chromium();
if (!executable) {
  if (process.env.TENTHRULE_NEED_CHROMIUM) {
    throw new Error("there is no Chromium");
  }
  console.log("SKIPPED: there is no Chromium here (chromium, chromium-browser or google-chrome; or set CHROMIUM)");
  process.exit(0);
}
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screenshots = process.env.SCREENSHOTS;

let browser;
let single;
let whole;
const pages = {};

before(async () => {
  browser = await chromium.launch({ executablePath: executable, args: ["--no-sandbox"] });
  pages.single = reports.replay_page("2017.html", reports.token_2017());
  pages.boost = reports.replay_page("boost.html", reports.token_of("scenarios/seeds/2016-early-deadlock.toml"));
  pages.loop = reports.replay_page("loop.html", reports.token_of("scenarios/seeds/2016-unlock-livelock.toml"));
  single = reports.data_in(pages.single);
  whole = reports.campaign([pages.single, pages.boost, pages.loop]);
  pages.whole = reports.page_with("campaign.html", whole);
});

after(async () => {
  await browser?.close();
  rmSync(reports.folder, { recursive: true, force: true });
});

/** Runs `look` on the page at that address; an error in the page fails the test, and so does any request. */
async function visit(url, look, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("request", (request) => {
    if (request.url() !== url.replace(/#.*/, "") && !request.url().startsWith("data:")) {
      problems.push(`requested ${request.url()}`);
    }
  });
  await page.goto(url);
  await page.waitForSelector("h1");
  await look(page);
  assert.deepEqual(problems, []);
  await context.close();
}

/** Until the assertions in `check` hold: the machine may be busy. */
async function eventually(check) {
  for (const deadline = Date.now() + 10_000; ; ) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function picture(page, name) {
  if (screenshots) {
    mkdirSync(screenshots, { recursive: true });
    await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
  }
}

async function serious_violations(page) {
  // Not by a script element, which the page's policy leaves out on purpose.
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 4).join("; ")}`);
}

const slider = (page) => page.getByRole("slider", { name: "Step" }).first();
const step_text = (page) => page.locator(".step-text").first().innerText();

test("the end of the 2017 race: the futex word, rt_mutex and pi_state name different owners", () =>
  visit(pages.single, async (page) => {
    assert.match(await page.title(), /owner-on-return in 2017-steal-vs-timeout/);
    assert.match(await step_text(page), /^step 92 waiter.*ETIMEDOUT/);
    const lock = page.locator(".card", { hasText: "pi_state owner" });
    assert.match(await lock.innerText(), /futex word: waiter; rt_mutex: stealer; pi_state: waiter/);
    assert.equal(await page.locator(".chart tr.marked").count(), 3);
    assert.match(await page.locator(".ending").first().innerText(), /owner-on-return/);
    await picture(page, "single");
  }));

test("keys go through the steps, to the switches that matter, and to both ends", () =>
  visit(pages.single, async (page) => {
    const last = single.findings[0].story.steps.length;
    const marks = single.findings[0].story.steps.flatMap((s, i) => (s.marked ? [i + 1] : []));
    await slider(page).focus();
    const at = async () => Number(await slider(page).inputValue());
    const is_at = (wanted) => eventually(async () => assert.equal(await at(), wanted));
    await is_at(last);
    await page.keyboard.press("Home");
    await is_at(0);
    assert.equal(await slider(page).getAttribute("aria-valuetext"), "before the first step");
    await page.keyboard.press("ArrowRight");
    await is_at(1);
    await page.keyboard.press("PageDown");
    await is_at(marks[0]);
    assert.match(await slider(page).getAttribute("aria-valuetext"), /fires; a switch that matters$/);
    assert.match(await page.locator(".matters").innerText(), /without it, it does not fail like this/);
    await page.keyboard.press("PageDown");
    await page.keyboard.press("PageUp");
    await is_at(marks[0]);
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowRight");
    await is_at(last);
    await page.keyboard.press("ArrowLeft");
    await is_at(last - 1);
    // Everywhere in the finding, not only on the slider.
    await page.getByRole("button", { name: "One step back" }).focus();
    await page.keyboard.press("Home");
    await is_at(0);
  }));

test("the state after every step is what the tool has said", () =>
  visit(pages.single, async (page) => {
    const story = single.findings[0].story;
    const words = { lock: story.initial.words.lock.text };
    await slider(page).focus();
    await page.keyboard.press("Home");
    for (const step of story.steps) {
      await page.keyboard.press("ArrowRight");
      words.lock = step.changes.words?.lock?.text ?? words.lock;
      await eventually(async () => {
        assert.match(await step_text(page), new RegExp(`^step ${step.step} ${step.who}`));
        const shown = await page.locator(".card", { hasText: "queue" }).nth(1).locator("dd").first().innerText();
        assert.ok(shown.replaceAll(/\s/g, "").startsWith(words.lock.replace("|", "")), `${shown} at ${step.step}`);
      });
    }
  }));

test("a click on a row goes to its step", () =>
  visit(pages.single, async (page) => {
    await page.locator(".chart tr", { hasText: "steals lock from waiter" }).click();
    await eventually(async () => assert.match(await step_text(page), /^step 74 stealer/));
    assert.match(await page.locator(".chart [aria-current=step]").innerText(), /steals lock/);
  }));

test("a boosted task shows whose priority it has", () =>
  visit(pages.boost, async (page) => {
    const { story } = reports.data_in(pages.boost).findings[0];
    const at = story.steps.findIndex((s) => Object.values(s.changes.tasks ?? {}).some((t) => t.boosted)) + 1;
    await slider(page).fill(String(at));
    assert.match(await page.locator(".machine .tasks").innerText(), /own: .*\n?/);
    assert.equal(await page.locator(".boosted").count(), 1);
    await picture(page, "boost");
  }));

test("an execution that gets nowhere is cut short and says so", () =>
  visit(pages.loop, async (page) => {
    assert.ok(reports.data_in(pages.loop).findings[0].story.steps_left_out > 0);
    assert.match(await page.locator(".chart").innerText(), /more steps of this kind/);
  }));

test("a campaign: canary in red, verdicts, growth, findings", () =>
  visit(pages.whole, async (page) => {
    const alarm = page.getByRole("alert");
    assert.match(await alarm.innerText(), /The canary was not found/);
    const [red, green] = await alarm.evaluate((e) => getComputedStyle(e).color.match(/\d+/g).map(Number));
    assert.ok(red > 150 && green < 80, "the alarm is red");
    const table = page.locator("table.verdicts");
    assert.equal(await table.locator("tbody tr").count(), whole.scenarios.length);
    assert.equal(await table.locator("td").count(), whole.scenarios.length * whole.scenarios[0].cells.length);
    assert.match(await table.locator("tr", { hasText: "never-run" }).last().innerText(), /not run/);
    assert.equal(await page.locator("svg[role=img]").count(), 4);
    assert.equal(await page.locator(".finding").count(), 4);
    assert.equal(await page.locator(".badge").innerText(), "known");
    await picture(page, "campaign");
  }));

test("a campaign whose canary was found has no alarm", () => {
  const url = reports.page_with("calm.html", { ...whole, canary: { name: "canary", found: true, seconds: 3 } });
  return visit(url, async (page) => {
    assert.equal(await page.getByRole("alert").count(), 0);
    assert.match(await page.locator(".facts").innerText(), /found/);
  });
});

test("j and k go from finding to finding, and open it", () =>
  visit(pages.whole, async (page) => {
    const focused = () => page.evaluate(() => document.activeElement.closest(".finding")?.id ?? "");
    const press = async (key, id) => {
      await page.keyboard.press(key);
      await eventually(async () => assert.equal(await focused(), id));
      assert.equal(await page.locator(`#${id} button[aria-expanded]`).getAttribute("aria-expanded"), "true");
    };
    await press("j", "finding-1");
    await press("j", "finding-2");
    await press("j", "finding-3");
    await press("j", "finding-4");
    await page.keyboard.press("j");
    assert.equal(await focused(), "finding-4");
    assert.match(await page.locator("#finding-4").innerText(), /signal 11/);
    await press("k", "finding-3");
    await press("k", "finding-2");
    // The other keys work on the finding that has the focus.
    await page.keyboard.press("Home");
    await eventually(async () => assert.equal(await page.locator("#finding-2 input[type=range]").inputValue(), "0"));
    assert.notEqual(await page.locator("#finding-1 input[type=range]").inputValue(), "0");
  }));

test("a link in the table of verdicts opens its finding", () =>
  visit(pages.whole, async (page) => {
    await page.locator("table.verdicts a").nth(2).click();
    await eventually(async () => {
      const id = await page.evaluate(() => document.activeElement.closest(".finding")?.id ?? "");
      assert.match(id, /^finding-[2-4]$/);
    });
  }));

test("the first tab is a link to the content, and the focus can be seen", () =>
  visit(pages.whole, async (page) => {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const e = document.activeElement;
      return { text: e.textContent, left: e.getBoundingClientRect().left, outline: getComputedStyle(e).outlineStyle };
    });
    assert.deepEqual(focus, { text: "Skip to content", left: 0, outline: "solid" });
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  }));

test("names and messages stay text", () => {
  const [finding] = single.findings;
  const rename = (text) => JSON.parse(text.replaceAll('"waiter"', JSON.stringify(reports.wicked)));
  const story = rename(JSON.stringify(finding.story));
  const all = { ...finding, story, scenario: reports.wicked, message: reports.wicked, token: reports.wicked };
  const url = reports.page_with("wicked.html", { ...single, findings: [all] });
  return visit(url, async (page) => {
    assert.equal(await page.locator("h1").textContent(), `owner-on-return in ${reports.wicked}`);
    assert.equal(await page.locator(".message").textContent(), `${reports.wicked}.`);
    assert.equal(await page.locator(".machine .tasks th[scope=row]").first().textContent(), reports.wicked);
    assert.equal(await page.locator("img").count(), 0);
    assert.notEqual(await page.title(), "broken");
  });
});

test("a task called __proto__ is a task like any other", () => {
  const rename = (text) => JSON.parse(text.replaceAll('"waiter"', '"__proto__"'));
  const url = reports.page_with("proto.html", rename(JSON.stringify(single)));
  return visit(url, async (page) => {
    assert.match(await page.locator(".machine .tasks").innerText(), /__proto__\s+running/);
    assert.match(await page.locator(".differ").innerText(), /futex word: __proto__/);
  });
});

test("a template without a report says so", () =>
  visit(reports.page_with("empty.html", "nothing"), async (page) => {
    assert.match(await page.getByRole("alert").innerText(), /empty template/);
  }));

for (const [name, which] of [
  ["single", "single"],
  ["campaign", "whole"],
]) {
  test(`${name}: on a phone nothing needs scrolling sideways`, () =>
    visit(
      pages[which],
      async (page) => {
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
        const outside = await page.evaluate(() =>
          [...document.querySelectorAll(".finding *:not(.unseen, .unseen *)")]
            .filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5 && !e.closest(".wide, pre, thead"))
            .map((e) => e.className || e.tagName),
        );
        assert.deepEqual(outside, []);
        // Whose line it is has to be said where there are no columns.
        assert.equal(await page.locator(".task-tag").first().isVisible(), true);
        await picture(page, `${name}-phone`);
      },
      { viewport: { width: 360, height: 740 } },
    ));

  for (const scheme of ["light", "dark"]) {
    test(`${name}: no serious violation of accessibility, contrast included, in ${scheme} colours`, () =>
      visit(
        pages[which],
        async (page) => {
          assert.deepEqual(await serious_violations(page), []);
          await slider(page).fill("10");
          assert.deepEqual(await serious_violations(page), []);
          await picture(page, `${name}-${scheme}`);
        },
        { colorScheme: scheme },
      ));
  }
}

test("the colours can be chosen", () =>
  visit(pages.single, async (page) => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    const button = page.getByRole("button", { name: /^Colours/ });
    await button.click();
    assert.equal(await ground(), light);
    await button.click();
    assert.match(await button.innerText(), /dark/);
    const dark = await ground();
    assert.notEqual(dark, light);
    await page.reload();
    await page.waitForSelector("h1");
    assert.equal(await ground(), dark);
  }));
