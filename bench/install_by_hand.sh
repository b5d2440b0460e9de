#!/usr/bin/env bash
# Prints the commands of the section "By hand" of docs/install.md up to the first word of prose after them.
# Usage: install_by_hand.sh docs/install.md
awk '/^## By hand/ {inside = 1; next}
     inside && /^    / {sub(/^    /, ""); print; begun = 1; next}
     inside && begun && NF {exit}' "$1"
