import type { Cell, Finding, Scenario } from "./data";
import { anchor, counted, rule_words, short } from "./words";

function Verdict({ cell, findings }: { cell: Cell | undefined; findings: Finding[] }) {
  if (!cell || cell.verdict === "not run") {
    return <td class="verdict none">not run</td>;
  }
  const fails = cell.verdict === "fails";
  return (
    <td class={`verdict ${fails ? "fails" : "clean"}`}>
      <strong class={fails ? "bad" : "good"}>{cell.verdict}</strong>
      {cell.executions !== undefined && <span class="note">{short(cell.executions)} executions</span>}
      {cell.missed && (
        <span class="note" title={cell.missed.how}>
          a bug of depth {cell.missed.depth} is missed with probability {cell.missed.probability.toPrecision(2)} at most
        </span>
      )}
      {(cell.findings ?? []).map((id) => {
        const at = findings.findIndex((f) => f.id === id);
        const finding = findings[at];
        return (
          finding && (
            <a key={id} href={`#${anchor(finding)}`}>
              {at + 1}. {rule_words(finding)}
            </a>
          )
        );
      })}
    </td>
  );
}

export function Verdicts({ scenarios, findings }: { scenarios: Scenario[]; findings: Finding[] }) {
  const kernels = [...new Set(scenarios.flatMap((s) => s.cells.map((c) => c.kernel)))];
  // One cell may stand for several strategies: what fails with one of them fails.
  const cell_of = (s: Scenario, kernel: string): Cell | undefined => {
    const cells = s.cells.filter((c) => c.kernel === kernel);
    return cells.find((c) => c.verdict === "fails") ?? cells.find((c) => c.verdict !== "not run") ?? cells[0];
  };
  return (
    <section id="verdicts" aria-labelledby="verdicts-heading">
      <h2 id="verdicts-heading">Scenarios and kernels</h2>
      <div class="wide" tabIndex={0} role="region" aria-label="Scenarios and kernels, a table">
        <table class="verdicts">
          <caption>
            {counted(scenarios.length, "scenario")} on {counted(kernels.length, "kernel")}. Clean means: no failure in
            the executions that were made.
          </caption>
          <thead>
            <tr>
              <th scope="col">scenario</th>
              {kernels.map((kernel) => (
                <th key={kernel} scope="col">
                  {kernel}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {scenarios.map((s) => (
              <tr key={`${s.name} ${s.digest ?? ""}`}>
                <th scope="row">
                  {s.name}
                  {s.about && <span class="note">{s.about}</span>}
                </th>
                {kernels.map((kernel) => (
                  <Verdict key={kernel} cell={cell_of(s, kernel)} findings={findings} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
