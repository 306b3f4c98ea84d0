#!/usr/bin/env bash
# Makes sure that the store's tests find a Postgres: the one of BACKSTORY_TEST_POSTGRES, one that answers on
# 127.0.0.1:5432, or Debian's package, installed when that is allowed and started in a folder of its own.
set -euo pipefail
answers() { (exec 3<>/dev/tcp/127.0.0.1/5432) 2>/dev/null; }
if [ -n "${BACKSTORY_TEST_POSTGRES:-}" ] || answers; then exit 0; fi
if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "skipped: no Postgres, and none may be installed; set BACKSTORY_TEST_POSTGRES to a server's URL"
    exit 0
  fi
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null
fi
answers && exit 0
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
folder=$(mktemp -d "${TMPDIR:-/tmp}/backstory-postgres.XXXXXX")
run() { if [ "$(id -u)" -eq 0 ]; then chown -R postgres "$folder" && su postgres -c "$*"; else bash -c "$*"; fi; }
run "$bin/initdb -D $folder/data -U postgres -A trust >/dev/null"
run "$bin/pg_ctl -D $folder/data -o '-p 5432 -c listen_addresses=127.0.0.1 -k $folder' -l $folder/log -w start >/dev/null"
echo "started a private Postgres in $folder (stop it with: $bin/pg_ctl -D $folder/data stop)"
