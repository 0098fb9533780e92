#!/bin/bash
# Instructions for a scheduling point, by the number of tasks, as tables: eight executions less four of the same
# program, by their points. Counts do not depend on what else the machine does. Wants valgrind.
#
#   bench/scaling/instructions.sh BUILD-FOLDER
set -euo pipefail
program=$(realpath "$1")/bench/scaling/bench_scaling
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Instructions and points of so many executions.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" --count-points "$@" \
        2>"$work/instructions" >"$work/points"
    echo "$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$work/instructions") $(<"$work/points")"
}

for kind in '' one_for_all; do
    echo "| tasks${kind:+, all in conflict} | 2 | 4 | 8 | 16 | 32 | 64 |"
    echo '|---|---|---|---|---|---|---|'
    for strategy in random pct:depth=3 pos surw; do
        row="| $strategy"
        for threads in 1 3 7 15 31 63; do
            read -r few few_points < <(count "$strategy" "$threads" 4 $kind)
            read -r many many_points < <(count "$strategy" "$threads" 8 $kind)
            row+=" | $(((many - few) / (many_points - few_points)))"
        done
        echo "$row |"
    done
    echo
done
