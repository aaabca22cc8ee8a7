#!/bin/sh
# Record everything, three at a time, from the root of the repository:
# tests/recordings/scripts/signatures/run_all.sh OUT_FOLDER [NAME_PATTERN]
record="python3 -m tests.recordings.scripts.signatures.record"
$record --list | grep "${2:-.}" | xargs -P 3 -I{} sh -c "timeout 300 $record {} '$1' || echo 'failed: {}' >&2"
