#!/usr/bin/env bash
# Brings what tests need besides Python: a browser, and packages of JavaScript that only tests use.
# What cannot be had is named in one line, and the tests that need it skip with one line of their own.
set -u
cd "$(dirname "$0")/.."

missing() { # the packages of JavaScript that are not here
    for package in axe-core fhir-kit-client openid-client; do
        [ -d "node_modules/$package" ] || echo "$package"
    done
}

if ! command -v chromium >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        (apt-get update -qq && apt-get install -y -qq --no-install-recommends \
            chromium fonts-liberation) >/dev/null 2>&1
    fi
    command -v chromium >/dev/null || echo "No chromium here: tests that open pages in a browser will skip."
fi

if [ -n "$(missing)" ]; then
    if command -v npm >/dev/null; then
        npm ci --no-audit --no-fund --silent >/dev/null 2>&1
    elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        (apt-get install -y -qq --no-install-recommends npm \
            && npm ci --no-audit --no-fund --silent) >/dev/null 2>&1
    fi
    for package in $(missing); do
        echo "No $package here: the tests that need it will skip."
    done
fi
exit 0
