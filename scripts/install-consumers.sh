#!/usr/bin/env bash
# Installs the libraries that read what we generate, and the frameworks of the templates, into the cache; quick when they are there.
set -euo pipefail

home="${XDG_CACHE_HOME:-$HOME/.cache}/secrets-ci/consumers"

python=(
  argon2-cffi==25.1.0 bcrypt==5.0.0 cryptography==50.0.2 django==5.2.19 fastapi==0.165.0 flask==3.1.3 junitparser==5.0.3 pre-commit==4.7.0
  jwcrypto==1.6.1 pydantic-settings==2.16.3 pyjwt==2.15.1 python-dotenv==1.2.4 python-jose==3.5.0 uvicorn==0.54.0
)
node=(
  @actions/core@1.11.1 @auth/core@0.41.3 bcryptjs@3.0.3 dotenv@18.0.10 express@5.3.0 express-session@1.19.0 iron-session@8.0.4
  jose@6.2.17 jsonwebtoken@9.0.3 keygrip@1.1.0 lefthook@2.2.2 @microsoft/sarif-multitool-linux@5.7.0 next@16.4.6 react@19.3.1 react-dom@19.3.1
  standardwebhooks@1.1.1 vite@8.3.8 web-push@3.6.7
)
stamp="$home/.installed-$(printf '%s ' "${python[@]}" "${node[@]}" | sha256sum | cut -c1-16)"

if [ ! -e "$stamp" ]; then
  rm -rf "$home"
  mkdir -p "$home/node"
  python3 -m venv "$home/python"
  "$home/python/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: "${python[@]}"
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$home/node" "${node[@]}"
  # Packed without its mode.
  chmod +x "$home/node/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
  touch "$stamp"
fi
echo "consumers in $home"
