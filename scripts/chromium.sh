#!/usr/bin/env bash
# Makes sure that the test of the identity kit finds a browser: the one of BACKSTORY_TEST_CHROMIUM, one that is
# there, or Debian's package, installed when that is allowed.
set -euo pipefail
if [ -n "${BACKSTORY_TEST_CHROMIUM:-}" ]; then exit 0; fi
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "skipped: no chromium, and none may be installed; set BACKSTORY_TEST_CHROMIUM to a browser's path"
  exit 0
fi
apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
