#!/bin/sh
# Makes the files again that ../files/README.md says are made: sh make.sh (as root; times differ).
# PYTHON names one with structlog, NODE_PATH a folder with pino and winston, GOPATH and CLASSPATH
# where Go's and Java's libraries are.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp -d)
mkdir -p /srv/shop
cp "$here"/* /srv/shop/
cd /srv/shop
"${PYTHON:-python3}" python_loggers.py "$out"
node node_loggers.cjs "$out"
GO111MODULE=off go run go_loggers.go "$out"
javac -cp "$CLASSPATH" Shop.java
java -cp ".:$CLASSPATH" Shop "$out"
ruby loggers.rb "$out"
cat > log4j2.properties <<CONF
appender.plain.type = File
appender.plain.name = plain
appender.plain.fileName = $out/log4j.log
appender.plain.layout.type = PatternLayout
appender.plain.layout.pattern = %d{dd MMM yyyy HH:mm:ss,SSS} %-5p [%t] %c: %m%n
appender.json.type = File
appender.json.name = json
appender.json.fileName = $out/log4j.json
appender.json.layout.type = PatternLayout
appender.json.layout.pattern = {"timeMillis":%d{UNIX_MILLIS},"level":"%p","loggerName":"%c","requestId":"%X{requestId}","message":"%enc{%m}{JSON}","thrown":"%enc{%ex}{JSON}"}%n
appender.json.layout.alwaysWriteExceptions = false
rootLogger.level = info
rootLogger.appenderRef.plain.ref = plain
rootLogger.appenderRef.json.ref = json
CONF
javac -cp "$CLASSPATH" Log4jShop.java
java -cp ".:$CLASSPATH" -Dlog4j.configurationFile=log4j2.properties Log4jShop
unshare --uts --mount --propagation private sh -c "hostname web-1; sh servers.sh $out"
chmod 644 "$out"/*
cp "$out"/* "$here/../files/"
rm -rf "$out" /srv/shop
