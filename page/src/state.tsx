// The state of the machine after one step.

import type { ComponentChildren } from "preact";
import type { Story } from "./data";
import type { Lock, Machine, Task, Waiter, Word } from "./machine";

function Queue({ of, waiters }: { of: string; waiters: Waiter[] }) {
  if (waiters.length === 0) {
    return <span class="note">nobody</span>;
  }
  return (
    <ol class="queue" aria-label={of}>
      {waiters.map((w, i) => (
        <li key={`${i} ${w.task}`}>
          {w.task} <span class="note">{w.priority}</span>
        </li>
      ))}
    </ol>
  );
}

function Card({ name, changed, children }: { name: string; changed: boolean; children: ComponentChildren }) {
  return (
    <li class={changed ? "card changed" : "card"}>
      <h6>
        {name}
        {changed && <span class="unseen"> (changed by this step)</span>}
      </h6>
      <dl>{children}</dl>
    </li>
  );
}

function Item({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function WordCard({ name, word, changed }: { name: string; word: Word; changed: boolean }) {
  const [owner, ...flags] = word.text.split("|");
  const hexadecimal = `0x${word.value.toString(16).padStart(8, "0")}`;
  return (
    <Card name={name} changed={changed}>
      <Item name="value">
        <strong>{owner}</strong>
        {flags.map((flag) => (
          <span key={flag} class="flag">
            {flag}
          </span>
        ))}{" "}
        {word.kind === "pi" && <span class="note">{hexadecimal}</span>}
      </Item>
      <Item name="queue">
        <Queue of={`queue of ${name}`} waiters={word.queue} />
      </Item>
    </Card>
  );
}

/** Owner word, rt_mutex and pi_state change one after the other, so that they differ now and then. */
function disagreement(lock: Lock, word: Word | undefined): string {
  if (lock.kind !== "pi_state") {
    return "";
  }
  const owners = [word?.owner ?? "nobody", lock.owner, lock.pi_state_owner ?? "nobody"];
  return new Set(owners).size === 1 ? "" : `futex word: ${owners[0]}; rt_mutex: ${owners[1]}; pi_state: ${owners[2]}`;
}

function LockCard({ name, lock, word, changed }: { name: string; lock: Lock; word: Word | undefined; changed: boolean }) {
  const differ = disagreement(lock, word);
  return (
    <Card name={lock.kind === "bucket" ? `${name} (bucket)` : name} changed={changed}>
      {lock.kind === "pi_state" && (
        <Item name="pi_state owner">
          <strong>{lock.pi_state_owner}</strong> <span class="note">{lock.references} ref.</span>
        </Item>
      )}
      <Item name="rt_mutex owner">
        <strong>{lock.owner}</strong>
        {lock.has_waiters && <span class="flag">HAS_WAITERS</span>}
        {lock.owner_pending && <span class="flag">PENDING</span>}
      </Item>
      <Item name="waiters">
        <Queue of={`waiters for ${name}`} waiters={lock.waiters} />
      </Item>
      {differ && (
        <div class="differ">
          <dt>owners differ</dt>
          <dd>{differ}</dd>
        </div>
      )}
    </Card>
  );
}

function TaskRow({ name, task, changed }: { name: string; task: Task; changed: boolean }) {
  const details = [
    task.waits,
    task.blocked_on && `blocked on ${task.blocked_on}`,
    task.boosted && task.lender && `priority from ${task.lender}`,
  ].filter(Boolean);
  return (
    <tr class={changed ? "changed" : undefined}>
      <th scope="row">
        {name}
        {changed && <span class="unseen"> (changed by this step)</span>}
      </th>
      <td>
        <span class={`state ${task.state}`}>{task.state}</span>
        {details.length > 0 && <span class="note">{details.join("; ")}</span>}
      </td>
      <td>
        {task.boosted ? (
          <>
            <span class="boosted">{task.effective}</span> <span class="note">own: {task.normal}</span>
          </>
        ) : (
          (task.effective ?? "")
        )}
      </td>
    </tr>
  );
}

export function MachineView({ story, state, id }: { story: Story; state: Machine; id: string }) {
  const words = story.words.flatMap((name) => {
    const word = state.words.get(name);
    return word ? [{ name, word }] : [];
  });
  const locks = [...state.locks];
  return (
    <section class="machine" aria-labelledby={`${id}-state`}>
      <h5 id={`${id}-state`}>
        State after this step <span class="note">virtual time {(state.time / 1000).toLocaleString("en-US")} us</span>
      </h5>
      <table class="tasks">
        <caption class="unseen">Tasks</caption>
        <thead>
          <tr>
            <th scope="col">task</th>
            <th scope="col">state</th>
            <th scope="col">priority</th>
          </tr>
        </thead>
        <tbody>
          {story.tasks.map((name) => {
            const task = state.tasks.get(name);
            return task && <TaskRow key={name} name={name} task={task} changed={state.changed.has(`tasks/${name}`)} />;
          })}
        </tbody>
      </table>
      <ul class="cpus" aria-label="CPUs">
        {state.cpus.map((cpu, i) => (
          <li key={i} class={state.changed.has(`cpus/${i}`) ? "changed" : undefined}>
            <span class="note">CPU {i}</span> {cpu.task ?? <span class="note">idle</span>}
            {cpu.interrupt && <span class="flag">interrupt: {cpu.interrupt}</span>}
          </li>
        ))}
      </ul>
      {words.length > 0 && (
        <>
          <p class="group" id={`${id}-words`}>
            Futex words
          </p>
          <ul class="cards" aria-labelledby={`${id}-words`}>
            {words.map(({ name, word }) => (
              <WordCard key={name} name={name} word={word} changed={state.changed.has(`words/${name}`)} />
            ))}
          </ul>
        </>
      )}
      {(locks.length > 0 || state.gone.length > 0) && (
        <>
          <p class="group" id={`${id}-locks`}>
            Inside the kernel
          </p>
          <ul class="cards" aria-labelledby={`${id}-locks`}>
            {locks.map(([key, lock]) => (
              <LockCard
                key={key}
                name={key}
                lock={lock}
                word={state.words.get(lock.name)}
                changed={state.changed.has(`locks/${key}`)}
              />
            ))}
            {state.gone.map((key) => (
              <li key={key} class="card changed">
                <h6>{key}</h6>
                <p class="note">its pi_state is gone</p>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
