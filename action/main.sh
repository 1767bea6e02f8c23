#!/usr/bin/env bash
# Finds a Python and becomes it. `exec` all the way: a cancelled job signals this very process.
# Whatever goes wrong here is exit code 2: 1 would say that the workflow failed.
set -uo pipefail

if [ -n "${ARGOGATE_PYTHON:-}" ]; then
  pythons=("$ARGOGATE_PYTHON")
  message="the input python names '${ARGOGATE_PYTHON//[$'\r\n']/ }', and there is no Python 3.11 or newer of that name"
else
  pythons=(python3 python python3.14 python3.13 python3.12 python3.11)
  message='no Python 3.11 or newer is on PATH; put actions/setup-python before this step, or give the input python'
fi
for python in "${pythons[@]}"; do
  if "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    exec "$python" -I -X utf8 "${BASH_SOURCE[0]%/*}/run.py"
  fi
done

echo "::error title=argogate::${message//%/%25}"
printf '\nconclusion=usage\nexit-code=2\noutputs={}\nresults=[]\nmessage=%s\n' "$message" >>"${GITHUB_OUTPUT:-/dev/null}"
exit 2
