#!/usr/bin/env bash
# The step of the action: what it was given, as words of the command line.
set -euo pipefail

fail() {
  printf '::error title=secrets::%s\n' "$1"
  exit 2
}

# A name of a package, a path or an address would be something else than a version.
[[ "$SECRETS_VERSION" =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || fail 'the input "version" is no version such as 0.1.0'
words=(validate --cwd "$SECRETS_DIRECTORY" --output github)
case "$SECRETS_STRICT" in
true) words+=(--strict) ;;
false) ;;
*) fail 'the input "strict" is neither true nor false' ;;
esac
[ -z "$SECRETS_SARIF" ] || words+=(--output "sarif=$PWD/$SECRETS_SARIF")
while IFS= read -r file; do
  # A name that looks like an option stays a name.
  [ -z "$file" ] || words+=("./${file#./}")
done <<<"$SECRETS_FILES"
exec npx --yes "@dualkey/secrets@$SECRETS_VERSION" "${words[@]}"
