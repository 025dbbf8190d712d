#!/bin/sh
# Makes the images of the container tests, from Debian packages: no registry is
# needed. The base is a small Debian with nft, iptables and ip; the others are
# built from the folders beside this file.
#
#     images.sh [ENGINE]      docker (default) or podman
set -eu
engine=${1:-docker}
here=$(cd "$(dirname "$0")" && pwd)
base=nftproof-test/base

if ! "$engine" image inspect "$base" > /dev/null 2>&1; then
  mmdebstrap --quiet --variant=minbase --include=nftables,iptables,iproute2 \
    --aptopt='APT::Install-Recommends "false"' "$(. /etc/os-release && echo "$VERSION_CODENAME")" - |
    "$engine" import --change 'CMD ["sh"]' - "$base" > /dev/null
fi
"$engine" build --quiet --network none --tag nftproof-test/bare "$here/images/bare" > /dev/null

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cd "$here/../.."
cp -R package.json src harness scenarios "$context"
cp "$here/images/harness/Dockerfile" "$context"
cp "$(command -v "${NFTPROOF_NODE:-node}")" "$context/node"
npm ls --all --parseable --omit=dev --omit=optional | sed -n "s|^$PWD/||p" |
  tar -cf - -T - | tar -C "$context" -xf -
"$engine" build --quiet --network none --tag nftproof-test/harness "$context" > /dev/null
