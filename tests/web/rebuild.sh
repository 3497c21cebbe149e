#!/usr/bin/env bash
# The committed page is what its sources make: a clean copy is built and compared byte by byte.
set -euo pipefail
web=$(cd "$(dirname "$0")/../../control/web" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$web"/{package.json,package-lock.json,vite.config.js,index.html,src} "$work"
cd "$work"
npm ci --no-audit --no-fund >npm.log 2>&1 || { cat npm.log >&2; exit 1; }
npx vite build >vite.log 2>&1 || { cat vite.log >&2; exit 1; }
for file in page.html atlas-50m.json; do
    cmp "$file" "$web/$file" || {
        echo "control/web/$file is not what its sources make: cd control/web && npm ci && npx vite build" >&2
        exit 1
    }
done
echo "page.html and atlas-50m.json are what their sources make"
