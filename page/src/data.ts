// What the page is given: the report of a campaign, or a single finding. docs/reports.md describes it.

export interface Report {
  tool?: string;
  campaign?: Campaign | null;
  canary?: Canary | null;
  coverage?: Coverage | null;
  scenarios?: Scenario[];
  findings?: Finding[];
}

export interface Campaign {
  name?: string;
  started?: string | null;
  ended?: string | null;
  seconds?: number;
  state?: string;
  ended_because?: string;
  seeds?: number[];
  crashes?: number;
  hangs?: number;
  workers?: number;
  executions?: number;
  executions_per_second?: number;
  plan?: string;
}

export interface Canary {
  name?: string;
  found: boolean;
  seconds?: number | null;
}

export interface Sample {
  seconds: number;
  executions: number;
  classes?: number;
  pairs?: number;
  states?: number;
  findings?: number;
}

export interface Coverage {
  growth?: Sample[];
  classes?: number;
  pairs?: number;
  states?: number;
  unseen?: { good_turing?: number | null; chao1?: number | null } | null;
}

export interface Missed {
  depth: number;
  probability: number;
  how?: string;
}

export interface Cell {
  kernel: string;
  strategy?: string | null;
  verdict: string;
  executions?: number;
  classes?: number;
  variations?: number;
  missed?: Missed | null;
  findings?: (number | string)[];
}

export interface Scenario {
  name: string;
  about?: string;
  digest?: string;
  /** false: its file has been edited since. */
  current?: boolean;
  cells: Cell[];
}

export interface Size {
  tasks?: number;
  steps?: number;
  preemptions?: number;
  interleavings?: number;
  events?: number;
  points?: number;
}

export interface Finding {
  id: number | string;
  identity?: string;
  /** null: the execution breaks none. */
  rule: string | null;
  message?: string;
  scenario?: string;
  kernel?: string;
  known?: boolean;
  first_seen?: string | null;
  times?: number;
  size?: Size | null;
  original_size?: Size | null;
  certified?: boolean | null;
  token?: string | null;
  /** The command that shows it again. */
  replay?: string;
  reproducer?: string | null;
  fails_on?: string[];
  clean_on?: { kernel: string; executions?: number }[];
  /** In words; "" is the scenario as written. */
  variations?: string[];
  crash?: null | string | Record<string, unknown>;
  story?: Story | null;
}

export interface Story {
  columns: { task: string; about?: string; cpu?: number | null }[];
  rows: Row[];
  tasks: string[];
  words: string[];
  initial: Json;
  steps: Step[];
  steps_left_out?: number;
  ending?: { rule: string; about?: string; message: string } | null;
}

export interface Row {
  step: number;
  at: number;
  column: number;
  text: string;
  marked: boolean;
  outside: boolean;
  changes: string[];
}

export interface Step {
  step: number;
  who: string;
  task: string;
  cpu: number | null;
  came: string;
  marked: boolean;
  needed: boolean | null;
  kind: string;
  label: string;
  detail: string;
  lines: string[];
  changes: Json;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Throws an Error that says in words what is wrong. */
export function read(text: string): Report {
  const value: unknown = JSON.parse(text);
  if (typeof value === "string") {
    throw new Error("this is the empty template: 'tenthrule campaign report' and 'tenthrule replay --html' fill it in");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("its data is no report");
  }
  return value as Report;
}
