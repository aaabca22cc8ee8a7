#!/bin/bash
# What PostgreSQL 15 writes when it deadlocks, waits for locks, stops statements, takes no writes
# and runs out of numbers; and when only its statements talk of that. Run as root on Debian:
#   databases.sh OUT
set -u
OUT=$(realpath "$1")
BIN=/usr/lib/postgresql/15/bin
DATA=$(mktemp -d)
SOCKET=/var/run/postgresql
mkdir -p "$SOCKET"
chown -R postgres "$DATA" "$SOCKET" "$OUT"
su postgres -c "$BIN/initdb -D $DATA -A trust" >/dev/null
cat >>"$DATA/postgresql.conf" <<CONF
listen_addresses=''
port=5499
unix_socket_directories='$SOCKET'
log_line_prefix='%m [%p] '
log_timezone='UTC'
log_lock_waits=on
deadlock_timeout='300ms'
log_min_duration_statement=500
log_connections=on
CONF
psql() { command psql -q -h "$SOCKET" -p 5499 -U postgres -d postgres "$@" >/dev/null 2>&1; }

run() { # the name of what happens after twenty good seconds
    su postgres -c "$BIN/pg_ctl -D $DATA -l $OUT/$1.log -w start" >/dev/null
    psql -c "create table if not exists seats(id serial primary key, hall int, taken bool default false)"
    psql -c "create table if not exists notes(t text)"
    psql -c "select setval('seats_id_seq', greatest(1, (select count(*) from seats)))"
    psql -c "insert into seats(hall) select 1 from generate_series(1,40)"
    for i in $(seq 1 20); do
        psql -c "update seats set taken=true where id=$i"
        sleep 0.4
    done
    "$1"
    sleep 1
    su postgres -c "$BIN/pg_ctl -D $DATA -m fast stop" >/dev/null
}

deadlock() { for i in $(seq 1 12); do
 psql -c "begin; update seats set hall=2 where id=5; select pg_sleep(0.5); update seats set hall=2 where id=6; commit" & 
 psql -c "begin; update seats set hall=3 where id=6; select pg_sleep(0.5); update seats set hall=3 where id=5; commit" & wait; done; }
locks() { psql -c "begin; update seats set hall=4; select pg_sleep(16); commit" & sleep 0.3; for i in $(seq 1 14); do psql -c "set lock_timeout='900ms'; update seats set hall=5 where id=$i" & sleep 1; done; wait; }
slow() { for i in $(seq 1 12); do psql -c "set statement_timeout='1200ms'; select count(*) from generate_series(1,400000000)" & sleep 1; done; wait; }
readonly() { psql -c "alter system set default_transaction_read_only=on" ; psql -c "select pg_reload_conf()"; sleep 0.5; for i in $(seq 1 24); do psql -c "insert into seats(hall) values (9)"; sleep 0.6; done; PGOPTIONS='-c default_transaction_read_only=off' psql -c "alter system reset default_transaction_read_only"; }
sequence() { psql -c "select setval('seats_id_seq', 2147483640)"; for i in $(seq 1 30); do psql -c "insert into seats(hall) values (7)"; sleep 0.5; done; }
says() { for i in $(seq 1 5); do PGOPTIONS='-c log_statement=all' psql -c "$1"; psql -c "update seats set taken=false where id=$i"; sleep 0.4; done; }
h_deadlock() { says "select 'deadlock detected in may, fixed since' as note"; }
h_locks() { says "insert into notes values ('canceling statement due to lock timeout')"; }
h_slow() { says "select 'canceling statement due to statement timeout' as runbook"; }
h_sequence() { says "select 'nextval: reached maximum value of sequence' as runbook"; }
h_readonly() { says "select 'cannot execute INSERT in a read-only transaction' as runbook"; }

for name in deadlock locks slow readonly sequence h_deadlock h_locks h_slow h_sequence h_readonly; do
    run "$name"
done
rm -rf "$DATA"
