#!/usr/bin/env bash
# One job of GitHub Actions: verify, audit, tell the job.  Whatever a workflow says comes through the
# environment, and reaches cecheck as arguments that are never read by a shell again.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
report="$RUNNER_TEMP/cecheck-report"
ledger="$RUNNER_TEMP/cecheck-ledger.md"

options=("--out=$report.html" "--out=$report.sarif" "--out=$report.xml" "--out=$report.md")
[[ -n "${CECHECK_BASELINE:-}" ]] && options+=("--baseline=$CECHECK_BASELINE")
[[ -n "${CECHECK_CHANGED_SINCE:-}" ]] && options+=("--changed-since=$CECHECK_CHANGED_SINCE")
[[ -n "${CECHECK_SHARD:-}" ]] && options+=("--shard=$CECHECK_SHARD")
[[ -n "${CECHECK_TIMEOUT:-}" ]] && options+=("--timeout=$CECHECK_TIMEOUT")
paths=()
while IFS= read -r path; do
  [[ -n "$path" ]] && paths+=("$path")
done <<< "${CECHECK_PATHS:-}"
denied=()
while IFS= read -r kind; do
  [[ -n "$kind" ]] && denied+=("--deny=$kind")
done <<< "${CECHECK_DENY:-}"

echo "::add-matcher::$here/problem-matcher.json"
# A specification may come from anybody: none of its lines is a command to the runner.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$token"
"$CECHECK" verify --color never "${options[@]}" -- "${paths[@]}" | tee "$report.txt"
status=${PIPESTATUS[0]}
"$CECHECK" audit --format markdown "${denied[@]}" -- "${paths[@]}" > "$ledger"
audited=$?
echo "::$token::"
[[ $audited == 1 ]] && echo "::error::cecheck audit found something that is denied: see the summary"

{
  echo "exit-status=$status"
  echo "report=$report.txt"
  echo "html=$report.html"
  echo "sarif=$report.sarif"
  echo "junit=$report.xml"
  echo "ledger=$ledger"
} >> "$GITHUB_OUTPUT"

# A summary holds a megabyte; what is too long is in the report.  Without one, the log says why.
{
  if [[ -f "$report.md" ]]; then head -c 500000 "$report.md"; else echo "# cecheck: exit status $status"; fi
  echo
  head -c 300000 "$ledger"
} >> "$GITHUB_STEP_SUMMARY"

# What verify says is graver; an audit fails a job by what is denied, or where it cannot be made.
if [[ $status == 0 && $audited != 0 && $audited != 5 ]]; then
  exit "$audited"
fi
exit "$status"
