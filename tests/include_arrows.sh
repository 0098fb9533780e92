#!/usr/bin/env bash
# Holds the includes of the tree at $1 to the arrows of the house: who may know whom.
set -euo pipefail

root=$1

declare -A may_include=(
    [runtime]=""
    [scheduler]="runtime"
    [kernel]="runtime"
    [shrink]="scheduler runtime"
    [worker]="shrink scheduler runtime"
    [library]="worker shrink scheduler runtime"
    [scenarios]="kernel shrink scheduler runtime"
    [campaign]="worker scenarios kernel shrink scheduler runtime"
    [conform]="scenarios kernel scheduler runtime"
    [cli]="conform campaign worker scenarios kernel shrink scheduler runtime"
)

violations=0
violation() {
    echo "$1"
    violations=$((violations + 1))
}

cd "$root"
for folder in "${!may_include[@]}"; do
    [[ -d $folder ]] || continue
    allowed=" $folder ${may_include[$folder]} "

    while IFS=: read -r file line text; do
        [[ $text =~ include[[:space:]]*([\"<])([^\">]+) ]] || continue
        quote=${BASH_REMATCH[1]}
        path=${BASH_REMATCH[2]#tenthrule/}
        target=${path%%/*}

        if [[ -v may_include[$target] || $target == tests || $target == bench || $target == examples ]] &&
           [[ $path == */* ]]; then
            [[ $allowed == *" $target "* ]] || violation "$file:$line: $folder may not include $target (\"$path\")"
        elif [[ $quote == '"' ]]; then
            violation "$file:$line: \"$path\" is not written from the root, as in \"$folder/${path##*/}\""
        fi
    done < <(grep -rnE --include='*.hpp' --include='*.cpp' '^[[:space:]]*#[[:space:]]*include' "$folder" || true)
done

if ((violations > 0)); then
    echo "$violations includes run against the arrows"
    exit 1
fi
