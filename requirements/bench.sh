#!/usr/bin/env bash
# Prepares the rivals of the benchmark: .venv-bench and bpmn-engine. Does nothing when all is there.
# A rival that cannot be prepared is left out of the benchmark, which says so; only wrong places end this.
set -euo pipefail
cd "$(dirname "$0")/.."
node_folder=tests/bench/rivals/bpmn_engine
log=$(mktemp)
trap 'rm -f "$log"' EXIT

say() { printf '%s\n' "$*" >&2; }
left_out() { tail -n 5 "$log" >&2; say "juanzong: $*"; }

stamp=$(sha256sum <requirements/bench.txt | cut -d' ' -f1)
if [ ! -f .venv-bench/ready ] || [ "$(cat .venv-bench/ready)" != "$stamp" ]; then
  say "Installing SpiffWorkflow and Viewflow for the benchmark (first time only)…"
  rm -rf .venv-bench
  if python3 -m venv .venv-bench >"$log" 2>&1 \
    && .venv-bench/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt >"$log" 2>&1; then
    printf '%s\n' "$stamp" >.venv-bench/ready
  else
    rm -rf .venv-bench
    left_out "the Python rivals could not be installed; the benchmark runs without them (Python 对比引擎安装失败，测速将不含它们)."
  fi
fi

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    say "Installing nodejs and npm for the benchmark…"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm; } >"$log" 2>&1 \
      || left_out "apt-get could not install nodejs and npm; the benchmark runs without bpmn-engine (测速将不含 bpmn-engine)."
  else
    : >"$log"
    left_out "node is missing; the benchmark runs without bpmn-engine (缺少 node，测速将不含 bpmn-engine). Run: sudo apt-get install nodejs npm"
  fi
fi
stamp=$(sha256sum <$node_folder/package-lock.json | cut -d' ' -f1)
if command -v npm >/dev/null && { [ ! -f $node_folder/node_modules/.ready ] || [ "$(cat $node_folder/node_modules/.ready)" != "$stamp" ]; }; then
  say "Installing bpmn-engine for the benchmark (first time only)…"
  if (cd $node_folder && npm ci --ignore-scripts --no-audit --no-fund) >"$log" 2>&1; then
    printf '%s\n' "$stamp" >$node_folder/node_modules/.ready
  else
    rm -rf $node_folder/node_modules
    left_out "npm could not install bpmn-engine; the benchmark runs without it (bpmn-engine 安装失败，测速将不含它)."
  fi
fi
