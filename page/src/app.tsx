import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Report } from "./data";
import { FindingSection } from "./finding";
import { Growth } from "./growth";
import { Help } from "./help";
import { Summary } from "./summary";
import { ThemeToggle } from "./theme";
import { Verdicts } from "./verdicts";
import { anchor, rule_words } from "./words";

/** Typing, and what has arrow keys of its own, is left alone. */
function is_busy(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;
}

export function App({ report }: { report: Report }) {
  const findings = report.findings ?? [];
  const [open, set_open] = useState<ReadonlySet<string>>(() => new Set(findings.slice(0, 1).map(anchor)));
  const current = useRef(findings[0] ? anchor(findings[0]) : "");

  const show = useCallback((id: string) => {
    current.current = id;
    set_open((before) => new Set(before).add(id));
    // When it has been drawn.
    requestAnimationFrame(() => {
      const heading = document.getElementById(`${id}-heading`);
      heading?.scrollIntoView({ block: "start" });
      heading?.focus({ preventScroll: true });
    });
  }, []);

  const toggle = (id: string) => {
    current.current = id;
    set_open((before) => {
      const after = new Set(before);
      if (!after.delete(id)) {
        after.add(id);
      }
      return after;
    });
  };

  useLayoutEffect(() => {
    const follow_link = () => {
      const id = decodeURIComponent(location.hash.slice(1));
      if (findings.some((f) => anchor(f) === id)) {
        show(id);
      }
    };
    const on_key = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || is_busy(event.target)) {
        return;
      }
      const step = event.key === "j" ? 1 : event.key === "k" ? -1 : 0;
      if (step === 0 || findings.length === 0) {
        return;
      }
      const at = findings.findIndex((f) => anchor(f) === current.current);
      // From anywhere above the findings, j leads to the first.
      const inside = document.activeElement?.closest(".finding") !== null;
      const to = inside ? Math.min(Math.max(at + step, 0), findings.length - 1) : Math.max(at, 0);
      const finding = findings[to];
      if (finding) {
        event.preventDefault();
        show(anchor(finding));
      }
    };
    follow_link();
    window.addEventListener("hashchange", follow_link);
    document.addEventListener("keydown", on_key);
    return () => {
      window.removeEventListener("hashchange", follow_link);
      document.removeEventListener("keydown", on_key);
    };
  }, [findings, show]);

  const name = report.campaign?.name;
  const only = findings.length === 1 && !report.campaign ? findings[0] : undefined;
  const title = only ? `${rule_words(only)} in ${only.scenario ?? "an execution"}` : (name ?? "Campaign");
  useEffect(() => {
    document.title = `${title} - tenthrule`;
  }, [title]);

  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="top">
        <p class="brand">{report.tool ?? "tenthrule"}</p>
        <nav aria-label="On this page">
          <ul>
            {report.campaign && (
              <li>
                <a href="#summary">Summary</a>
              </li>
            )}
            {(report.scenarios?.length ?? 0) > 0 && (
              <li>
                <a href="#verdicts">Scenarios</a>
              </li>
            )}
            {findings.length > 1 && (
              <li>
                <a href="#findings">Findings</a>
              </li>
            )}
            <li>
              <a href="#keys">Keys</a>
            </li>
          </ul>
        </nav>
        <ThemeToggle />
      </header>
      <main id="main" tabIndex={-1}>
        <h1>{title}</h1>
        {report.canary && !report.canary.found && (
          <p role="alert" class="alarm">
            <strong>The canary was not found.</strong> {report.canary.name ?? "The canary scenario"} has a failure that
            every campaign must find. This one did not, so that it cannot be trusted to have found anything else.
          </p>
        )}
        {report.campaign && <Summary report={report} />}
        {(report.coverage?.growth?.length ?? 0) > 1 && <Growth samples={report.coverage?.growth ?? []} />}
        {(report.scenarios?.length ?? 0) > 0 && <Verdicts scenarios={report.scenarios ?? []} findings={findings} />}
        <section id="findings" aria-labelledby="findings-heading">
          <h2 id="findings-heading" class={only ? "unseen" : undefined}>
            {findings.length === 0 ? "No findings" : only ? "The finding" : "Findings"}
          </h2>
          {findings.length === 0 && (
            <p>No rule was broken in the executions that were made. That is not a proof that none can be.</p>
          )}
          {findings.map((finding, i) => (
            <FindingSection
              key={anchor(finding)}
              finding={finding}
              number={only ? undefined : i + 1}
              open={open.has(anchor(finding))}
              on_toggle={() => toggle(anchor(finding))}
              on_focus={() => (current.current = anchor(finding))}
            />
          ))}
        </section>
        <Help several={findings.length > 1} />
      </main>
    </>
  );
}
