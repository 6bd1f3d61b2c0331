#!/bin/sh
# Run once by the image of PostgreSQL when it makes its data folder: the roles and the database of the archive server.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v owner="$TIEZHENG_OWNER_PASSWORD" -v app="$TIEZHENG_APP_PASSWORD" <<'SQL'
create role tiezheng_owner login password :'owner';
create role tiezheng_app login password :'app';
create database tiezheng owner tiezheng_owner template template0 encoding 'UTF8' locale_provider icu icu_locale 'und';
SQL
