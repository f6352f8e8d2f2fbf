#!/usr/bin/env bash
# Prepares the machine and .venv. `setup.sh run` for serving, `setup.sh dev` also for tests. Does nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-run}

run_packages=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)
dev_packages=(chromium fonts-wqy-microhei libnss3-tools mupdf-tools openssl poppler-utils qpdf softhsm2)

say() { printf '%s\n' "$*" >&2; }
fail() { say "juanzong: $*"; exit 1; }

[ -w . ] || fail "no write permission in $PWD (没有写权限). Clone the project into a folder of your own."
command -v python3 >/dev/null || fail "python3 is missing (缺少 python3). Install Python 3.11 or newer."
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || fail "Python 3.11 or newer is needed (需要 Python 3.11 以上); this is $(python3 -V)."

wanted=("${run_packages[@]}")
[ "$kind" = dev ] && wanted+=("${dev_packages[@]}")
[ -x .venv/bin/python ] || python3 -c 'import ensurepip' 2>/dev/null || wanted+=(python3-venv)

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || fail "these system libraries are missing (缺少系统库): ${missing[*]}"
  [ "$(id -u)" = 0 ] || fail "system packages are missing (缺少系统软件包). Run: sudo apt-get install ${missing[*]}"
  say "Installing system packages: ${missing[*]}"
  log=$(mktemp)
  if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    fail "apt-get could not install ${missing[*]} (系统软件包安装失败); what it said stands above."
  fi
  rm -f "$log"
fi

stamp=$(cat "requirements/$kind.txt" pyproject.toml | sha256sum | cut -d' ' -f1)
if [ "$kind" = run ] && [ -f .venv/ready-dev ]; then
  whole=$(cat requirements/dev.txt pyproject.toml | sha256sum | cut -d' ' -f1)
  [ "$(cat .venv/ready-dev)" = "$whole" ] && exit 0
fi
[ -f ".venv/ready-$kind" ] && [ "$(cat ".venv/ready-$kind")" = "$stamp" ] && exit 0

[ -x .venv/bin/pip ] || { rm -rf .venv && python3 -m venv .venv; } || fail "the virtual environment could not be made (无法创建虚拟环境)."
say "Installing Python packages (first time only)…"
log=$(mktemp)
if ! .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r "requirements/$kind.txt" >"$log" 2>&1; then
  tail -n 5 "$log" >&2
  fail "the Python packages could not be installed (Python 软件包安装失败). Check the network and the package index settings."
fi
rm -f "$log"
# The project itself: its folder on the path, and its command.
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
pwd > "$site/juanzong.pth"
cat > .venv/bin/juanzong <<SCRIPT
#!$PWD/.venv/bin/python
import sys
from web.cli import main
if __name__ == "__main__":
    sys.exit(main())
SCRIPT
chmod +x .venv/bin/juanzong
printf '%s\n' "$stamp" > ".venv/ready-$kind"
