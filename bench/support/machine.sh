# shellcheck shell=bash
# What bench/run asks of the machine: processes, their memory and time, quiet. Linux only. Sourced, not run.

say() { printf '%s\n' "$*" >&2; }
fail() { say "bench/run: $*"; exit 1; }

free_port() {
  local port
  for _ in 1 2 3 4 5 6 7 8 9; do
    port=$((20000 + RANDOM % 40000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return 0; fi
  done
  fail "found no free port"
}

# now_us: microseconds, without starting a process.
now_us() { local now=${EPOCHREALTIME/[.,]/}; printf '%s' "$now"; }

# A pause without starting a process, so that waiting for a start does not disturb it.
exec {pause_fd}<> <(:)
pause() { read -rt "$1" -u "$pause_fd" || true; }

# answers PORT PATH: whether it answers 200, without starting a process.
answers() {
  local status=''
  { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$2" "$1" >&3
  read -rt 1 -u 3 status || true
  exec 3<&- 3>&-
  [[ $status == 'HTTP/1.1 200'* ]]
}

# wait_until_answers PORT PATH PID SECONDS
wait_until_answers() {
  local deadline=$(($(now_us) + $4 * 1000000))
  until answers "$1" "$2"; do
    [ -d "/proc/$3" ] || return 1
    [ "$(now_us)" -lt "$deadline" ] || return 1
    pause 0.001
  done
}

# rss_kb PID: resident memory.
rss_kb() { awk '/^VmRSS/ {print $2}' "/proc/$1/status"; }

# cpu_ticks PID: user and system time; the name in parentheses may hold spaces.
cpu_ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{print $12 + $13}'; }

# busy: ticks the machine worked, and ticks in all.
busy() { awk '/^cpu /{print $2+$3+$4+$7+$8+$9, $2+$3+$4+$5+$6+$7+$8+$9}' /proc/stat; }

# wait_quiet: until the machine was less than 10 % busy for half a second, at most QUIET seconds; notes it when it never was.
wait_quiet() {
  local before after
  for ((i = 0; i < 2 * QUIET; i++)); do
    before=$(busy)
    sleep 0.5
    after=$(busy)
    if awk -v a="$before" -v b="$after" 'BEGIN {split(a, x); split(b, y); exit !((y[1]-x[1]) / (y[2]-x[2]+1) < 0.10)}'; then
      return 0
    fi
  done
  echo 1 >>"$work/disturbed"
}

# median: of the numbers on standard input, one a line.
median() { sort -n | awk '{a[NR] = $1} END {print NR ? (a[int((NR + 1) / 2)] + a[int(NR / 2) + 1]) / 2 : "-"}'; }
