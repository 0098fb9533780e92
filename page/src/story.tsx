// A finding's execution: what each task does, and a slider for the state after each step.

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Row, Step, Story } from "./data";
import { states_of } from "./machine";
import { MachineView } from "./state";
import { arrival_words, step_words } from "./words";

const who_words = (step: Step): string => (step.who === step.task ? step.who : `${step.who} (${step.task})`);

/** What a screen reader says, and what stands above the state. `at`: 0 is before the first step. */
function announce(story: Story, at: number): string {
  const step = story.steps[at - 1];
  if (!step) {
    return "before the first step";
  }
  const words = `step ${step.step}: ${who_words(step)}: ${step_words(step)}`;
  return step.marked ? `${words}; a switch that matters` : words;
}

function StepText({ story, at }: { story: Story; at: number }) {
  const step = story.steps[at - 1];
  if (!step) {
    return <p class="step-text">Before the first step.</p>;
  }
  const came = arrival_words(step);
  return (
    <>
      <p class="step-text">
        <span class="step-number">step {step.step}</span> <strong>{who_words(step)}</strong>
        {step.cpu !== null && <span class="note"> on CPU {step.cpu}</span>}: {step_words(step)}
      </p>
      {step.lines.length > 0 && step.kind !== "fire" && step.label && (
        <p class="note">
          {step.kind} {step.label} {step.detail}
        </p>
      )}
      {came && <p class="note">{came}</p>}
      {step.marked && (
        <p class="matters">
          {step.needed === false
            ? "The schedule switched here; it still fails like this without."
            : step.needed
              ? "A switch that matters: without it, it does not fail like this."
              : "A switch that matters: the schedule made it so."}
        </p>
      )}
      {at === story.steps.length && story.ending && (
        <p class="ending">
          <strong>*** {story.ending.rule}</strong>
          {story.ending.about && `: ${story.ending.about}`}
        </p>
      )}
    </>
  );
}

interface ChartProperties {
  story: Story;
  at: number;
  go: (at: number) => void;
  id: string;
}

