import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readContainer } from '../input/target-argument.ts'
import { readService } from './compose.ts'

let folder: string

const COMPOSE = `services:
  router:
    image: nobody/router
    privilegd: true
    environment: { A: "$NFTPROOF_UNSET", B: "\${NFTPROOF_OTHER:-2}" }
    cap_add: NET_ADMIN
  plain: { image: nobody/plain, environment: { B: "\${NFTPROOF_OTHER:-2}" } }
`

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-compose-'))
  writeFileSync(join(folder, 'compose.yaml'), COMPOSE)
  writeFileSync(join(folder, 'box.yaml'), 'imge: a\nready: { log: x, timeout: soon }\n')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const said = (task: () => unknown): string[] => {
  try {
    task()
    return []
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, '').split('\n')
  }
}

test('all errors of a compose service are reported, each with its position', () => {
  expect(said(() => readService(join(folder, 'compose.yaml'), 'router'))).toEqual([
    'compose.yaml:4:5: unknown key "privilegd" — did you mean "privileged"?',
    expect.stringMatching(/^compose\.yaml:5:23: "\$NFTPROOF_UNSET" is not in the environment/),
    'compose.yaml:6:14: cap_add "NET_ADMIN": must be a list',
  ])
})

test('a missing service is refused', () => {
  expect(said(() => readService(join(folder, 'compose.yaml'), 'rooter'))).toEqual([
    'compose.yaml:1:1: unknown service "rooter" — did you mean "router"?',
  ])
})

test('errors of other services are ignored', () => {
  const { image, environment } = readService(join(folder, 'compose.yaml'), 'plain')
  expect({ image, environment }).toEqual({ image: 'nobody/plain', environment: { B: '2' } })
})

test('all errors of a container file are reported', () => {
  expect(said(() => readContainer(join(folder, 'box.yaml')))).toEqual([
    'box.yaml:1:1: unknown key "imge" — did you mean "image"?',
    'box.yaml:2:27: timeout "soon": must be a number',
  ])
})
