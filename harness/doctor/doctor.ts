/** The handler of `nftproof doctor`. */

import { say, sayJson, styleOf } from '../output/console.ts'
import { EXIT } from '../system/errors.ts'
import type { Check } from './check.ts'
import { checks } from './checks.ts'

export interface DoctorFlags {
  readonly reporter?: 'terminal' | 'json'
}

export async function doctorCommand({ reporter }: DoctorFlags): Promise<number> {
  const json = reporter === 'json'
  const all = await checks()
  if (json) sayJson(JSON.stringify(all, null, 1))
  else for (const check of all) say(line(check))
  const ready = all.every((check) => check.status !== 'missing')
  if (!json) say(ready ? '\nnftproof run works here.' : '\nnftproof run does not work here yet.')
  return ready ? EXIT.conforms : EXIT.notMeasured
}

function line({ name, status, found, remedy }: Check): string {
  const style = styleOf(process.stdout)
  const mark = { ok: style.good('✔'), warning: style.doubtful('!'), missing: style.bad('✘') }[
    status
  ]
  const advice = remedy === undefined ? '' : `\n${' '.repeat(25)}→ ${remedy}`
  return `${mark} ${name.padEnd(22)} ${found}${advice}`
}
