/** The packages of package-lock.json, installed when they are missing or older than that file. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fail, NOT_MEASURED, prepare, say } from './child.mjs'

const NODE_MAJOR = 24

/** `root` is the folder of package-lock.json. */
export async function installPackages(root) {
  const installed = modified(join(root, 'node_modules/.package-lock.json'))
  const node = existsSync(join(root, 'node_modules/.bin/node'))
  if (node && installed >= modified(join(root, 'package-lock.json'))) return
  say('installing the packages of package-lock.json …')
  // npm leaves out optional packages whose engines do not admit the Node that it
  // runs on (on Node 18 one of vitest's), so it runs on the project's own.
  const major = Number(process.versions.node.split('.')[0])
  if (major >= NODE_MAJOR) return npmCi(root, process.execPath)
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-node-'))
  try {
    await npmCi(root, await nodeOfOurs(root, folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The project's Node, installed into a folder of its own. */
async function nodeOfOurs(root, folder) {
  const manifest = {
    private: true,
    dependencies: { node: lockedNode(root) },
    allowScripts: { node: true },
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  await npm(process.execPath, ['install', '--no-audit', '--no-fund'], folder)
  return join(folder, 'node_modules/.bin/node')
}

function lockedNode(root) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  return lock.packages['node_modules/node'].version
}

function npmCi(root, node) {
  return npm(node, ['ci', '--no-audit', '--no-fund'], root)
}

async function npm(node, args, cwd) {
  const cli = process.env.npm_execpath
  // Started by npm, we know where its program lies; otherwise the PATH does.
  const command = cli?.endsWith('npm-cli.js') ? [node, cli] : ['npm']
  const path = [dirname(node), process.env.PATH].join(delimiter)
  const run = await prepare([...command, ...args], {
    cwd,
    // Under `npm run --silent` npm would not even say why it failed.
    env: { ...process.env, PATH: path, npm_config_loglevel: 'notice' },
  })
  if (run.error) fail(NOT_MEASURED, `npm could not be started: ${run.error.message}`)
  if (run.status !== 0) {
    process.stderr.write(run.output)
    fail(NOT_MEASURED, `npm ${args[0]} failed; its output is above`)
  }
}

function modified(file) {
  try {
    return statSync(file).mtimeMs
  } catch {
    return 0
  }
}
