#!/usr/bin/env bash
# What the tests need beside Python: installed by apt when we are root. Where that cannot be, it is named, and the tests
# that use it fail; all others run.
set -uo pipefail

declare -A packages=([pdftotext]=poppler-utils [chromium]=chromium [tidy]=tidy [exim4]=exim4-daemon-light [sshd]=openssh-server)  # program → Debian package

missing=()
for program in "${!packages[@]}"; do
  command -v "$program" >/dev/null || missing+=("${packages[$program]}")
done
((${#missing[@]})) || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing ${missing[*]} …"
  export DEBIAN_FRONTEND=noninteractive
  if apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null; then
    exit 0
  fi
fi
echo "Missing: ${missing[*]}. Install them (on Debian or Ubuntu: apt install ${missing[*]}); the tests of letters, of the tenant's page, of e-mail and of SFTP fail without." >&2
