// The state of the modelled machine after each step of a story.

import type { Json, Story } from "./data";

export interface Waiter {
  task: string;
  priority: string;
}

export interface Word {
  kind: string;
  value: number;
  text: string;
  owner?: string;
  waiters?: boolean;
  owner_died?: boolean;
  queue: Waiter[];
}

export interface Lock {
  kind: string;
  name: string;
  owner: string;
  pi_state_owner?: string;
  has_waiters: boolean;
  owner_pending?: boolean;
  references?: number;
  waiters: Waiter[];
}

export interface Task {
  state: string;
  cpu?: number;
  waits?: string;
  tid?: number;
  normal?: string;
  effective?: string;
  boosted?: boolean;
  blocked_on?: string;
  lender?: string;
}

export interface Cpu {
  task?: string;
  interrupt?: string;
}

export interface Machine {
  time: number;
  words: ReadonlyMap<string, Word>;
  locks: ReadonlyMap<string, Lock>;
  tasks: ReadonlyMap<string, Task>;
  cpus: Cpu[];
  /** What the step has changed: "words/lock", "locks/lock", "tasks/waiter", "cpus/0". */
  changed: ReadonlySet<string>;
  /** Locks that the step has done away with. */
  gone: string[];
}

const sections = ["words", "locks", "tasks"] as const;

type Members = Map<string, Json>;

const is_object = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

// Maps, not objects: names are the scenario's, and "__proto__" is one of those that are allowed.
const members = (value: Json | undefined): Members => new Map(is_object(value) ? Object.entries(value) : []);

/** RFC 7396, one level of names above it. */
function merge(before: Json | undefined, patch: Json): Json {
  if (!is_object(patch)) {
    return patch;
  }
  const merged = members(before);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      merged.delete(key);
    } else {
      merged.set(key, merge(merged.get(key), value));
    }
  }
  return Object.fromEntries(merged);
}

function apply(before: Members, patch: Members, changed: Set<string>, gone: string[], section: string): Members {
  const after = new Map(before);
  for (const [name, value] of patch) {
    if (value === null) {
      after.delete(name);
      gone.push(name);
    } else {
      after.set(name, merge(before.get(name), value));
      changed.add(`${section}/${name}`);
    }
  }
  return after;
}

/** Before the first step, then after each. */
export function states_of(story: Story): Machine[] {
  const initial = members(story.initial);
  let current = Object.fromEntries(sections.map((s) => [s, members(initial.get(s))])) as Record<string, Members>;
  let cpus = (initial.get("cpus") ?? []) as Json[];
  let time = (initial.get("time") ?? 0) as number;
  const states: Machine[] = [];
  const add = (changed: Set<string>, gone: string[]) => {
    states.push({
      time,
      words: current["words"] as unknown as Machine["words"],
      locks: current["locks"] as unknown as Machine["locks"],
      tasks: current["tasks"] as unknown as Machine["tasks"],
      cpus: cpus as Cpu[],
      changed,
      gone,
    });
  };
  add(new Set(), []);
  for (const step of story.steps) {
    const patch = members(step.changes);
    const changed = new Set<string>();
    const gone: string[] = [];
    const next: Record<string, Members> = {};
    for (const section of sections) {
      const left: string[] = section === "locks" ? gone : [];
      next[section] = apply(current[section] as Members, members(patch.get(section)), changed, left, section);
    }
    current = next;
    const cpus_now = (patch.get("cpus") ?? cpus) as Json[];
    cpus_now.forEach((cpu, i) => {
      if (JSON.stringify(cpu) !== JSON.stringify(cpus[i])) {
        changed.add(`cpus/${i}`);
      }
    });
    cpus = cpus_now;
    time = (patch.get("time") ?? time) as number;
    add(changed, gone);
  }
  return states;
}
