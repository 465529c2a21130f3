#!/usr/bin/env bash
# Brings what tests need besides Python: a browser, axe-core, a JavaScript FHIR client. What cannot
# be had is named in one line, and the tests that need it skip with one line of their own.
set -u
cd "$(dirname "$0")/.."

if ! command -v chromium >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        (apt-get update -qq && apt-get install -y -qq --no-install-recommends \
            chromium fonts-liberation) >/dev/null 2>&1
    fi
    command -v chromium >/dev/null || echo "No chromium here: tests that open pages in a browser will skip."
fi

if [ ! -d node_modules/axe-core ] || [ ! -d node_modules/fhir-kit-client ]; then
    if command -v npm >/dev/null; then
        npm ci --no-audit --no-fund --silent >/dev/null 2>&1
    elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        (apt-get install -y -qq --no-install-recommends npm \
            && npm ci --no-audit --no-fund --silent) >/dev/null 2>&1
    fi
    [ -d node_modules/axe-core ] || echo "No axe-core here: accessibility tests will skip."
    [ -d node_modules/fhir-kit-client ] || echo "No fhir-kit-client here: its test will skip."
fi
exit 0
