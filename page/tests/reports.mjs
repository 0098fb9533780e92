// Pages to test with: real findings, written by the tool, and a campaign's report around them.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const tool = process.env.TENTHRULE ?? join(root, "build/release/cli/tenthrule");
export const folder = mkdtempSync(join(tmpdir(), "tenthrule-page-"));

const url = (name) => pathToFileURL(join(folder, name)).href;

// Statuses other than 1 mean that nothing was found or replayed.
function run(...words) {
  const result = spawnSync(tool, words, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  if (result.status !== 1) {
    throw new Error(`tenthrule ${words.join(" ")} ended with ${result.status}: ${result.stderr}${result.error ?? ""}`);
  }
  return result.stdout;
}

/** The token that fuzz finds first. */
export function token_of(scenario) {
  return JSON.parse(run("fuzz", scenario, "--no-shrink", "--json").split("\n")[0]).token;
}

/** The shrunk finding that README.md shows; a test of the docs keeps it true. */
export const token_2017 = () => /tenthrule replay (tr1_\S+)/.exec(readFileSync(join(root, "README.md"), "utf8"))[1];

export function replay_page(name, ...what) {
  run("replay", ...what, "--html", join(folder, name));
  return url(name);
}

const marker = '<script type="application/json" id="tenthrule-data">';

export function data_in(page) {
  const text = readFileSync(fileURLToPath(page), "utf8");
  const begin = text.indexOf(marker) + marker.length;
  return JSON.parse(text.slice(begin, text.indexOf("</script>", begin)));
}

/** The built page with that data, as 'campaign report' writes it. */
export function page_with(name, report) {
  const template = readFileSync(join(root, "page/template.html"), "utf8");
  const data = JSON.stringify(report).replaceAll("<", "\\u003c");
  const begin = template.indexOf(marker) + marker.length;
  writeFileSync(join(folder, name), template.slice(0, begin) + data + template.slice(template.indexOf("</script>", begin)));
  return url(name);
}

/** A report of every kind of thing that a campaign can have, around real findings. */
export function campaign(pages) {
  const findings = pages.map((page, i) => {
    const [finding] = data_in(page).findings;
    return {
      ...finding,
      id: i + 1,
      known: i === 1,
      times: 414 * (i + 1),
      first_seen: "2026-11-22T01:02:03Z",
      fails_on: [finding.kernel],
      clean_on: [{ kernel: "v6.8", executions: 1234567 }],
      crash: null,
    };
  });
  findings.push({
    id: pages.length + 1,
    identity: "crash",
    rule: "crash",
    message: "the worker was ended by signal 11",
    scenario: findings[0].scenario,
    known: false,
    times: 1,
    token: "tr1_crash",
    fails_on: ["v4.14"],
    crash: { signal: 11 },
    story: null,
  });
  const kernels = [...new Set(findings.flatMap((f) => f.fails_on)), "v6.8"];
  const names = [...new Set(findings.map((f) => f.scenario)), "never-run"];
  const scenarios = names.map((name) => ({
    name,
    about: `What ${name} is about, in a sentence that is long enough to need more than one line.`,
    digest: "0123456789abcdef",
    cells: kernels.map((kernel) => {
      const ids = findings.filter((f) => f.scenario === name && f.fails_on.includes(kernel)).map((f) => f.id);
      const verdict = name === "never-run" ? "not run" : ids.length > 0 ? "fails" : "clean";
      const missed = verdict === "clean" ? { depth: 3, probability: 0.0123, how: "the bound of PCT" } : null;
      return { kernel, verdict, executions: verdict === "not run" ? 0 : 2345678, classes: 4567, missed, findings: ids };
    }),
  }));
  const growth = Array.from({ length: 60 }, (_, i) => ({
    seconds: i * 480,
    executions: i * 4_000_000,
    classes: Math.round(52_000 * (1 - Math.exp(-i / 14))),
    pairs: Math.round(1_900 * (1 - Math.exp(-i / 6))),
    states: Math.round(41 * (1 - Math.exp(-i / 4))),
    findings: Math.min(findings.length, Math.floor(i / 9)),
  }));
  return {
    tool: "tenthrule 0.1.0",
    campaign: {
      name: "overnight",
      started: "2026-11-21T22:00:00Z",
      ended: "2026-11-22T06:00:00Z",
      seconds: 28_800,
      state: "ended",
      seed: 1,
      workers: 8,
      executions: 236_000_000,
      executions_per_second: 8194.4,
      plan: "[campaign]\nname = \"overnight\"\n",
    },
    canary: { name: "2017-steal-vs-timeout on v4.14", found: false, seconds: null },
    coverage: { growth, classes: 52_000, pairs: 1_900, states: 41, unseen: { good_turing: 0.00012, chao1: 3_400 } },
    scenarios,
    findings,
  };
}

/** What would break a page that does not take care. */
export const wicked = `</script><img src=x onerror="document.title='broken'"> <!-- & "quotes" __proto__`;

export function find_chromium() {
  for (const name of [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome"]) {
    try {
      if (name) {
        return execFileSync("which", [name], { encoding: "utf8" }).trim();
      }
    } catch {
      // The next one, then.
    }
  }
  return "";
}
