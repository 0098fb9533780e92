// Coverage over time: a small plot for each measure, all with the same time axis.

import type { Sample } from "./data";
import { count, duration, short } from "./words";

const width = 320;
const height = 140;
const left = 42;
const bottom = 22;
const top = 8;
const right = 10;

type Measure = "classes" | "pairs" | "states" | "findings";
const measures: [Measure, string][] = [
  ["classes", "distinct executions"],
  ["pairs", "ordered pairs of operations"],
  ["states", "states that rules are about"],
  ["findings", "findings"],
];

/** The smallest of 1, 2, 5, 10, ... that is not below n. */
function round_up(n: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(n, 1)));
  return ([1, 2, 5, 10].find((m) => m * power >= n) ?? 10) * power;
}

function Plot({ samples, measure, name }: { samples: Sample[]; measure: Measure; name: string }) {
  const points = samples.flatMap((s) => (s[measure] === undefined ? [] : [{ x: s.seconds, y: s[measure] as number }]));
  const last = points[points.length - 1];
  if (points.length < 2 || !last) {
    return null;
  }
  const x_max = Math.max(last.x, 1e-9);
  const y_max = round_up(Math.max(...points.map((p) => p.y)));
  const x = (value: number) => left + (value / x_max) * (width - left - right);
  const y = (value: number) => height - bottom - (value / y_max) * (height - bottom - top);
  const path = points
    .map((p, i) => {
      const to = `${x(p.x).toFixed(1)} ${y(p.y).toFixed(1)}`;
      // A count of findings goes up in steps.
      return i === 0 ? `M${to}` : measure === "findings" ? `H${x(p.x).toFixed(1)}V${y(p.y).toFixed(1)}` : `L${to}`;
    })
    .join("");
  return (
    <figure class="plot">
      <figcaption>{name}</figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${name}: ${count(last.y)} after ${duration(last.x)}`}
      >
        {[0, y_max / 2, y_max].map((value) => (
          <g key={value}>
            <line class="grid" x1={left} x2={width - right} y1={y(value)} y2={y(value)} />
            <text x={left - 6} y={y(value) + 4} text-anchor="end">
              {short(value)}
            </text>
          </g>
        ))}
        <text x={left} y={height - 6}>
          0
        </text>
        <text x={width - right} y={height - 6} text-anchor="end">
          {duration(x_max)}
        </text>
        <path class="line" d={path} />
      </svg>
    </figure>
  );
}

export function Growth({ samples }: { samples: Sample[] }) {
  const shown = measures.filter(([measure]) => samples.some((s) => s[measure] !== undefined));
  // A table of hundreds of rows helps nobody.
  const every = Math.ceil(samples.length / 12);
  const rows = samples.filter((_, i) => i % every === 0 || i === samples.length - 1);
  return (
    <section id="growth" aria-labelledby="growth-heading">
      <h2 id="growth-heading">Coverage over time</h2>
      <div class="plots">
        {shown.map(([measure, name]) => (
          <Plot key={measure} samples={samples} measure={measure} name={name} />
        ))}
      </div>
      <details>
        <summary>The same as a table</summary>
        <div class="wide" tabIndex={0} role="region" aria-label="Coverage over time, as a table">
          <table>
            <thead>
              <tr>
                <th scope="col">time</th>
                <th scope="col" class="number">
                  executions
                </th>
                {shown.map(([measure, name]) => (
                  <th key={measure} scope="col" class="number">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((s) => (
                <tr key={s.seconds}>
                  <th scope="row">{duration(s.seconds)}</th>
                  <td class="number">{count(s.executions)}</td>
                  {shown.map(([measure]) => (
                    <td key={measure} class="number">
                      {s[measure] === undefined ? "" : count(s[measure] as number)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}
