# shellcheck shell=bash
# Runs wrk and compares: a ceiling and Portcullis in turn, a ratio per round, the median of the rounds. Sourced, not run.

table=() failures=0

# load PID SECONDS SCRIPT URL: prints rate, p50, p99 (ms), CPU microseconds a request, bad answers.
# The environment names what the script reads (FORM, TOKENS, COLLECT).
load() {
  local pid=$1 seconds=$2 script=$3 url=$4 before after line
  case $url in http://127.0.0.1:*) ;; *) fail "loopback only: $url" ;; esac
  before=$(cpu_ticks "$pid")
  line=$(WRK_FOLDER=bench/wrk wrk -t1 -c"$CONNS" -d"${seconds}s" --timeout 10s -s "bench/wrk/$script" "$url" | grep '^RESULT') ||
    fail "wrk gave no result for $url"
  after=$(cpu_ticks "$pid")
  awk -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" \
    '{printf "%s %s %s %.1f %d\n", $2, $3, $4, $5 ? ticks / hz * 1e6 / $5 : 0, $6 + $7}' <<<"$line"
}

# compare NAME GOAL A_LABEL A_FUNCTION B_FUNCTION [CPU [P99]]: each function runs one load of `$SECS` and prints its line;
# CPU and P99 are the most that B may take of what A takes. The order is turned round in every other round, so that
# drift favours neither. `$before` is a function to run before each round.
compare() {
  local name=$1 goal=$2 label=$3 run_a=$4 run_b=$5 round a b
  : >"$work/rounds"
  for ((round = 1; round <= ROUNDS; round++)); do
    [ -z "${before:-}" ] || "$before"
    if ((round % 2)); then a=$("$run_a"); b=$("$run_b"); else b=$("$run_b"); a=$("$run_a"); fi
    say "   $name, round $round: $label ${a%% *}/s, portcullis ${b%% *}/s"
    echo "$a $b" >>"$work/rounds"
  done
  table+=("$(summarise "$name" "$goal" "$label" "${6:-}" "${7:-}")")
}

column() { awk -v n="$1" '{print $n}' "$work/rounds" | median; }

# ratio A B: the median of the rounds' column B by column A.
ratio() { awk -v a="$1" -v b="$2" '$a > 0 {print $b / $a}' "$work/rounds" | median; }

# A row of the table; a run with bad answers proves nothing, and says so.
summarise() {
  local bad
  bad=$(awk '{bad += $5 + $10} END {print bad + 0}' "$work/rounds")
  awk -v name="$1" -v goal="$2" -v label="$3" -v most_cpu="$4" -v most_p99="$5" -v ra="$(column 1)" -v rb="$(column 6)" \
    -v rate="$(ratio 1 6)" -v p99="$(ratio 3 8)" -v cpu="$(ratio 4 9)" -v pa="$(column 3)" -v pb="$(column 8)" -v bad="$bad" 'BEGIN {
      if (label ~ "^/") label = "`" label "`"
      goals = sprintf("≥ %.2f", goal)
      if (most_cpu) goals = goals sprintf(", CPU ≤ %.2f", most_cpu)
      if (most_p99) goals = goals sprintf(", p99 ≤ %.2f×", most_p99)
      if (rate < goal) missed = missed " rate"
      if (most_cpu && cpu > most_cpu) missed = missed " CPU"
      if (most_p99 && p99 > most_p99) missed = missed " p99"
      verdict = bad ? bad " bad answers" : (missed ? "missed:" missed : "met")
      printf "| %s | %s | %.0f | %.0f | **%.2f** | %.2f | %.1f / %.1f | %.2f | %s | %s |\n",
        name, label, ra, rb, rate, cpu, pa, pb, p99, goals, verdict }'
}

count_failures() { failures=$(printf '%s\n' "${table[@]}" | grep -c 'bad answers' || true); }

# peak_kb PID COMMAND…: the largest resident memory while COMMAND runs.
peak_kb() {
  local pid=$1 peak=0 now running
  shift
  "$@" >/dev/null &
  running=$!
  while kill -0 "$running" 2>/dev/null; do
    now=$(rss_kb "$pid")
    ((now > peak)) && peak=$now
    sleep 0.05
  done
  wait "$running"
  echo "$peak"
}

as_mb() { awk -v kb="$1" 'BEGIN {printf "%.1f", kb / 1024}'; }
