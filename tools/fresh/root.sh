#!/bin/sh
# Makes a minimal Debian in memory and runs a command of the project in it. Is
# started in mount and process namespaces of its own (main.ts), with which all of
# it ends:
#
#     root.sh ROOT PROJECT root|user COMMAND…
#
# ROOT is an empty folder, PROJECT a checkout. In the environment: FRESH_NODE and
# FRESH_NPM (npm-cli.js) of this machine, FRESH_FILES, one in a line, and the user's
# and the machine's settings of npm: FRESH_NPMRC, FRESH_GLOBAL_NPMRC.
set -eu
root=$1 project=$2 who=$3
shift 3
step() {
  echo "fresh: $1" >&2
}
failed() {
  echo "fresh: $1" >&2
  exit 3
}

step "a minimal Debian"
mount -t tmpfs -o mode=755,size=80% none "$root" || failed "no file system in memory could be mounted"
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
components=$(. /etc/os-release && if [ "$ID" = ubuntu ]; then echo main,universe; else echo main; fi)
mmdebstrap --quiet --variant=minbase --components="$components" --include=ca-certificates,sudo "$release" "$root" ||
  failed "mmdebstrap could not make a root file system of $release"

# How packages are fetched: apt's own settings, certificates, npm's settings.
apt-config dump | grep '^Acquire::' > "$root/etc/apt/apt.conf.d/90machine" || true
echo "$FRESH_FILES" | while read -r file; do
  mkdir -p "$root${file%/*}"
  cp -RL --remove-destination "$file" "$root${file%/*}/" || failed "$file could not be copied"
done

# The oldest Node that will do, with the npm that came with it, put where Node's own
# archive puts them.
step "Node 18"
mkdir "$root/node"
echo '{ "private": true, "allowScripts": { "node": true } }' > "$root/node/package.json"
(cd "$root/node" && "$FRESH_NODE" "$FRESH_NPM" install --silent --no-audit --no-fund node@18 npm@10) ||
  failed "Node 18 could not be installed"
mkdir -p "$root/usr/local/bin" "$root/usr/local/lib/node_modules" "$root/usr/local/etc"
mv "$root/node/node_modules/npm" "$root/usr/local/lib/node_modules/"
cp -L "$root/node/node_modules/node/bin/node" "$root/usr/local/bin/node"
rm -r "$root/node"
for name in npm npx; do
  ln -s "../lib/node_modules/npm/bin/$name-cli.js" "$root/usr/local/bin/$name"
done

if [ -e "$FRESH_GLOBAL_NPMRC" ]; then cp "$FRESH_GLOBAL_NPMRC" "$root/usr/local/etc/npmrc"; fi

if [ "$who" = user ]; then
  chroot "$root" useradd --create-home fresh
  echo 'fresh ALL=(ALL) NOPASSWD: ALL' > "$root/etc/sudoers.d/fresh"
  home=/home/fresh
else
  home=/root
fi
if [ -e "$FRESH_NPMRC" ]; then cp "$FRESH_NPMRC" "$root$home/.npmrc"; fi
step "the present commit"
git clone --quiet --depth 1 "file://$(cd "$project" && pwd)" "$root$home/nftproof" ||
  failed "$project could not be cloned"
chroot "$root" chown -R --reference="$home" "$home"

# Its root is that of the namespace: in a mere chroot the kernel forbids user namespaces.
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t proc proc "$root/proc"
mkdir "$root/machine"
cd "$root"
pivot_root . machine
cd /
umount -l /machine
rmdir /machine
unset FRESH_NODE FRESH_NPM FRESH_FILES FRESH_NPMRC FRESH_GLOBAL_NPMRC
export HOME="$home"
cd "$home/nftproof"
node --version > /dev/null || failed "Node does not run there"
step "$*"
# Not in place of this one, which takes up processes whose parents ended.
if [ "$who" = user ]; then
  setpriv --reuid=fresh --regid=fresh --init-groups env USER=fresh "$@"
else
  "$@"
fi
