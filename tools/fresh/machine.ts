/** What a fresh machine takes over from this one: how packages are fetched. */
import { execFileSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { EnvironmentError } from '../../harness/system/errors.ts'

/** Variables that name proxies and certificates. */
const FETCHING =
  /^(?:(?:http|https|no|all)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|CURL_CA_BUNDLE|GIT_SSL_CAINFO)$/i

/** Of this process's environment, without what npm and this project's own Node add. */
export function environment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => FETCHING.test(name) || ['CI', 'TERM', 'LANG'].includes(name),
  )
  const all = Object.fromEntries(kept) as Record<string, string>
  return {
    ...all,
    HOME: homedir(),
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  }
}

/** For root.sh: the machine's own Node and npm, and files of settings and certificates. */
export function guestEnvironment(): Record<string, string> {
  const node = ownProgram('node')
  const npm = realpathSync(ownProgram('npm'))
  const named = Object.entries(process.env).flatMap(([name, value]) =>
    FETCHING.test(name) && value?.startsWith('/') ? [value] : [],
  )
  const files = [...named, '/etc/ssl/certs', '/etc/hosts', '/etc/resolv.conf']
  return {
    FRESH_NODE: realpathSync(node),
    FRESH_NPM: npm,
    FRESH_FILES: [...new Set(files)].filter((file) => existsSync(file)).join('\n'),
    FRESH_NPMRC: join(homedir(), '.npmrc'),
    FRESH_GLOBAL_NPMRC: globalSettings(npm),
  }
}

/** Of the PATH, without the folders that npm puts before it. */
function ownProgram(name: string): string {
  const folders = (process.env.PATH ?? '').split(':')
  const found = folders
    .filter((folder) => !/node_modules|node-gyp/.test(folder))
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))
  if (found === undefined)
    throw new EnvironmentError(`fresh: this machine has no ${name} of its own on its PATH`)
  return found
}

function globalSettings(npm: string): string {
  const args = [npm, 'config', 'get', 'globalconfig']
  return execFileSync(ownProgram('node'), args, { encoding: 'utf8' }).trim()
}
