#!/bin/sh
# Installs Chromium and its WebDriver where they are missing, for the browser tests. It
# does nothing when both are there, and only says what to do where it cannot install them.
set -eu

have() { command -v "$1" >/dev/null 2>&1; }

if have chromedriver && { have chromium || have chromium-browser || have google-chrome; }; then
    exit 0
fi

if ! have apt-get || [ "$(id -u)" -ne 0 ]; then
    echo "Expected chromium and chromedriver on the PATH, but they are missing." >&2
    echo "Install both (on Debian, as root: apt-get install chromium chromium-driver) and try again." >&2
    exit 1
fi

echo "Installing chromium and chromium-driver for the browser tests…"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends chromium chromium-driver
