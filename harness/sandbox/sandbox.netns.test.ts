/** A sandbox may be closed at any stage of its beginning: that ends it, and each caller that waits for it. */
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Hold, type Moment } from '../../tools/testing/held.ts'
import { Mark, PATIENCE } from '../../tools/testing/mark.ts'
import { mustBeRootless, Sandbox } from './sandbox.ts'

const CLOSED = 'the sandbox was closed'
let mark: Mark
let hold: Hold | undefined
beforeEach(() => {
  mark = new Mark()
  stub(mark.env)
})
afterEach(() => {
  hold?.release()
  hold = undefined
  vi.unstubAllEnvs()
})

/** A sandbox, and what became of the lab that it was asked for: the message of an error, or `open`. */
function begin() {
  const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
  const lab = sandbox.openLab({ family: 4, zones: [] })
  const opened = lab.then(
    () => 'open',
    (error: Error) => error.message,
  )
  return { sandbox, opened }
}

test('a sandbox opens its lab', async () => {
  const { sandbox, opened } = begin()
  expect(await opened).toBe('open')
  expect(mark.processes()).toHaveLength(2)
  await sandbox.close()
  await expectNothingLeft()
})

test.each([0, 1, 2, 5, 20])(
  'a sandbox closed after %i turns of the event loop ends and rejects waiting calls',
  async (turns) => {
    const { sandbox, opened } = begin()
    for (let i = 0; i < turns; i++) await turn()
    await sandbox.close()
    expect(['open', CLOSED]).toContain(await opened)
    await expectNothingLeft()
  },
)

/** In the order in which a sandbox reaches them: `mount` is called before its first process is Node. */
const MOMENTS: readonly (readonly [string, Moment])[] = [
  ['the call of mount', { calls: 'mount' }],
  ['sandbox entered', 'sandbox entered'],
  ['open asked', 'open asked'],
  ['namespace made', 'namespace made'],
  ['open answered', 'open answered'],
]

test.each(MOMENTS)('a sandbox closed at "%s" ends and rejects waiting calls', async (_, at) => {
  hold = new Hold(at)
  stub(hold.env)
  const { sandbox, opened } = begin()
  let became: string | undefined
  void opened.then((text) => {
    became = text
  })
  await hold.reached(() => became)
  await sandbox.close()
  expect(await opened).toBe(CLOSED)
  await expectNothingLeft()
})

const expectNothingLeft = () => expect.poll(() => mark.processes(), PATIENCE).toEqual([])

/** For all that this process starts. */
function stub(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
}
