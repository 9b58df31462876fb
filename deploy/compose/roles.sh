#!/bin/sh
# A role and a database for each service, which nobody else may connect to: whoever gets hold of one service's
# password reads and writes what that service keeps, and nothing else. PostgreSQL's image runs this once, in an empty
# volume; on a server of your own, run it with PGHOST, PGUSER, PGPASSWORD set to one who may create roles.
set -eu

# The password travels over standard input: an argument would be seen in the list of processes.
run() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname "${POSTGRES_DB:-postgres}" --username "${POSTGRES_USER:-postgres}"
}

# Only takes the lock that lets one migration run at a time; the tables are changed under the services' own names.
run <<SQL
SET password_encryption = 'scram-sha-256';
CREATE ROLE demain_migrate LOGIN PASSWORD '${MIGRATE_DATABASE_PASSWORD:?}' NOSUPERUSER NOCREATEDB NOCREATEROLE;
SQL

for service in identity contributions events partners search web; do
    name="$(echo "$service" | tr '[:lower:]' '[:upper:]')_DATABASE_PASSWORD"
    password="$(printenv "$name")" || { echo "roles.sh: $name is not set" >&2; exit 1; }
    run <<SQL
SET password_encryption = 'scram-sha-256';
CREATE ROLE demain_$service LOGIN PASSWORD '$password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE DATABASE demain_$service OWNER demain_$service;
REVOKE ALL ON DATABASE demain_$service FROM PUBLIC;
SQL
done
