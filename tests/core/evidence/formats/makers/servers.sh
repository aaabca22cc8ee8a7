#!/bin/sh
# Writes the logs of servers into FOLDER: sh servers.sh FOLDER (as root, in namespaces of its own).
# nginx, apache2, postgres, redis-server, logger and systemd-journald must be installed.
set -eu
out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ask() { # some requests to a web server: found, not found, not allowed, and of a dead upstream
    for n in 1 2 3 4 5 6; do
        curl -s -o /dev/null -A "shop/1.0" "http://127.0.0.1:$1/?order=$n"
        curl -s -o /dev/null -e "http://shop.example/cart" "http://127.0.0.1:$1/missing/$n"
        curl -s -o /dev/null -X POST -d a=1 "http://127.0.0.1:$1/pay/$n"
    done
}

nginx_logs() {
    mkdir -p "$work/www"
    echo hello > "$work/www/index.html"
    cat > "$work/nginx.conf" <<CONF
user root;
pid $work/nginx.pid;
error_log $out/nginx_error.log info;
events {}
http {
  access_log $out/nginx_access.log combined;
  server {
    listen 127.0.0.1:18081;
    location / { root /srv/shop/www; }
    location /pay/ { proxy_pass http://127.0.0.1:18999; }
  }
}
CONF
    mkdir -p /srv/shop/www
    cp "$work/www/index.html" /srv/shop/www/
    nginx -c "$work/nginx.conf"
    ask 18081
    nginx -c "$work/nginx.conf" -s stop
}

apache_logs() {
    modules=/usr/lib/apache2/modules
    cat > "$work/apache.conf" <<CONF
ServerRoot /usr/lib/apache2
ServerName shop.example
PidFile $work/apache.pid
User www-data
Group www-data
Listen 127.0.0.1:18082
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule dir_module $modules/mod_dir.so
LoadModule proxy_module $modules/mod_proxy.so
LoadModule proxy_http_module $modules/mod_proxy_http.so
DocumentRoot /srv/shop/www
DirectoryIndex index.html
ProxyPass /pay/ http://127.0.0.1:18999/
ErrorLog $out/apache_error.log
LogLevel info
LogFormat "%h %l %u %t \"%r\" %>s %b" common
CustomLog $out/apache_access.log common
CONF
    apache2 -f "$work/apache.conf"
    sleep 1
    ask 18082
    apache2 -f "$work/apache.conf" -k stop
    sleep 1
}

postgres_log() { # name, log_line_prefix, more settings
    data="$work/pg"
    rm -rf "$data"
    mkdir "$data"
    chown postgres "$data"
    chmod 755 "$work"
    bin=$(dirname "$(readlink -f "$(command -v postgres)")")
    su postgres -c "$bin/initdb -D $data -A trust -E UTF8 --locale C > /dev/null"
    su postgres -c "$bin/pg_ctl -D $data -w -l $data/server.log -o \"-p 18432 -k /tmp $3\" \
        -o \"-c log_line_prefix='$2' -c log_timezone=UTC\" start > /dev/null"
    psql -q -h /tmp -p 18432 -U postgres -c "create role shop login" -c "create database orders owner shop"
    for n in 1 2 3 4; do
        psql -q -h 127.0.0.1 -p 18432 -U shop -d orders -c "select * from missing_$n" || true
        psql -q -h 127.0.0.1 -p 18432 -U shop -d orders -c "set application_name='charging'; select 1/0" || true
    done 2> /dev/null
    psql -q -h /tmp -p 18432 -U shop -d nowhere -c "select 1" 2> /dev/null || true
    su postgres -c "$bin/pg_ctl -D $data -w -m fast stop > /dev/null"
    cp "$data"/server.log "$out/$1"
    if ls "$data"/log/*.json > /dev/null 2>&1; then
        cat "$data"/log/*.json > "$out/postgres.json"
        cat "$data"/log/*.log >> "$out/$1"
    fi
}

redis_log() { # name, the server
    mkdir -p "$work/redis"
    "$2" --port 18379 --dir "$work/redis" --logfile "$out/$1" --daemonize yes \
        --pidfile "$work/redis.pid" --loglevel notice --save "" > /dev/null
    sleep 1
    redis-cli -p 18379 config set maxmemory 1gb > /dev/null
    for n in 1 2 3; do
        redis-cli -p 18379 set "order:$n" taken > /dev/null
        redis-cli -p 18379 bgsave > /dev/null
        sleep 1
    done
    redis-cli -p 18379 replicaof 127.0.0.1 18998 > /dev/null
    sleep 2
    redis-cli -p 18379 replicaof no one > /dev/null
    redis-cli -p 18379 shutdown nosave > /dev/null
    sleep 1
}

syslog_logs() {
    log=/run/systemd/journal/dev-log # nothing is sent, but it must be there
    for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
        level=info
        [ $((n % 4)) -ne 0 ] || level=err
        logger -u "$log" --no-act --stderr --rfc3164 -t orders --id=4711 -p "local0.$level" "order $n taken" \
            2>> "$work/3164"
        logger -u "$log" --no-act --stderr --rfc5424=notq -t orders --id=4711 -p "local0.$level" \
            --msgid TAKEN --sd-id "shop@32473" --sd-param "order=\"$n\"" \
            --sd-param "note=\"a \\] in it\"" "order $n taken" 2>> "$work/5424"
    done
    cp "$work/3164" "$out/syslog_rfc3164.log"
    cp "$work/5424" "$out/syslog_rfc5424.log"
}

journal_logs() { # a journald of its own: /run and /var/log are other ones here
    mount -t tmpfs tmpfs /run
    mount -t tmpfs tmpfs /var/log
    mkdir -p /run/systemd/journal
    timeout 20 /lib/systemd/systemd-journald 2> /dev/null &
    sleep 1
    for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
        level=info
        [ $((n % 4)) -ne 0 ] || level=err
        logger -u /run/systemd/journal/dev-log -t orders --id=4711 -p "local0.$level" "order $n taken"
    done
    echo "pool is nearly full" | systemd-cat -t orders -p warning
    sleep 1
    journalctl --sync || true
    read_journal="journalctl -D /run/log/journal --utc --no-pager -q -t orders"
    $read_journal -o short > "$out/journal_short.log"
    $read_journal -o short-iso > "$out/journal_short_iso.log"
    $read_journal -o short-precise > "$out/journal_short_precise.log"
    $read_journal -o json > "$out/journal.json"
    syslog_logs
    kill %1 2> /dev/null || true
}

rm -f "$out"/nginx_* "$out"/apache_* "$out"/postgres* "$out"/redis* "$out"/syslog_* "$out"/journal*
nginx_logs
apache_logs
postgres_log postgres_default.log "%m [%p] " ""
postgres_log postgres_debian.log "%m [%p] %q%u@%d " ""
postgres_log postgres_rds.log "%t:%r:%u@%d:[%p]:" ""
postgres_log postgres_long.log "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h " ""
postgres_log postgres_epoch.log "%n %c %u " "-c logging_collector=on -c log_destination=jsonlog,stderr"
redis_log redis.log "$(command -v redis-server)"
journal_logs
