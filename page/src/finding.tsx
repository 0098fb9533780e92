import { useState } from "preact/hooks";
import type { Finding } from "./data";
import { StoryView } from "./story";
import { anchor, counted, moment, rule_words, size_words } from "./words";

function Copyable({ text, what }: { text: string; what: string }) {
  const [said, set_said] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      set_said("copied");
    } catch {
      set_said("select the text and copy it");
    }
  };
  return (
    <div class="copyable">
      <code tabIndex={0} role="group" aria-label={what}>
        {text}
      </code>
      <button type="button" onClick={copy}>
        Copy<span class="unseen"> {what}</span>
      </button>
      <span class="note" role="status">
        {said}
      </span>
    </div>
  );
}

function crash_words(crash: Finding["crash"]): string {
  if (!crash) {
    return "";
  }
  return typeof crash === "string"
    ? crash
    : Object.entries(crash)
        .map(([key, value]) => `${key} ${String(value)}`)
        .join(", ");
}

function Facts({ finding }: { finding: Finding }) {
  const facts: [string, string][] = [];
  const add = (name: string, words: string | false | undefined | null) => {
    if (words) {
      facts.push([name, words]);
    }
  };
  add("Size", finding.size && size_words(finding.size));
  add("Found as", finding.original_size && size_words(finding.original_size));
  add("Smallest", finding.certified ? "yes: no schedule with fewer switches and events fails like this" : undefined);
  add("Fails on", (finding.fails_on?.length ? finding.fails_on : finding.kernel ? [finding.kernel] : []).join(", "));
  add(
    "Clean on",
    (finding.clean_on ?? [])
      .map((c) => (c.executions === undefined ? c.kernel : `${c.kernel} (${counted(c.executions, "execution")})`))
      .join(", "),
  );
  add("Variations", (finding.variations ?? []).map((v) => v || "as written").join("; "));
  add("Seen", finding.times !== undefined && counted(finding.times, "time"));
  add("First seen", finding.first_seen && moment(finding.first_seen));
  add("Crash", crash_words(finding.crash));
  return (
    <dl class="about">
      {facts.map(([name, words]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}

interface Properties {
  finding: Finding;
  number: number | undefined;
  open: boolean;
  on_toggle: () => void;
  on_focus: () => void;
}

export function FindingSection({ finding, number, open, on_toggle, on_focus }: Properties) {
  const id = anchor(finding);
  return (
    <article class="finding" id={id} aria-labelledby={`${id}-heading`} onFocusCapture={on_focus}>
      <div class={number === undefined ? "unseen" : "finding-head"}>
        <h3 id={`${id}-heading`} tabIndex={-1}>
          {number !== undefined && <span class="ordinal">{number}.</span>} <span class={finding.rule ? "bad" : "good"}>{rule_words(finding)}</span>{" "}
          <span class="where">{finding.scenario}</span>
        </h3>
        {finding.known && <span class="badge">known</span>}
        {finding.times !== undefined && !open && <span class="note">{counted(finding.times, "time")}</span>}
        {number !== undefined && (
          <button type="button" aria-expanded={open} aria-controls={`${id}-body`} onClick={on_toggle}>
            {open ? "Hide" : "Show"}
            <span class="unseen"> finding {number}</span>
          </button>
        )}
      </div>
      {finding.message && <p class="message">{finding.message}.</p>}
      <div id={`${id}-body`} hidden={!open}>
        {open && (
          <>
            <Facts finding={finding} />
            {finding.story && finding.story.steps.length > 0 ? (
              <StoryView story={finding.story} id={id} />
            ) : (
              <p class="note">
                There is no story of it: it has not been shrunk yet, its execution does not come to an end, or it is a failure of a
                program, which knows more of it than this page.
              </p>
            )}
            {finding.token && (
              <>
                <h4>See it again</h4>
                <Copyable text={finding.replay ?? `tenthrule replay ${finding.token}`} what="the command" />
              </>
            )}
            {finding.reproducer && (
              <details>
                <summary>{finding.fails_on?.includes("program") ? "Trace" : "Reproducer file"}</summary>
                <pre tabIndex={0}>{finding.reproducer}</pre>
              </details>
            )}
          </>
        )}
      </div>
    </article>
  );
}
