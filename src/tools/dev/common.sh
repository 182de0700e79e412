# shellcheck shell=bash
# Messages, steps and their times. Sourced by ./dev.

say() { printf '\033[1m· %s\033[0m\n' "$*" >&2; }
stop() { printf '\n%s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# ---- Steps: their times are listed at the end -------------------------------------------------------------------------

steps='' step_name='' step_started=0 step_cpu=0 cpu=0

step() {
  end_step
  look_at_cpu
  step_name=$1 step_started=$SECONDS step_cpu=$cpu
  say "$1"
}

end_step() {
  [ -n "$step_name" ] || return 0
  look_at_cpu
  steps="$steps$(printf '%7d %7d  %s' $((SECONDS - step_started)) $((cpu - step_cpu)) "$step_name")
"
  step_name=''
}

# The CPU seconds spent on everything so far. A busy machine makes a step longer, but hardly changes this.
# (`times` reports nothing in a subshell.)
look_at_cpu() {
  need_cache
  times >"$work/times"
  cpu="$(awk 'NR == 2 { for (n = 1; n <= 2; n++) { split($n, part, /[ms]/); sum += 60 * part[1] + part[2] } printf "%d", sum }' "$work/times")"
}

show_steps() {
  end_step
  [ -z "$steps" ] || printf '\nseconds    (CPU)\n%s%7d          in all\n' "$steps" "$SECONDS"
}

# ---- Cleanup ----------------------------------------------------------------------------------------------------------

work='' background=''

# A folder for what only this run needs, so that two runs do not disturb each other.
need_cache() {
  [ -z "$work" ] || return 0
  { mkdir -p "$cache" && work="$(mktemp -d "$cache/run.XXXXXX")"; } 2>/dev/null ||
    stop "The folder $cache cannot be written to: set HEADROOM_CACHE to one that can, then run this again."
  # Deletes the folders of runs that were killed.
  find "$cache" -maxdepth 1 -name 'run.*' -mtime +1 -exec rm -rf {} +
}

clean_up() {
  local process
  for process in $background; do kill "$process" 2>/dev/null || true; done
  [ -z "$work" ] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
