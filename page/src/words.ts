// Numbers and things in words.

import type { Finding, Size, Step } from "./data";

export const count = (n: number): string => Math.round(n).toLocaleString("en-US");

export const counted = (n: number, what: string): string => `${count(n)} ${what}${n === 1 ? "" : "s"}`;

/** "7 h 12 min", "3.2 s". */
export function duration(seconds: number): string {
  if (seconds < 60) {
    return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  }
  const minutes = Math.round(seconds / 60);
  const parts: [number, string][] = [
    [Math.floor(minutes / 1440), "d"],
    [Math.floor(minutes / 60) % 24, "h"],
    [minutes % 60, "min"],
  ];
  return parts
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(" ");
}

/** "12k", "3.4M". */
export function short(n: number): string {
  for (const [unit, name] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (n >= unit) {
      return `${(n / unit).toFixed(n >= 10 * unit ? 0 : 1).replace(/\.0$/, "")}${name}`;
    }
  }
  return `${Math.round(n * 100) / 100}`;
}

/** "2026-11-22 06:30 UTC", or the text as it is if it is no time. */
export function moment(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

export function size_words(size: Size): string {
  const parts: [number | undefined, string][] = [
    [size.tasks, "task"],
    [size.steps, "step"],
    [size.preemptions, "preemption"],
    [size.interleavings, "interleaving"],
    [size.events, "event"],
  ];
  return parts.flatMap(([n, what]) => (n === undefined ? [] : [counted(n, what)])).join(", ");
}

/** What a step does, in one line. */
export function step_words(step: Step): string {
  if (step.kind === "fire") {
    return `${step.label} fires`;
  }
  if (step.lines.length > 0) {
    return step.lines.join("; ");
  }
  return [step.kind, step.label, step.detail && `(${step.detail})`].filter(Boolean).join(" ");
}

/** How control came to whoever steps; empty if it was there already. */
export function arrival_words(step: Step): string {
  switch (step.came) {
    case "handed over":
      return "the one before could not go on";
    case "interleaved":
      return "steps meanwhile, on another CPU";
    case "preempted":
      return "takes the CPU from a task that could have gone on";
    case "external":
      return "an event from outside";
    default:
      return "";
  }
}

export const anchor = (finding: Finding): string => `finding-${finding.id}`;

export const rule_words = (finding: Finding): string => finding.rule ?? "no violation";
