import type { ComponentChildren } from "preact";
import type { Report } from "./data";
import { count, duration, moment, short } from "./words";

function Fact({ name, note, children }: { name: string; note?: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>
        <span class="figure">{children}</span>
        {note && <span class="note">{note}</span>}
      </dd>
    </div>
  );
}

const states: Record<string, string> = {
  running: "still running when this was written",
  ended: "ended as planned",
  interrupted: "interrupted before its end",
};

export function Summary({ report }: { report: Report }) {
  const { campaign, coverage, canary } = report;
  const findings = report.findings ?? [];
  const known = findings.filter((f) => f.known).length;
  const unseen = coverage?.unseen;
  if (!campaign) {
    return null;
  }
  return (
    <section id="summary" aria-labelledby="summary-heading">
      <h2 id="summary-heading">Summary</h2>
      <dl class="facts">
        <Fact name="New findings" note={known > 0 ? `and ${count(known)} known` : undefined}>
          <span class={findings.length > known ? "bad" : "good"}>{count(findings.length - known)}</span>
        </Fact>
        {campaign.executions !== undefined && (
          <Fact
            name="Executions"
            note={
              campaign.executions_per_second === undefined
                ? undefined
                : `${count(campaign.executions_per_second)} per second`
            }
          >
            {short(campaign.executions)}
          </Fact>
        )}
        {campaign.seconds !== undefined && (
          <Fact
            name="Time"
            note={campaign.workers === undefined ? undefined : `${count(campaign.workers)} workers, seed ${campaign.seed ?? "unknown"}`}
          >
            {duration(campaign.seconds)}
          </Fact>
        )}
        {coverage?.classes !== undefined && (
          <Fact
            name="Distinct executions"
            note={
              unseen?.chao1 == null ? "up to the order of independent steps" : `Chao1: at least ${short(unseen.chao1)} not seen`
            }
          >
            {short(coverage.classes)}
          </Fact>
        )}
        {unseen?.good_turing != null && (
          <Fact name="Next one is new" note="Good-Turing estimate">
            {(unseen.good_turing * 100).toPrecision(2)} %
          </Fact>
        )}
        {canary && (
          <Fact
            name="Canary"
            note={canary.found && canary.seconds != null ? `after ${duration(canary.seconds)}` : canary.name}
          >
            <span class={canary.found ? "good" : "bad"}>{canary.found ? "found" : "not found"}</span>
          </Fact>
        )}
      </dl>
      <p class="note">
        {[
          campaign.started && `Started ${moment(campaign.started)}`,
          campaign.ended && `ended ${moment(campaign.ended)}`,
          campaign.state && (states[campaign.state] ?? campaign.state),
        ]
          .filter(Boolean)
          .join("; ")}
        .
      </p>
      {campaign.plan && (
        <details>
          <summary>The plan</summary>
          <pre tabIndex={0}>{campaign.plan}</pre>
        </details>
      )}
    </section>
  );
}
