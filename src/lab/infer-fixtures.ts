/** Short ways to infer a lab in tests, and to say what is in it. */
import { networkOf } from '../net/prefix.ts'
import { type InferencePart, inferLab } from './infer.ts'
import type { LabPlan, LabZone } from './lab.ts'

const nft = (text: string): InferencePart => ({ kind: 'nft', text, file: 'r.nft' })
export const chain = (hook: string, ...rules: readonly string[]): string =>
  `table inet t {\n chain ${hook} {\n  type filter hook ${hook} priority 0\n${rules.map((rule) => `  ${rule}\n`).join('')} }\n}\n`
export const infer = (...texts: readonly string[]) => inferLab(texts.map(nft))
export const zone = ({ zones }: LabPlan, name: string): LabZone =>
  zones.find((one) => one.name === name)!
export const links = ({ zones }: LabPlan): string => zones.map(({ link }) => link).join(' ')
export const nets = ({ addresses }: LabZone): string[] =>
  addresses.map((address) => `${networkOf(address).address}/${address.prefixLength}`)
export const outside = ({ zones }: LabPlan): string =>
  zones
    .filter(({ isDefault }) => isDefault)
    .map(({ name }) => name)
    .join(' ')
