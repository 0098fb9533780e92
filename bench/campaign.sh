#!/bin/bash
# How fast a campaign is, compared with one `fuzz` process on the same scenario, and what coverage and store
# cost. Wants a quiet machine with at least two cores. The three runs take turns, so that what disturbs one
# disturbs all of them.
#
#   bench/campaign.sh BUILD-FOLDER [SCENARIO] [SECONDS] [ROUNDS]
set -euo pipefail
tool=$(realpath "$1")/cli/tenthrule
cd "$(dirname "$0")/.."
scenario=${2:-scenarios/healthy/mutex-contention.toml}
seconds=${3:-20}
rounds=${4:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Executions per second of a campaign: how many workers, and more options.
campaign() {
    local workers=$1
    shift
    rm -f "$work"/store.db*
    "$tool" campaign run "$scenario" --store "$work/store.db" --workers "$workers" --strategy pct:depth=3 \
        --kernel written --canary none --time "${seconds}s" --quiet --json "$@" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["campaign"]["executions_per_second"])' || true
}

fuzz() {
    "$tool" fuzz "$scenario" --strategy pct:depth=3 --time "${seconds}s" --keep-going --no-shrink --json |
        python3 -c 'import json, sys; r = json.loads(sys.stdin.readline()); print(r["schedules"] / r["seconds"])' ||
        true
}

for _ in $(seq "$rounds"); do
    fuzz >> "$work/fuzz"
    campaign 1 >> "$work/one"
    campaign 1 --no-coverage >> "$work/bare"
    campaign 2 >> "$work/two"
done
python3 - "$work" <<'END'
import statistics, sys
rate = {name: statistics.median(map(float, open(f"{sys.argv[1]}/{name}"))) for name in ("fuzz", "one", "bare", "two")}
print(f"fuzz, one process:            {rate['fuzz']:12,.0f}/s")
print(f"campaign, one worker:         {rate['one']:12,.0f}/s   {rate['one'] / rate['fuzz']:.3f} of fuzz")
print(f"  without coverage:           {rate['bare']:12,.0f}/s   coverage costs {1 - rate['one'] / rate['bare']:.1%}")
print(f"campaign, two workers:        {rate['two']:12,.0f}/s   {rate['two'] / rate['fuzz']:.3f} of fuzz")
END
