#!/bin/sh
# Record everything, three at a time: run_all.sh OUT_FOLDER [NAME_PATTERN]
here=$(dirname "$0")
python3 "$here/record.py" --list | grep "${2:-.}" | xargs -P 3 -I{} sh -c "timeout 300 python3 '$here/record.py' {} '$1' || echo 'failed: {}' >&2"
