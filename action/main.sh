#!/usr/bin/env bash
# Finds a Python and becomes it. `exec` all the way: a cancelled job signals this very process.
set -euo pipefail

for python in ${ARGOGATE_PYTHON:+"$ARGOGATE_PYTHON"} python3 python python3.14 python3.13 python3.12 python3.11; do
  if "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    exec "$python" -I -X utf8 "$GITHUB_ACTION_PATH/action/run.py"
  fi
done

message='no Python 3.11 or newer is on PATH; put actions/setup-python before this step, or give the input python'
echo "::error title=argogate::$message"
printf 'conclusion=usage\nexit-code=2\nmessage=%s\n' "$message" >>"$GITHUB_OUTPUT"
exit 2
