#!/bin/sh
# Inside fresh namespaces: a loopback, a neutral host name and neutral paths. Then the stage.
# PREFIX PACKAGES APPS CLASSES PYTHON PLAN OUT
set -eu
ip link set lo up
hostname worker-a
mount -t tmpfs -o mode=0755,size=700m tmpfs /srv
mkdir -p /srv/app /srv/classes /srv/data
mount --bind "$1" /usr/local
mount --bind "$2" /usr/local/lib/python3.11/site-packages
mount --bind "$3" /srv/app
[ -d "$4" ] && mount --bind "$4" /srv/classes
exec "$5" -m benchmarks.lab.stage "$6" "$7"
