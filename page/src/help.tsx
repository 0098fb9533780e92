export function Help({ several }: { several: boolean }) {
  const keys: [string[], string][] = [
    [["←", "→"], "one step back, one step on"],
    [["PageUp", "PageDown"], "the switch that matters before, the next one"],
    [["Home", "End"], "the first step, the last"],
  ];
  if (several) {
    keys.push([["k", "j"], "the finding before, the next one"]);
  }
  return (
    <section id="keys" class="keys" aria-labelledby="keys-heading">
      <h2 id="keys-heading">Keys</h2>
      <p>All but j and k work wherever the focus is inside a finding.</p>
      <dl>
        {keys.map(([names, what]) => (
          <div key={what}>
            <dt>
              {names.map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