function Chart({ story, at, go, id }: ChartProperties) {
  const box = useRef<HTMLDivElement>(null);
  // The last row that has happened.
  const current = story.rows.reduce((found, row, i) => (row.at < at ? i : found), -1);

  useEffect(() => {
    const container = box.current;
    const row = container?.querySelector<HTMLElement>("[aria-current=step]");
    // Only the table scrolls, never the page.
    if (container && row) {
      const head = container.querySelector("thead")?.getBoundingClientRect().height ?? 0;
      const seen = container.getBoundingClientRect();
      const place = row.getBoundingClientRect();
      if (place.top < seen.top + head || place.bottom > seen.bottom) {
        container.scrollTop += place.top - seen.top - (seen.height + head) / 2;
      }
    }
  }, [current]);

  const ending = story.ending && at === story.steps.length;
  return (
    <div class="chart" ref={box} tabIndex={0} role="region" aria-label="What each task does">
      <table role="table">
        <caption class="unseen">What each task does, time running down. Marked rows are the switches that matter.</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              step
            </th>
            {story.columns.map((column) => (
              <th key={column.task} role="columnheader" scope="col">
                {column.task}
                <span class="note">
                  {[column.about, column.cpu != null && `CPU ${column.cpu}`].filter(Boolean).join(", ")}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {story.rows.map((row, i) => (
            <ChartRow key={i} row={row} story={story} id={id} when={i === current ? "now" : i < current ? "past" : "future"} go={go} />
          ))}
          {ending && (
            <tr role="row" class="ending">
              <td role="cell" />
              <td role="cell" colSpan={story.columns.length}>
                *** {story.ending?.rule}
              </td>
            </tr>
          )}
        </tbody>
      </table>
      {(story.steps_left_out ?? 0) > 0 && <p class="note">... and {story.steps_left_out} more steps of this kind</p>}
    </div>
  );
}

interface RowProperties {
  row: Row;
  story: Story;
  id: string;
  when: "past" | "now" | "future";
  go: (at: number) => void;
}

function ChartRow({ row, story, when, go }: RowProperties) {
  const text = row.text.trimStart();
  const depth = (row.text.length - text.length) / 2;
  const kinds = [when, row.marked && "marked", row.outside && "outside"].filter(Boolean).join(" ");
  return (
    <tr role="row" class={kinds} aria-current={when === "now" ? "step" : undefined} onClick={() => go(row.at + 1)}>
      <td role="cell" class="step">
        <button type="button" tabIndex={-1} onClick={() => go(row.at + 1)}>
          <span class="unseen">{row.marked ? "Switch that matters, go to step " : "Go to step "}</span>
          {row.step}
        </button>
      </td>
      {story.columns.map((column, c) => (
        <td key={column.task} role="cell" class={c === row.column ? "does" : "empty"}>
          {c === row.column && (
            <>
              <span class="task-tag" aria-hidden="true">
                {column.task}{" "}
              </span>
              <span class="what" style={{ "--depth": depth }}>
                {text}
              </span>
            </>
          )}
        </td>
      ))}
    </tr>
  );
}

export function StoryView({ story, id }: { story: Story; id: string }) {
  const states = useMemo(() => states_of(story), [story]);
  const last = story.steps.length;
  const [at, set_at] = useState(last);
  // Relative to what is there when it happens: keys come faster than the page is drawn.
  const move = useCallback(
    (to: (from: number) => number) => set_at((from) => Math.min(Math.max(to(from), 0), last)),
    [last],
  );
  const go = useCallback((to: number) => move(() => to), [move]);
  const marks = useMemo(() => story.steps.flatMap((s, i) => (s.marked ? [i + 1] : [])), [story]);
  const moves = useMemo((): Record<string, () => void> => {
    const earlier_marks = [...marks].reverse();
    return {
      ArrowLeft: () => move((from) => from - 1),
      ArrowRight: () => move((from) => from + 1),
      Home: () => go(0),
      End: () => go(last),
      PageUp: () => move((from) => earlier_marks.find((m) => m < from) ?? 0),
      PageDown: () => move((from) => marks.find((m) => m > from) ?? last),
    };
  }, [go, last, marks, move]);

  // In the whole finding: the heading that j and k lead to is outside of the story.
  useLayoutEffect(() => {
    const on_key = (event: KeyboardEvent) => {
      const modified = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
      const action = modified ? undefined : moves[event.key];
      if (action) {
        event.preventDefault();
        action();
      }
    };
    const article = document.getElementById(id);
    article?.addEventListener("keydown", on_key);
    return () => article?.removeEventListener("keydown", on_key);
  }, [id, moves]);

  const state = states[at];
  return (
    <div class="story">
      <h4>How it happens</h4>
      <div class="controls">
        <button type="button" onClick={() => go(0)} disabled={at === 0} aria-label="First step">
          |◀
        </button>
        <button type="button" onClick={moves["ArrowLeft"]} disabled={at === 0} aria-label="One step back">
          ◀
        </button>
        <div class="slide">
          <div class="ticks" aria-hidden="true">
            {marks.map((m) => (
              <span key={m} style={{ left: `${(m / last) * 100}%` }} />
            ))}
          </div>
          <input
            type="range"
            min={0}
            max={last}
            value={at}
            aria-label="Step"
            aria-valuetext={announce(story, at)}
            onInput={(event) => go(Number(event.currentTarget.value))}
          />
        </div>
        <button type="button" onClick={moves["ArrowRight"]} disabled={at === last} aria-label="One step on">
          ▶
        </button>
        <button type="button" onClick={() => go(last)} disabled={at === last} aria-label="Last step">
          ▶|
        </button>
        {marks.length > 0 && (
          <>
            <button type="button" class="mark" onClick={moves["PageUp"]} disabled={!marks.some((m) => m < at)}>
              ⇤ switch<span class="unseen"> that matters before</span>
            </button>
            <button type="button" class="mark" onClick={moves["PageDown"]} disabled={!marks.some((m) => m > at)}>
              switch ⇥<span class="unseen"> that matters next</span>
            </button>
          </>
        )}
      </div>
      <div class="step-box" aria-live="polite" aria-atomic="true">
        <StepText story={story} at={at} />
      </div>
      <div class="side-by-side">
        <Chart story={story} at={at} go={go} id={id} />
        {state && <MachineView story={story} state={state} id={id} />}
      </div>
    </div>
  );
}
