#!/usr/bin/env bash
# Prints the commands of the README's section "Install as a service" up to the first word of prose after them.
# Usage: readme_install.sh README.md
awk '/^## Install as a service/ {inside = 1; next}
     inside && /^    / {sub(/^    /, ""); print; begun = 1; next}
     inside && begun && NF {exit}' "$1"
